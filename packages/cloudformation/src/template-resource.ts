import type { Json } from "@tollgate/openapi";
import type { Place } from "./findings.ts";

/** TemplateResource is a resource of a template whose condition holds. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  /** Where it is in the template. */
  readonly at: Place;
  /** An id of its own that no change of its properties changes. */
  readonly stableId: string;
  /** It stays where its template does not name it any more (AWS: DeletionPolicy). */
  readonly isRetained: boolean;
  /** A property with its functions carried out. */
  property(name: string): Json | undefined;
}
