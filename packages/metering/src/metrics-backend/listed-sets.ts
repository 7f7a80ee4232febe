import type { Dimension, ListedSet, Metric } from "@tollgate/metric-store";
import { CALLS_NAMESPACE } from "../call-metrics/call-tally.ts";
import { CANARY, LISTED, metricsOfProtocol } from "./call-series.ts";
import type { SeriesSamples } from "./query-api.ts";

type Labels = SeriesSamples["labels"];

interface Found {
  readonly dimensions: readonly Dimension[];
  readonly metrics: Map<string, Metric>;
}

const [CALLS, CACHE, WEBSOCKET, INTEGRATION] = LISTED;

/** The names of metrics that a series of LISTED stands for. */
function namesOf({ __name__: name }: Labels, protocol: string): (metric: string) => boolean {
  if (name === INTEGRATION) return (metric) => metric === "IntegrationLatency";
  if (name === CACHE) return (metric) => metric.startsWith("Cache");
  const isOwn = name === (protocol === "WEBSOCKET" ? WEBSOCKET : CALLS);
  return (metric) => isOwn && metric !== "IntegrationLatency" && !metric.startsWith("Cache");
}

const listOf = (values: Readonly<Record<string, string>>): readonly Dimension[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

/** The sets in which a series counts: its API, its stage, and its route. */
function dimensionsOf(labels: Labels, protocol: string): readonly (readonly Dimension[])[] {
  const { ApiName = "", ApiId = "", Stage = "", Resource = "", Method = "", Route = "" } = labels;
  const api: Record<string, string> = protocol === "REST" ? { ApiName } : { ApiId };
  const stages = Stage.endsWith(CANARY) ? [Stage.slice(0, -CANARY.length), Stage] : [Stage];
  const route = protocol === "WEBSOCKET" ? Route || Resource : Resource;
  if (route === "") return [listOf(api), ...stages.map((one) => listOf({ ...api, Stage: one }))];
  const own: Record<string, string> = protocol === "WEBSOCKET" ? { Route: route } : { Resource, Method };
  return stages.map((one) => listOf({ ...api, Stage: one, ...own }));
}

/** setsOfSeries are the sets of dimensions, and the metrics of each, that series of the names LISTED stand for. */
export function setsOfSeries(series: readonly Labels[]): readonly ListedSet[] {
  const sets = new Map<string, Found>();
  for (const labels of series) {
    const protocol = labels["Protocol"] ?? "WEBSOCKET";
    const isOf = namesOf(labels, protocol);
    const metrics = metricsOfProtocol(protocol).map(({ metric }) => metric);
    const own = metrics.filter(({ name }) => isOf(name));
    if (own.length === 0) continue;
    for (const dimensions of dimensionsOf(labels, protocol)) {
      const key = JSON.stringify(dimensions);
      const found = sets.get(key) ?? { dimensions, metrics: new Map<string, Metric>() };
      sets.set(key, found);
      for (const metric of own) found.metrics.set(metric.name, metric);
    }
  }
  return [...sets]
    .sort(([a], [b]) => Number(a > b) - Number(a < b))
    .map(([, { dimensions, metrics }]) => ({
      namespace: CALLS_NAMESPACE,
      dimensions,
      metrics: [...metrics.values()],
    }));
}
