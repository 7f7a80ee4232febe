import type { Call, Route } from "../call/call.ts";
import { isResolvable, resolvedPath } from "../call/path-form.ts";
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

/**
 * isConfusing finds whether a call would get past what another route asks for: its upstream may resolve the path to one that leads there.
 */
export function isConfusing({ path, method }: Call, route: Route, { routes }: LiveStage): boolean {
  if (!route.showsPath || !isResolvable(path)) return false;
  if (path.includes("%5C")) return true;
  const other = routes.match(resolvedPath(path), method)?.value;
  return other !== undefined && other.protection !== "" && other.protection !== route.protection;
}
