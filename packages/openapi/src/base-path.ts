import { isObject, type JsonObject } from "./document.ts";

/**
 * How the base path of a definition is treated (AWS: basepath of an import): ignored, put before each path, or put there without its
 * first segment.
 */
export const BASE_PATH_MODES = ["ignore", "prepend", "split"] as const;
export type BasePathMode = (typeof BASE_PATH_MODES)[number];

/** The base path of a definition: a server variable of that name has precedence over the path of the first server. */
function basePathOf({ servers }: JsonObject): string {
  const [server] = Array.isArray(servers) ? servers : [];
  if (!isObject(server)) return "";
  const variables = isObject(server.variables) ? server.variables : {};
  const named = isObject(variables.basePath) ? variables.basePath.default : undefined;
  if (typeof named === "string") return named;
  const url = typeof server.url === "string" ? server.url : "";
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
}

/** prefixOf is the prefix of each path of a definition: empty, or segments such as /shop/v1. */
export function prefixOf(root: JsonObject, mode: BasePathMode): string {
  if (mode === "ignore") return "";
  const segments = basePathOf(root)
    .split("/")
    .filter((segment) => segment !== "");
  const kept = mode === "split" ? segments.slice(1) : segments;
  return kept.map((segment) => `/${segment}`).join("");
}
