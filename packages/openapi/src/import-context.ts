import type { Manifest } from "@tollgate/config";
import type { BasePathMode } from "./base-path.ts";
import { isObject, type Json, type JsonObject } from "./document.ts";
import { pointerParts, valueAt } from "./json-pointer.ts";
import type { ServedPath } from "./path-names.ts";
import type { Report } from "./report.ts";

export interface ImportOptions {
  readonly apiId: string;
  /** Operations without x-amazon-apigateway-integration become HTTP_PROXY to the same path below this URL. */
  readonly proxyBaseUrl?: string | undefined;
  /** How the definition's base path is treated; absent: it is ignored. */
  readonly basePath?: BasePathMode;
  readonly accountId?: string;
  readonly region?: string;
  /** Largest accepted definition; absent: 6 MB, as on AWS. */
  readonly maxBytes?: number;
}

/** ImportContext is the state that the steps of one import share. */
export interface ImportContext {
  readonly root: JsonObject;
  readonly report: Report;
  readonly options: ImportOptions;
  readonly servedPath: (path: string) => ServedPath;
  /** Methods of each served path. */
  readonly methodsAt: Map<string, Record<string, unknown>>;
  readonly models: {
    /** Name of each named schema's model. */
    readonly names: ReadonlyMap<string, string>;
    /** Models of inline schemas. */
    readonly inline: Map<string, Manifest>;
    /** Names of the models of inline schemas that others refer to, by their pointers. */
    readonly placed: Map<string, string>;
  };
  /** The origin of each manifest and each method. */
  readonly origins: Map<object, readonly string[]>;
  /** OpenAPI 3.1: schemas are JSON Schema 2020-12. */
  readonly isNewer: boolean;
  /** The prefix of each path. */
  readonly prefix: string;
}

/** resolve follows local references, one per step; a reference that cannot be resolved is an error in the report. */
export function resolve(
  value: Json | undefined,
  at: readonly string[],
  { root, report }: Pick<ImportContext, "root" | "report">,
): Json | undefined {
  let current = value;
  for (let depth = 0; isObject(current) && typeof current.$ref === "string"; depth++) {
    const ref: string = current.$ref;
    if (depth > 32) {
      report.add("error", at, `$ref '${ref}' is circular`);
      return undefined;
    }
    const target = ref.startsWith("#/") ? valueAt(root, pointerParts(ref.slice(1))) : undefined;
    if (target === undefined) {
      report.add(
        "error",
        at,
        `$ref '${ref}' cannot be resolved: only references within the document are supported`,
      );
      return undefined;
    }
    current = target;
  }
  return current;
}

/** madeOf records the origin of a manifest in the definition. */
export function madeOf(at: readonly string[], manifest: Manifest, { origins }: ImportContext): Manifest {
  origins.set(manifest, at);
  return manifest;
}
