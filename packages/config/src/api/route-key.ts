import { HTTP_METHODS } from "../rest-api/http-methods.ts";

/** RouteKey is what a route takes: a method and a path, or all that no other route takes. */
export type RouteKey =
  | { readonly kind: "path"; readonly method: string; readonly path: string }
  | { readonly kind: "default" };

/** Key of the route that takes what no other does. */
export const DEFAULT_ROUTE = "$default";

const METHODS = new Set<string>(HTTP_METHODS);
const VARIABLE = /^\{([A-Za-z0-9._~:-]+)(\+?)\}$/;
const LITERAL = /^[^{}\s?#]*$/;

function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "the path must begin with /";
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    if (segment === "" && !isLast) return "the path must not have an empty segment (//)";
    if (LITERAL.test(segment)) continue;
    const [, name, greedy] = VARIABLE.exec(segment) ?? [];
    if (name === undefined)
      return `segment '${segment}' must be text without braces, or a whole {variable} or {variable+}`;
    if (greedy === "+" && !isLast) return `greedy segment '${segment}' must be the last`;
    if (names.has(name)) return `variable '${name}' occurs twice`;
    names.add(name);
  }
  return undefined;
}

/** parseRouteKey reads the key of an HTTP API's route; a text says what is wrong with it (AWS: routes for HTTP APIs). */
export function parseRouteKey(key: string): RouteKey | string {
  if (key === DEFAULT_ROUTE) return { kind: "default" };
  const [, method = "", path = ""] = /^(\S+) (.*)$/s.exec(key) ?? [];
  if (!METHODS.has(method))
    return `must be '{METHOD} {path}' such as 'GET /pets', with one of ${HTTP_METHODS.join(", ")}, or '${DEFAULT_ROUTE}'`;
  return pathProblem(path) ?? { kind: "path", method, path };
}
