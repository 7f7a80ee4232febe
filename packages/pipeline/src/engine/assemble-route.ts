import type { Method, MethodSetting } from "@tollgate/config";
import { executionLogWriter } from "../filters/execution-logging.ts";
import type { FilterFactory } from "../rest-api/order.ts";
import type { Observer, Ports } from "./ports.ts";
import type { Filter, Integrate, Route, RouteContext } from "./route.ts";

/** RouteParts is what a route is made of besides its filters and observers. */
export interface RouteParts {
  readonly resourceId: string;
  readonly resourcePath: string;
  readonly httpMethod: string;
  readonly integrationType: Route["integrationType"];
  readonly integrate: Integrate;
  readonly method: Method | undefined;
  readonly settings: MethodSetting | undefined;
}

/** assembleRoute gives a route those filters and observers that it needs. */
export function assembleRoute(
  context: RouteContext,
  ports: Ports,
  parts: RouteParts,
  order: readonly FilterFactory[],
): Route {
  const filters: Filter[] = [];
  const observers: Observer[] = [];
  const route: Route = {
    context,
    ...parts,
    parameterNames: [...parts.resourcePath.matchAll(/\{([^}+]+)\+?\}/g)].map((m) => m[1] as string),
    inbound: filters,
    observers,
  };
  for (const make of order) {
    const filter = make(route, ports);
    if (filter) filters.push(filter);
  }
  const logWriter = executionLogWriter(route, ports);
  if (logWriter) observers.push(logWriter);
  for (const make of ports.observers) {
    const observer = make(route);
    if (observer) observers.push(observer);
  }
  return route;
}

/** unmatchedRoutes makes the stand-in routes of a stage, one a verb, when they are first needed. */
export function unmatchedRoutes(make: (httpMethod: string) => Route): (httpMethod: string) => Route {
  const made = new Map<string, Route>();
  return (httpMethod) => {
    const known = made.get(httpMethod);
    if (known) return known;
    const route = make(httpMethod);
    made.set(httpMethod, route);
    return route;
  };
}
