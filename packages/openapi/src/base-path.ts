import { isObject, type JsonObject } from "./document.ts";

/** What becomes of a definition's base path (AWS: basepath of an import): it is left out, made part of each path, or that without its first segment. */
export const BASE_PATH_MODES = ["ignore", "prepend", "split"] as const;
export type BasePathMode = (typeof BASE_PATH_MODES)[number];

/** The base path of a definition: a server variable of that name counts before the path of the first server. */
function basePathOf({ servers }: JsonObject): string {
  const [server] = Array.isArray(servers) ? servers : [];
  if (!isObject(server)) return "";
  const variables = isObject(server.variables) ? server.variables : {};
  const named = isObject(variables.basePath) ? variables.basePath.default : undefined;
  if (typeof named === "string") return named;
  const url = typeof server.url === "string" ? server.url : "";
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
}

/** prefixOf is what each path of a definition begins with: empty, or segments such as /shop/v1. */
export function prefixOf(root: JsonObject, mode: BasePathMode): string {
  if (mode === "ignore") return "";
  const segments = basePathOf(root)
    .split("/")
    .filter((segment) => segment !== "");
  const kept = mode === "split" ? segments.slice(1) : segments;
  return kept.map((segment) => `/${segment}`).join("");
}
