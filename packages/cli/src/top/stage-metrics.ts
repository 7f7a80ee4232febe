import type { DimensionSet } from "@tollgate/proto/metrics";

export const NAMESPACE = "AWS/ApiGateway";
/** Values are kept by the minute. */
export const PERIOD_S = 60;
/** Calls are counted some seconds after they were made: so many minutes may still change. */
const MINUTES = 3;

/** firstMinuteOf is the oldest minute that is read at a time, in seconds since 1970. */
export const firstMinuteOf = (atMs: number): number =>
  (Math.floor(atMs / 1000 / PERIOD_S) - (MINUTES - 1)) * PERIOD_S;

/** Figures of a stage that are added up, and the names of what they are made of. */
interface MetricNames {
  readonly calls: string;
  readonly clientErrors: string;
  readonly serverErrors: readonly string[];
  readonly latency: string;
}

/** AWS: metrics of REST, HTTP and WebSocket APIs have names of their own. */
const METRICS = {
  REST: { calls: "Count", clientErrors: "4XXError", serverErrors: ["5XXError"], latency: "Latency" },
  HTTP: { calls: "Count", clientErrors: "4xx", serverErrors: ["5xx"], latency: "Latency" },
  WEBSOCKET: {
    calls: "MessageCount",
    clientErrors: "ClientError",
    serverErrors: ["IntegrationError", "ExecutionError"],
    latency: "IntegrationLatency",
  },
} as const satisfies Readonly<Record<string, MetricNames>>;

export type Protocol = keyof typeof METRICS;

/** MeasuredStage is a stage that has metrics. */
export interface MeasuredStage {
  /** The name of a REST API, the id of another: what its metrics have. */
  readonly api: string;
  readonly stage: string;
  readonly protocol: Protocol;
}

/** stageOf is the stage that has a set of dimensions; undefined: the set is of something else. */
export function stageOf({ dimensions, metricNames }: DimensionSet): MeasuredStage | undefined {
  const values = new Map(dimensions.map(({ name, value }) => [name, value]));
  const stage = values.get("Stage");
  const name = values.get("ApiName");
  const api = name ?? values.get("ApiId");
  if (stage === undefined || api === undefined || dimensions.length !== 2) return undefined;
  if (name !== undefined) return { api, stage, protocol: "REST" };
  // Every call of an HTTP API has a Count; a WebSocket API that refuses all connections has errors alone.
  return { api, stage, protocol: metricNames.includes(METRICS.HTTP.calls) ? "HTTP" : "WEBSOCKET" };
}

export const keyOf = ({ api, stage }: MeasuredStage): string => `${api}\n${stage}`;

/** Calls of a canary count for their stage, too. */
export const isCanary = ({ stage }: MeasuredStage): boolean => stage.endsWith("/Canary");

/** FIGURES are what is asked of a stage, by name. */
export const FIGURES = ["calls", "clientErrors", "serverErrors", "p50", "p99"] as const;
export type Figure = (typeof FIGURES)[number];

/** statisticsOf is what a figure of a stage is made of; the values of several are added up. */
export function statisticsOf({ api, stage, protocol }: MeasuredStage, figure: Figure) {
  const names: MetricNames = METRICS[protocol];
  const isLatency = figure === "p50" || figure === "p99";
  const metricNames = isLatency ? [names.latency] : [names[figure]].flat();
  const dimensions = [
    { name: protocol === "REST" ? "ApiName" : "ApiId", value: api },
    { name: "Stage", value: stage },
  ];
  const stat = isLatency ? figure : "Sum";
  return metricNames.map((metricName) => ({
    namespace: NAMESPACE,
    metricName,
    dimensions,
    periodS: PERIOD_S,
    stat,
    unit: "",
  }));
}
