import type { Dimension, Metric } from "@tollgate/metric-store";
import { callMetrics } from "../call-metrics/samples.ts";

/** How a metric is made of counters of nodes. */
export type Made =
  /** Each of them is a sample of the value 1. */
  | { readonly as: "count"; readonly of: string }
  /** Each of `all` is a sample, and `of` those that are 1; the others are 0. */
  | { readonly as: "flag"; readonly of: string; readonly all: readonly string[] }
  /** A sum of values whose number is that of `samples`. */
  | { readonly as: "sum"; readonly of: string; readonly samples: string }
  /** A histogram of Prometheus, without the ends of its names. */
  | { readonly as: "histogram"; readonly of: string };

export interface CallMetric {
  readonly metric: Metric;
  readonly made: Made;
}

const CALLS = "Count_total";
const CACHED = ["CacheHitCount_total", "CacheMissCount_total"] as const;

const {
  count,
  latency,
  integrationLatency,
  restClientError,
  restServerError,
  clientError,
  serverError,
  cacheHit,
  cacheMiss,
  dataProcessed,
  connectCount,
  messageCount,
  webSocketClientError,
  integrationError,
  executionError,
} = callMetrics;

const flag = (metric: Metric, of: string, all: readonly string[] = [CALLS]): CallMetric => ({
  metric,
  made: { as: "flag", of, all },
});
const counted = (metric: Metric, of: string): CallMetric => ({ metric, made: { as: "count", of } });
const times = (metric: Metric): CallMetric => ({
  metric,
  made: { as: "histogram", of: `${metric.name}_milliseconds` },
});

const OF_REST: readonly CallMetric[] = [
  counted(count, CALLS),
  flag(restClientError, "_4XXError_total"),
  flag(restServerError, "_5XXError_total"),
  times(latency),
  times(integrationLatency),
  flag(cacheHit, CACHED[0], CACHED),
  flag(cacheMiss, CACHED[1], CACHED),
];
const OF_HTTP: readonly CallMetric[] = [
  counted(count, CALLS),
  flag(clientError, "_4XXError_total"),
  flag(serverError, "_5XXError_total"),
  times(latency),
  times(integrationLatency),
  { metric: dataProcessed, made: { as: "sum", of: "DataProcessed_bytes_total", samples: CALLS } },
];
const OF_WEBSOCKET: readonly CallMetric[] = [
  counted(connectCount, "ConnectCount_total"),
  counted(messageCount, "MessageCount_total"),
  counted(webSocketClientError, "ClientError_total"),
  counted(integrationError, "IntegrationError_total"),
  counted(executionError, "ExecutionError_total"),
  times(integrationLatency),
];

/** The protocol of an API's series; those that only WebSocket APIs have do not name it. */
const PROTOCOLS: Readonly<Record<string, readonly CallMetric[]>> = {
  REST: OF_REST,
  HTTP: OF_HTTP,
  WEBSOCKET: OF_WEBSOCKET,
};

/** metricsOfProtocol are the metrics that APIs of a protocol have. */
export const metricsOfProtocol = (protocol: string): readonly CallMetric[] => PROTOCOLS[protocol] ?? [];

/** seriesNamesOf are the names of the series that a metric is made of. */
export function seriesNamesOf({ made }: CallMetric): readonly string[] {
  if (made.as === "histogram") return ["_bucket", "_sum", "_count"].map((end) => made.of + end);
  if (made.as === "flag") return [...new Set([made.of, ...made.all])];
  return made.as === "sum" ? [made.of, made.samples] : [made.of];
}

/** LISTED are the names of series by which sets of dimensions are found: each API that has metrics has one of them. */
export const LISTED = [
  CALLS,
  CACHED[0],
  "ClientError_total",
  "IntegrationLatency_milliseconds_count",
] as const;

const quoted = (text: string): string => JSON.stringify(text);
/** A text as a regular expression of RE2. */
const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

export const CANARY = "/Canary";

const DIMENSION = /^(?:ApiName|ApiId|Stage|Resource|Method|Route)$/;

/** What is asked of the series of an account. */
export interface SeriesOf {
  readonly accountId: string;
  /** Matchers that all series of the installation have. */
  readonly series: string;
}

/** selectorOf selects series of an account by their names. */
export const selectorOf = (
  { accountId, series }: SeriesOf,
  names: readonly string[],
  more: readonly string[] = [],
): string =>
  `{${[
    `__name__=~${quoted(names.map(literal).join("|"))}`,
    `AccountId=${quoted(accountId)}`,
    ...more,
    ...(series === "" ? [] : [series]),
  ].join(",")}}`;

/** Selection is a metric and the label matchers of its dimensions. */
export interface Selection {
  readonly metric: CallMetric;
  readonly matchers: readonly string[];
}

/**
 * selectionsOf finds by which series a metric of a set of dimensions is counted. There are two at most: what the dimensions are alone does not
 * tell HTTP from WebSocket APIs. None: no calls are counted by such dimensions.
 */
export function selectionsOf(metricName: string, dimensions: readonly Dimension[]): readonly Selection[] {
  const given = new Map(dimensions.map(({ name, value }) => [name, value]));
  if (given.size !== dimensions.length || [...given.keys()].some((name) => !DIMENSION.test(name))) return [];
  const protocols = given.has("ApiName") ? ["REST"] : given.has("ApiId") ? ["HTTP", "WEBSOCKET"] : [];
  if (given.has("ApiName") && given.has("ApiId")) return [];
  return protocols.flatMap((protocol) => {
    if (!isSetOf(protocol, given)) return [];
    const metric = metricsOfProtocol(protocol).find((one) => one.metric.name === metricName);
    return metric ? [{ metric, matchers: matchersOf(protocol, metric, given) }] : [];
  });
}

/** Which dimensions go together. */
function isSetOf(protocol: string, given: ReadonlyMap<string, string>): boolean {
  const own = protocol === "WEBSOCKET" ? ["Route"] : ["Resource", "Method"];
  const names = [...given.keys()].filter((name) => name !== "ApiName" && name !== "ApiId");
  if (names.length === 0) return true;
  if (!given.has("Stage")) return false;
  return names.length === 1 || (names.length === own.length + 1 && own.every((name) => given.has(name)));
}

function matchersOf(
  protocol: string,
  { made }: CallMetric,
  given: ReadonlyMap<string, string>,
): readonly string[] {
  const stage = given.get("Stage");
  // Calls of a canary count for their stage, too.
  const ofStage =
    stage === undefined
      ? []
      : stage.endsWith(CANARY)
        ? [`Stage=${quoted(stage)}`]
        : [`Stage=~${quoted(`${literal(stage)}(${CANARY})?`)}`];
  // Latencies of WebSocket APIs are counted as those of others are, by a label for the path of a route.
  const isByResource = protocol === "WEBSOCKET" && made.as === "histogram";
  const path = isByResource ? given.get("Route") : undefined;
  const equal = (name: string, value: string | undefined) => `${name}=${quoted(value ?? "")}`;
  return [
    ...(given.has("ApiName") ? [equal("ApiName", given.get("ApiName"))] : []),
    ...(given.has("ApiId") ? [equal("ApiId", given.get("ApiId"))] : []),
    ...(protocol === "WEBSOCKET" && !isByResource ? [] : [equal("Protocol", protocol)]),
    ...ofStage,
    equal("Resource", path ?? given.get("Resource")),
    ...(isByResource ? [] : [equal("Method", given.get("Method"))]),
    ...(isByResource ? [] : [equal("Route", given.get("Route"))]),
  ];
}
