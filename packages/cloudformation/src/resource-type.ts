import type { z } from "zod";
import { type ObjectShape, objectAt } from "@tollgate/config";
import type { Json, JsonObject } from "@tollgate/openapi";
import {
  type Exceptions,
  fromPascal,
  type Members,
  type PropertyProblem,
  propertyOf,
} from "./from-pascal.ts";
import { shown } from "./shown.ts";
import type { StackDraft } from "./stack-draft.ts";
import type { TemplateResource } from "./template-resource.ts";

type Named = (resource: TemplateResource, draft: StackDraft) => Json | undefined;

/** Names are the values that functions of a template get from a resource. */
interface Names {
  /** The value of Ref: its physical id. */
  readonly ref: Named;
  /** The values of Fn::GetAtt. */
  readonly attributes?: Readonly<Record<string, Named>>;
}

/** Given is a resource with its parsed properties. */
export interface Given<O> {
  readonly resource: TemplateResource;
  /** Members of the spec. */
  readonly spec: Members;
  /** All other properties, also under the names of members: restApiId is read from RestApiId. */
  readonly own: O;
}

/** TypeRule describes how a resource type is turned into entities; see resourceType for an example. */
interface TypeRule<O extends z.ZodObject> extends Names {
  /** The spec, or the part of one, that its properties form; members are derived from the schema. */
  readonly spec?: ObjectShape;
  /** Properties that are not members of the spec: its parent, its name, and those that only CloudFormation has. */
  readonly own: O;
  /** How its properties differ from the schemas. */
  readonly exceptions?: Exceptions;
  /** Adds its entities to the stack. */
  readonly emit: (given: Given<z.output<O>>, draft: StackDraft) => void;
}

/** ResourceType turns resources of one type into entities. */
export interface ResourceType extends Names {
  readonly spec: ObjectShape | undefined;
  readonly own: ObjectShape;
  readonly exceptions: Exceptions;
  /** Adds the entities of a resource to the stack, or the problems of its properties to the findings. */
  readonly emit: (resource: TemplateResource, properties: JsonObject, draft: StackDraft) => void;
}

/** reportProblems adds the problems of properties to the findings; `path` is their place in the resource. */
export function reportProblems(
  { at }: TemplateResource,
  path: readonly string[],
  problems: readonly PropertyProblem[],
  { findings }: StackDraft,
): void {
  for (const problem of problems)
    findings.add("error", [...at, "Properties", ...path, ...problem.path], problem.message);
}

/** Problems of own properties apart from their type, such as a word that is not allowed. */
const ownProblems = (error: z.ZodError | undefined): readonly PropertyProblem[] =>
  (error?.issues ?? []).map(({ path, message }) => ({
    path: path.map((step) => propertyOf(shown(step))),
    message: message.replace(/^Invalid input: /, ""),
  }));

/**
 * resourceType creates a resource type from its rule. A type whose properties are all derived:
 *
 *     resourceType({
 *       ...namedById("VpcLinkId"),
 *       spec: objectAt(kinds.VpcLink.spec),
 *       own: z.object({}),
 *       emit: ({ resource, spec }, draft) => draft.put({ kind: "VpcLink", id: resource.stableId, spec }, resource),
 *     })
 */
export function resourceType<O extends z.ZodObject>(rule: TypeRule<O>): ResourceType {
  const { ref, attributes = {}, spec, own, exceptions = {} } = rule;
  const ownShape = objectAt(own);
  const shape: ObjectShape = {
    type: "object",
    members: new Map([...(spec?.members ?? []), ...ownShape.members]),
  };
  return {
    ref,
    attributes,
    spec,
    own: ownShape,
    exceptions,
    emit(resource, properties, draft) {
      const { members, problems } = fromPascal(shape, properties, exceptions);
      if (problems.length > 0) return reportProblems(resource, [], problems, draft);
      const isOwn = ([name]: readonly [string, Json]) => ownShape.members.has(name);
      const parsed = own.safeParse(Object.fromEntries(Object.entries(members).filter(isOwn)));
      if (!parsed.success) return reportProblems(resource, [], ownProblems(parsed.error), draft);
      const ofSpec = Object.fromEntries(Object.entries(members).filter((entry) => !isOwn(entry)));
      rule.emit({ resource, spec: ofSpec, own: parsed.data }, draft);
    },
  };
}

const stableIdOf: Named = ({ stableId }) => stableId;

/** namedById are the names of a resource whose Ref is its id, and the attributes with the same value. */
export const namedById = (...attributes: readonly string[]): Names => ({
  ref: stableIdOf,
  attributes: Object.fromEntries(attributes.map((attribute) => [attribute, stableIdOf])),
});

/** physicalText is a property as a string, for types whose Ref is that property. */
export const physicalText =
  (name: string) =>
  (resource: TemplateResource): string | undefined => {
    const value = resource.property(name);
    return typeof value === "string" || typeof value === "number" ? shown(value) : undefined;
  };
