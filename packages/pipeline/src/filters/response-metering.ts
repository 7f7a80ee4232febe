import type { StageMeter } from "@tollgate/config";
import {
  type CustomMeter,
  DEFAULT_ROUTE,
  type Problem,
  parseMemberPath,
  problemAt,
} from "@tollgate/config/runtime";
import type { Filter, Route } from "../call/call.ts";
import { type MeterSource, ResponseMeters } from "../call/response-meters.ts";
import { facts } from "../engine/facts.ts";

/** How meters name a route. */
const nameOf = ({ httpMethod, resourcePath }: Pick<Route, "httpMethod" | "resourcePath">): string =>
  resourcePath === DEFAULT_ROUTE ? DEFAULT_ROUTE : `${httpMethod} ${resourcePath}`;

const sourceOf = ({ meter, jsonPath, header }: StageMeter): MeterSource =>
  header === undefined
    ? { meter: meter as CustomMeter, path: parseMemberPath(jsonPath ?? "") ?? [] }
    : { meter: meter as CustomMeter, header: header.toLowerCase() };

/** responseMetering has the responses of a route read by the meters of its stage; undefined: none is of the route. */
export function responseMetering(route: Route): Filter | undefined {
  const { meters = [] } = route.context;
  if (route.integrationType === undefined || meters.length === 0) return undefined;
  const name = nameOf(route);
  const sources = meters.filter(({ routes }) => !routes || routes.includes(name)).map(sourceOf);
  if (sources.length === 0) return undefined;
  return (call) => {
    call.meters = new ResponseMeters(sources, call.exchange);
    return undefined;
  };
}

/** meteredRouteProblems reports routes of meters that a deployment does not have: calls of them would not be metered, unseen. */
export function meteredRouteProblems(
  at: string,
  meters: readonly StageMeter[] | undefined,
  routes: readonly Pick<Route, "httpMethod" | "resourcePath">[],
): readonly Problem[] {
  if (!meters?.some((meter) => meter.routes)) return [];
  const known = new Set(routes.map(nameOf));
  return meters.flatMap((meter, i) =>
    (meter.routes ?? []).flatMap((route, j) =>
      known.has(route)
        ? []
        : problemAt(`${at}.meters[${i}].routes[${j}]`, facts.METERED_ROUTE_MISSING({ route })),
    ),
  );
}
