import type { Dimension } from "@tollgate/metric-store";
import { ApiKind } from "@tollgate/proto/usage";
import type { EventView } from "@tollgate/usage-stream";

export type MeasuredRoute = Pick<
  EventView,
  "apiKind" | "apiId" | "apiName" | "stage" | "httpMethod" | "resourcePath" | "canary" | "detailedMetrics"
>;

const setOf = (values: Readonly<Record<string, string>>): readonly Dimension[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

/** The dimension that names an API: two REST APIs with one name share their metrics, as on AWS. */
const nameOf = ({ apiKind, apiId, apiName }: MeasuredRoute): Readonly<Record<string, string>> =>
  apiKind === ApiKind.REST ? { ApiName: apiName || apiId } : { ApiId: apiId };

/** What identifies a route; undefined: it has no metrics of its own. WebSocket APIs have routes without methods. */
function routeOf({
  apiKind,
  httpMethod,
  resourcePath,
  detailedMetrics,
}: MeasuredRoute): Readonly<Record<string, string>> | undefined {
  // Calls that no route takes count for their stage.
  if (!detailedMetrics || resourcePath === "") return undefined;
  if (apiKind === ApiKind.WEBSOCKET) return { Route: resourcePath };
  return { Resource: resourcePath, Method: httpMethod };
}

/**
 * dimensionSets are the sets of dimensions in which a call counts: its API, its stage, and its route if detailed metrics are on. Calls of a canary
 * count for {stage}/Canary besides (AWS: Amazon API Gateway dimensions and metrics).
 */
export function dimensionSets(route: MeasuredRoute): readonly (readonly Dimension[])[] {
  const api = nameOf(route);
  const own = routeOf(route);
  const stages = route.canary ? [route.stage, `${route.stage}/Canary`] : [route.stage];
  return [
    setOf(api),
    ...stages.flatMap((Stage) => [
      setOf({ ...api, Stage }),
      ...(own ? [setOf({ ...api, Stage, ...own })] : []),
    ]),
  ];
}
