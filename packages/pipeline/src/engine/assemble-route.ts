import type { Filter, Observer, Route } from "../call/call.ts";
import type { FilterFactory, Ports } from "./ports.ts";

/** RouteParts is what a route is made of besides what is assembled here. */
export type RouteParts<R extends Route> = Omit<R, "parameterNames" | "inbound" | "observers"> & {
  /** Observers that the protocol itself adds. */
  readonly ownObservers?: readonly Observer[];
};

/** assembleRoute gives a route those filters and observers that it needs. */
export function assembleRoute<R extends Route>(
  { ownObservers = [], ...parts }: RouteParts<R>,
  order: readonly FilterFactory<R>[],
  ports: Ports,
): R {
  const filters: Filter[] = [];
  const observers: Observer[] = [...ownObservers];
  const route = {
    ...parts,
    parameterNames: [...parts.resourcePath.matchAll(/\{([^}+]+)\+?\}/g)].map((m) => m[1] as string),
    inbound: filters,
    observers,
  } as unknown as R;
  for (const make of order) {
    const filter = make(route, ports);
    if (filter) filters.push(filter);
  }
  for (const make of ports.observers) {
    const observer = make(route);
    if (observer) observers.push(observer);
  }
  return route;
}

/** unmatchedRoutes makes the routes of a stage for calls that match none, one for each method, when they are first needed. */
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
