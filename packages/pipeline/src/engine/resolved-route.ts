import type { Call, Route } from "../call/call.ts";
import { readingsOf } from "../call/path-form.ts";
import type { LiveStage } from "./stage.ts";

/**
 * protectionOf names what a route asks callers for; empty: nothing. Two routes that ask for the same have the same one. What decides by the route
 * itself, as Lambda authorizers may, is no other route's.
 */
export function protectionOf(
  { resourcePath, httpMethod }: Pick<Route, "resourcePath" | "httpMethod">,
  asked: {
    readonly authorizationType: string;
    readonly authorizerId?: string | undefined;
    readonly authorizationScopes?: readonly string[];
    readonly apiKeyRequired?: boolean;
  },
): string {
  const { authorizationType, authorizerId = "", authorizationScopes = [], apiKeyRequired = false } = asked;
  const key = apiKeyRequired ? "key" : "";
  if (authorizationType === "NONE") return key;
  const by = authorizationType === "CUSTOM" ? `${httpMethod} ${resourcePath}` : authorizationScopes.join(" ");
  return JSON.stringify([key, authorizationType, authorizerId, by]);
}

/** A route that names its whole path: whoever wrote it knows what is there. */
const isLiteral = ({ resourcePath, parameterNames }: Route): boolean =>
  parameterNames.length === 0 && resourcePath.startsWith("/");

/**
 * isConfusing finds whether a call would get past what another route asks for: its upstream may take the path for one that leads there.
 */
export function isConfusing(
  { path, method }: Call,
  route: Route,
  { routes, protections }: LiveStage,
): boolean {
  if (!route.showsPath) return false;
  if (path.includes("%5C")) return true;
  const others = protections.size - (protections.has(route.protection) ? 1 : 0);
  if (others === 0 || isLiteral(route)) return false;
  return readingsOf(path).some((reading) => {
    const alike = routes.alike(reading, method);
    return !alike.includes(route) && alike.some(({ protection }) => isOther(protection, route.protection));
  });
}

const isOther = (protection: string, own: string): boolean => protection !== "" && protection !== own;

/** protectionsOf are what routes ask callers for, each once. */
export function protectionsOf(routes: Iterable<Route>): ReadonlySet<string> {
  const protections = new Set<string>();
  for (const { protection } of routes) if (protection !== "") protections.add(protection);
  return protections;
}
