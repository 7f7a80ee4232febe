import { objectAt, type ObjectShape } from "@tollgate/config";
import type { Json, JsonObject } from "@tollgate/openapi";
import type { z } from "zod";
import {
  fromPascal,
  propertyOf,
  type Exceptions,
  type Members,
  type PropertyProblem,
} from "./from-pascal.ts";
import { shown } from "./shown.ts";
import type { StackDraft } from "./stack-draft.ts";
import type { TemplateResource } from "./template-resource.ts";

type Named = (resource: TemplateResource, draft: StackDraft) => Json | undefined;

/** Names are what functions of a template get of a resource. */
interface Names {
  /** What Ref gives: its physical id. */
  readonly ref: Named;
  /** What Fn::GetAtt gives. */
  readonly attributes?: Readonly<Record<string, Named>>;
}

/** Given is a resource with its properties, read as its type says. */
export interface Given<O> {
  readonly resource: TemplateResource;
  /** Members of the spec. */
  readonly spec: Members;
  /** All other properties, under the names of members too: restApiId is read from RestApiId. */
  readonly own: O;
}

/** TypeRule says what a type of resources becomes: see resourceType. */
interface TypeRule<O extends z.ZodObject> extends Names {
  /** The spec, or the part of one, that it becomes; its members are derived from the schema. */
  readonly spec?: ObjectShape;
  /** Properties besides the spec's: what it belongs to, its name, and what only CloudFormation has. */
  readonly own: O;
  /** Where its properties are not written as the schemas say. */
  readonly exceptions?: Exceptions;
  /** Adds what it becomes to the stack. */
  readonly emit: (given: Given<z.output<O>>, draft: StackDraft) => void;
}

/** ResourceType is what a type of resources becomes. */
export interface ResourceType extends Names {
  readonly spec: ObjectShape | undefined;
  readonly own: ObjectShape;
  readonly exceptions: Exceptions;
  /** Adds what a resource becomes to the stack, or what is wrong with its properties to the findings. */
  readonly emit: (resource: TemplateResource, properties: JsonObject, draft: StackDraft) => void;
}

/** reportProblems adds what is wrong with properties to the findings; `path` leads to where they are in the resource. */
export function reportProblems(
  { at }: TemplateResource,
  path: readonly string[],
  problems: readonly PropertyProblem[],
  { findings }: StackDraft,
): void {
  for (const problem of problems)
    findings.add("error", [...at, "Properties", ...path, ...problem.path], problem.message);
}

/** What is wrong with own properties besides their form, such as a word that is none of those allowed. */
const ownProblems = (error: z.ZodError | undefined): readonly PropertyProblem[] =>
  (error?.issues ?? []).map(({ path, message }) => ({
    path: path.map((step) => propertyOf(shown(step))),
    message: message.replace(/^Invalid input: /, ""),
  }));

/**
 * resourceType makes a type of resources of its rule. A type whose properties are all derived:
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

/** namedById are the names of a resource that is called by its id: Ref, and the attributes that give it too. */
export const namedById = (...attributes: readonly string[]): Names => ({
  ref: stableIdOf,
  attributes: Object.fromEntries(attributes.map((attribute) => [attribute, stableIdOf])),
});

/** physicalText is a property as a string, where Ref gives it. */
export const physicalText =
  (name: string) =>
  (resource: TemplateResource): string | undefined => {
    const value = resource.property(name);
    return typeof value === "string" || typeof value === "number" ? shown(value) : undefined;
  };
