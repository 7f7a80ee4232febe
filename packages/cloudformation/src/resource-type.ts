import type { Json } from "@tollgate/openapi";
import type { z } from "zod";
import type { Place } from "./findings.ts";
import type { StackDraft } from "./stack-draft.ts";
import { shown } from "./shown.ts";

/** TemplateResource is a resource of a template whose condition holds. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  /** Where it stands. */
  readonly at: Place;
  /** An id of its own that no change of its properties changes. */
  readonly stableId: string;
  /** It stays where its template does not name it any more (AWS: DeletionPolicy). */
  readonly isRetained: boolean;
  /** A property with its functions carried out. */
  property(name: string): Json | undefined;
}

/** ResourceType is what a type of resources becomes. */
export interface ResourceType<P = never> {
  readonly properties: z.ZodType<P>;
  /** What Ref gives: its physical id. */
  readonly ref: (resource: TemplateResource, draft: StackDraft) => Json | undefined;
  /** What Fn::GetAtt gives. */
  readonly attributes?: Readonly<
    Record<string, (resource: TemplateResource, draft: StackDraft) => Json | undefined>
  >;
  /** Adds what it becomes to the stack. */
  readonly emit: (resource: TemplateResource, properties: P, draft: StackDraft) => void;
}

/** resourceType fits the types of a type's parts together. */
export const resourceType = <P>(type: ResourceType<P>): ResourceType => type as unknown as ResourceType;

/** physicalText is a property as a text, where Ref gives it. */
export const physicalText =
  (name: string) =>
  (resource: TemplateResource): string | undefined => {
    const value = resource.property(name);
    return typeof value === "string" || typeof value === "number" ? shown(value) : undefined;
  };
