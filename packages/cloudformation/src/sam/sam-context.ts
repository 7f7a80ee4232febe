import type { Findings } from "../findings.ts";
import type { Node } from "./node.ts";

/** SamResource is an AWS::Serverless resource whose condition holds, with its Globals. */
export interface SamResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Node;
  /** DependsOn, DeletionPolicy and the like, for what is made of it. */
  readonly attributes: Node;
  /** Properties as they are written, before parameters were known. */
  readonly written: Node;
  /** Properties as SAM hashes them: parameters replaced, all other functions as they are written. */
  readonly hashed: Node;
}

/** ApiEvent is what brings calls of an API to a function or a state machine. */
export interface ApiEvent {
  readonly source: SamResource;
  readonly eventId: string;
  readonly path: string;
  readonly verb: string;
  readonly properties: Node;
  readonly api: SamResource;
}

/** SamContext is what all steps of one transform work with. */
export interface SamContext {
  readonly findings: Findings;
  readonly resources: ReadonlyMap<string, SamResource>;
  /** Resources of the template that are plain already. */
  readonly plain: Node;
  /** put adds a plain resource that is made of another one. */
  put(logicalId: string, resource: Node, origin: string): void;
  /** What stands for a property of a resource that is made, such as Api.Stage: the name of that resource. */
  readonly aliases: Map<string, string>;
  /** The usage plan that APIs share. */
  readonly shared: { readonly apis: { readonly apiId: string; readonly stageId: string }[] };
  /** Record set groups by hosted zone. */
  readonly recordSets: Map<string, Node>;
}

/** fail reports what is wrong with a property of a resource. */
export function fail(
  { findings }: Pick<SamContext, "findings">,
  logicalId: string,
  property: readonly string[],
  message: string,
): void {
  findings.add("error", ["Resources", logicalId, "Properties", ...property], message);
}

/** Attributes of a resource that go on to what is made of it. */
const PASSED = ["DeletionPolicy", "UpdateReplacePolicy"];

/** passedOn are the attributes that every resource made of one has. */
export const passedOn = ({ attributes }: SamResource): Node =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => PASSED.includes(name)));
