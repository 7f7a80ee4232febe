import { DEFAULT_ROUTE } from "@tollgate/config/runtime";
import type { Call, Route } from "../call/call.ts";
import { pathWithStage } from "../call/call-paths.ts";
import { contextVariable } from "../values/context-variables.ts";

/** routeKeyOf is the key of a route, such as "GET /pets" or "$default". */
export const routeKeyOf = (route: Pick<Route, "resourcePath" | "httpMethod"> | undefined): string =>
  route === undefined || route.resourcePath === DEFAULT_ROUTE
    ? DEFAULT_ROUTE
    : `${route.httpMethod} ${route.resourcePath}`;

/** httpContextValue is $context.{name} of a call of an HTTP API; undefined: it is not there (AWS: variables for HTTP APIs). */
export function httpContextValue(call: Call, name: string): string | undefined {
  if (name === "routeKey") return routeKeyOf(call.route);
  if (name === "path" || name === "http.path") return pathWithStage(call);
  return contextVariable(call, name);
}
