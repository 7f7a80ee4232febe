import type { Manifest } from "@tollgate/config";
import type { BasePathMode } from "./base-path.ts";
import type { Json, JsonObject } from "./document.ts";
import { isObject } from "./document.ts";
import type { Report } from "./report.ts";

export interface ImportOptions {
  readonly restApiId: string;
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
  /** Parameter segment below each parent path: AWS allows one, so that later names give way to the first. */
  readonly parameterAt: Map<string, string>;
  readonly paths: Set<string>;
  readonly models: {
    /** Name of each named schema's model. */
    readonly names: ReadonlyMap<string, string>;
    /** Models of schemas that stand where they are used. */
    readonly inline: Map<string, Manifest>;
  };
  /** OpenAPI 3.1: schemas are JSON Schema 2020-12. */
  readonly isNewer: boolean;
  /** What each path begins with. */
  readonly prefix: string;
}

/** resolve follows a local $ref, once per step; what cannot be found is an error in the report. */
export function resolve(
  value: Json | undefined,
  at: readonly string[],
  { root, report }: ImportContext,
): Json | undefined {
  let current = value;
  for (let depth = 0; depth < 32 && isObject(current) && typeof current.$ref === "string"; depth++) {
    const ref: string = current.$ref;
    const parts = ref.startsWith("#/")
      ? ref
          .slice(2)
          .split("/")
          .map((p) => p.replaceAll("~1", "/").replaceAll("~0", "~"))
      : undefined;
    const target = parts?.reduce<Json | undefined>(
      (node, part) => (isObject(node) ? node[part] : undefined),
      root,
    );
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
