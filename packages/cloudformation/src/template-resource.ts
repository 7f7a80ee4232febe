import type { Json } from "@tollgate/openapi";
import type { Place } from "./findings.ts";

/** TemplateResource is a resource of a template whose condition is true. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  /** Where it is in the template. */
  readonly at: Place;
  /** A unique id that does not depend on its properties. */
  readonly stableId: string;
  /** It is kept when the template no longer contains it (AWS: DeletionPolicy). */
  readonly isRetained: boolean;
  /** A property with its functions evaluated. */
  property(name: string): Json | undefined;
}
