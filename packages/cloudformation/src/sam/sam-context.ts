import type { Findings } from "../findings.ts";
import type { Node } from "./node.ts";

/** SamResource is an AWS::Serverless resource whose condition is true, with its Globals. */
export interface SamResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Node;
  /** DependsOn, DeletionPolicy and similar attributes, for the resources created from it. */
  readonly attributes: Node;
  /** Properties as they are written, before parameters were known. */
  readonly written: Node;
  /** Properties as SAM hashes them: parameters replaced, all other functions as they are written. */
  readonly hashed: Node;
}

/** ApiEvent connects calls of an API to a function or a state machine. */
export interface ApiEvent {
  readonly source: SamResource;
  readonly eventId: string;
  readonly path: string;
  readonly verb: string;
  readonly properties: Node;
  readonly api: SamResource;
}

/** SamContext is the state that all steps of one transform share. */
export interface SamContext {
  readonly findings: Findings;
  readonly resources: ReadonlyMap<string, SamResource>;
  /** Resources of the template that are already plain CloudFormation. */
  readonly plain: Node;
  /** put adds a plain resource that was created from another one. */
  put(logicalId: string, resource: Node, origin: string): void;
  /** Names of created resources by their aliases, such as Api.Stage. */
  readonly aliases: Map<string, string>;
  /** The usage plan that APIs share. */
  readonly shared: { readonly apis: { readonly apiId: string; readonly stageId: string }[] };
  /** Record set groups by hosted zone. */
  readonly recordSets: Map<string, Node>;
}

/** fail reports a problem of a property of a resource. */
export function fail(
  { findings }: Pick<SamContext, "findings">,
  logicalId: string,
  property: readonly string[],
  message: string,
): void {
  findings.add("error", ["Resources", logicalId, "Properties", ...property], message);
}

/** Attributes of a resource that are passed on to the resources created from it. */
const PASSED = ["DeletionPolicy", "UpdateReplacePolicy"];

/** passedOn are the attributes of every resource that is created from one. */
export const passedOn = ({ attributes }: SamResource): Node =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => PASSED.includes(name)));
