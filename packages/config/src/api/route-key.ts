import { facts } from "../facts.ts";
import type { Fact } from "../problem.ts";
import { HTTP_METHODS } from "../rest-api/http-methods.ts";

/** RouteKey says which calls a route matches: those with a method and a path, or all that no other route matches. */
export type RouteKey =
  | { readonly kind: "path"; readonly method: string; readonly path: string }
  | { readonly kind: "default" };

/** Key of the route that matches what no other route matches. */
export const DEFAULT_ROUTE = "$default";

const METHODS = new Set<string>(HTTP_METHODS);
const VARIABLE = /^\{([A-Za-z0-9._~:-]+)(\+?)\}$/;
const LITERAL = /^[^{}\s?#]*$/;

function pathProblem(path: string): Fact | undefined {
  if (!path.startsWith("/")) return facts.PATH_START();
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    if (segment === "" && !isLast) return facts.PATH_SEGMENT_EMPTY();
    if (LITERAL.test(segment)) continue;
    const [, name, greedy] = VARIABLE.exec(segment) ?? [];
    if (name === undefined)
      return facts.PATH_SEGMENT_INVALID({
        segment,
        allowed: "characters without braces, or a {variable} or {variable+}",
      });
    if (greedy === "+" && !isLast) return facts.PATH_GREEDY_NOT_LAST({ segment });
    if (names.has(name)) return facts.PATH_PARAMETER_TWICE({ name });
    names.add(name);
  }
  return undefined;
}

/** parseRouteKey reads the key of an HTTP API's route, or returns the fact that makes it invalid (AWS: routes for HTTP APIs). */
export function parseRouteKey(key: string): RouteKey | Fact {
  if (key === DEFAULT_ROUTE) return { kind: "default" };
  const [, method = "", path = ""] = /^(\S+) (.*)$/s.exec(key) ?? [];
  if (!METHODS.has(method)) return facts.ROUTE_KEY_INVALID({ methods: HTTP_METHODS.join(", ") });
  return pathProblem(path) ?? { kind: "path", method, path };
}

/** routeKeyShape is a key without the names of its variables: two routes of an HTTP API with the same one match the same calls. */
export function routeKeyShape(routeKey: string): string {
  const key = parseRouteKey(routeKey);
  if ("code" in key || key.kind === "default") return routeKey;
  return `${key.method} ${key.path.replace(/\{[^}+]+/g, "{")}`;
}
