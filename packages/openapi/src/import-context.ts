import type { Manifest } from "@tollgate/config";
import type { BasePathMode } from "./base-path.ts";
import { isObject, type Json, type JsonObject } from "./document.ts";
import type { ServedPath } from "./path-names.ts";
import { pointerParts, valueAt } from "./json-pointer.ts";
import type { Report } from "./report.ts";

export interface ImportOptions {
  readonly apiId: string;
  /** Takes operations that have no x-amazon-apigateway-integration: HTTP_PROXY to the same path below this URL. */
  readonly proxyBaseUrl?: string | undefined;
  /** What becomes of the definition's base path; left out it is ignored. */
  readonly basePath?: BasePathMode;
  readonly accountId?: string;
  readonly region?: string;
  /** Largest definition that is read; left out as on AWS, 6 MB. */
  readonly maxBytes?: number;
}

/** ImportContext is what every step of one import works with. */
export interface ImportContext {
  readonly root: JsonObject;
  readonly report: Report;
  readonly options: ImportOptions;
  readonly servedPath: (path: string) => ServedPath;
  /** Methods of each path that is served. */
  readonly methodsAt: Map<string, Record<string, unknown>>;
  readonly models: {
    /** Name of each named schema's model. */
    readonly names: ReadonlyMap<string, string>;
    /** Models of schemas that stand where they are used. */
    readonly inline: Map<string, Manifest>;
    /** Names of models of schemas that others refer to where they stand, by their pointers. */
    readonly placed: Map<string, string>;
  };
  /** Where each manifest, and each method, comes from. */
  readonly origins: Map<object, readonly string[]>;
  /** OpenAPI 3.1: schemas are JSON Schema 2020-12. */
  readonly isNewer: boolean;
  /** What each path begins with. */
  readonly prefix: string;
}

/** resolve follows a local $ref, once per step; what cannot be found is an error in the report. */
export function resolve(
  value: Json | undefined,
  at: readonly string[],
  { root, report }: Pick<ImportContext, "root" | "report">,
): Json | undefined {
  let current = value;
  for (let depth = 0; isObject(current) && typeof current.$ref === "string"; depth++) {
    const ref: string = current.$ref;
    if (depth > 32) {
      report.add("error", at, `$ref '${ref}' leads in a circle`);
      return undefined;
    }
    const target = ref.startsWith("#/") ? valueAt(root, pointerParts(ref.slice(1))) : undefined;
    if (target === undefined) {
      report.add(
        "error",
        at,
        `$ref '${ref}' leads nowhere: only references within the document can be imported`,
      );
      return undefined;
    }
    current = target;
  }
  return current;
}

/** madeOf is a manifest whose place in the definition is remembered. */
export function madeOf(at: readonly string[], manifest: Manifest, { origins }: ImportContext): Manifest {
  origins.set(manifest, at);
  return manifest;
}
