import {
  Distribution,
  type ListedSet,
  type MetricReader,
  type Points,
  type PointsQuery,
  startOf,
} from "@tollgate/metric-store";
import { CALLS_NAMESPACE } from "../call-metrics/call-tally.ts";
import { type CallMetric, LISTED, selectionsOf, selectorOf, seriesNamesOf } from "./call-series.ts";
import { type Increases, increasesOf, keyOfLabels } from "./increases.ts";
import { setsOfSeries } from "./listed-sets.ts";
import type { QueryApi, SeriesSamples } from "./query-api.ts";
import { distributionOf } from "./step-values.ts";

export interface BackendReaderOptions {
  readonly accountId: string;
  readonly api: QueryApi;
  /** Matchers of all series of this installation. */
  readonly series: string;
  readonly nowUnixS: number;
}

/** Steps of a query; Prometheus refuses more than 11,000. */
const STEPS_MAX = 10_000;
const STEPS_S = [60, 300, 3_600] as const;
/** A counter that was not seen for longer counts as a new one. */
const BEFORE_S = 3_600;
/** Metrics that had no value for longer are not found by name (AWS: ListMetrics). */
const LISTED_S = 14 * 86_400;

interface Steps {
  /** When the first step begins, and the last one ends. */
  readonly startUnixS: number;
  readonly endUnixS: number;
  readonly stepS: number;
}

/** The shortest steps that fit into periods and are few enough for one query; the longest that fit where none are. */
function stepsOf({ startUnixS, endUnixS, periodS, originUnixS = 0 }: PointsQuery, nowUnixS: number): Steps {
  const start = startOf(startUnixS, periodS, originUnixS);
  const last = Math.min(endUnixS, nowUnixS);
  const fitting = STEPS_S.filter((step) => periodS % step === 0 && originUnixS % step === 0);
  const stepS = fitting.find((step) => (last - start + BEFORE_S) / step <= STEPS_MAX) ?? fitting.at(-1) ?? 60;
  return { startUnixS: start, endUnixS: startOf(last + stepS - 1, stepS), stepS };
}

/** BackendReader reads the metrics of calls of an account from the counters of nodes that a Prometheus-compatible backend has. */
export class BackendReader implements MetricReader {
  readonly accountId: string;
  readonly #options: BackendReaderOptions;
  readonly #read = new Map<string, Promise<readonly SeriesSamples[]>>();

  constructor(options: BackendReaderOptions) {
    this.accountId = options.accountId;
    this.#options = options;
  }

  async points(query: PointsQuery): Promise<ReadonlyMap<string, Points>> {
    const byUnit = new Map<string, Map<number, Distribution>>();
    if (query.namespace !== CALLS_NAMESPACE) return byUnit;
    for (const { metric, matchers } of selectionsOf(query.metricName, query.dimensions)) {
      const steps = stepsOf(query, this.#options.nowUnixS);
      if (steps.endUnixS <= steps.startUnixS) continue;
      const selector = selectorOf(this.#options, seriesNamesOf(metric), matchers);
      const series = await this.#samples(selector, steps);
      query.spend?.(series.reduce((sum, { samples }) => sum + samples.length, 0));
      const points = pointsOf(metric, increasesOf(series, steps), query);
      if (points.size > 0) byUnit.set(metric.metric.unit, points);
    }
    return byUnit;
  }

  async sets(namespace: string | undefined, seenFromUnixS = 0): Promise<readonly ListedSet[]> {
    if (namespace !== undefined && namespace !== CALLS_NAMESPACE) return [];
    const { api, nowUnixS } = this.#options;
    const labels = await api.series(selectorOf(this.#options, LISTED), {
      startUnixS: Math.max(seenFromUnixS, nowUnixS - LISTED_S),
      endUnixS: nowUnixS,
    });
    return setsOfSeries(labels);
  }

  /** The values of series at the ends of steps, and those before the first one. */
  #samples(selector: string, { startUnixS, endUnixS, stepS }: Steps): Promise<readonly SeriesSamples[]> {
    const key = `${selector} ${startUnixS} ${endUnixS} ${stepS}`;
    const known = this.#read.get(key);
    if (known) return known;
    const reading = this.#readSteps(selector, {
      startUnixS: startUnixS - Math.ceil(BEFORE_S / stepS) * stepS,
      endUnixS,
      stepS,
    });
    this.#read.set(key, reading);
    return reading;
  }

  async #readSteps(selector: string, { startUnixS, endUnixS, stepS }: Steps) {
    const { api, nowUnixS } = this.#options;
    const found: SeriesSamples[] = [];
    // The last step may not have ended: what counters have now is what it ends with.
    const lastUnixS = startOf(Math.min(endUnixS, nowUnixS), stepS);
    for (let from = startUnixS; from <= lastUnixS; from += STEPS_MAX * stepS) {
      const to = Math.min(lastUnixS, from + (STEPS_MAX - 1) * stepS);
      found.push(...(await api.range(selector, { startUnixS: from, endUnixS: to, stepS })));
    }
    if (endUnixS > lastUnixS) {
      const now = await api.range(selector, { startUnixS: nowUnixS, endUnixS: nowUnixS, stepS });
      found.push(
        ...now.map(({ labels, samples }) => ({
          labels,
          samples: samples.map(([, value]) => [endUnixS, value] as const),
        })),
      );
    }
    return joined(found);
  }
}

/** Parts of a series that several queries returned are one. */
const joined = (parts: readonly SeriesSamples[]): readonly SeriesSamples[] =>
  [...Map.groupBy(parts, ({ labels }) => keyOfLabels(labels)).values()].map((of) => ({
    labels: (of[0] as SeriesSamples).labels,
    samples: of.flatMap(({ samples }) => samples),
  }));

/** The distributions of periods, by their beginnings. */
function pointsOf(
  { made }: CallMetric,
  increases: Increases,
  { periodS, originUnixS, endUnixS }: PointsQuery,
): Map<number, Distribution> {
  const points = new Map<number, Distribution>();
  for (const [unixS, grown] of [...increases].sort(([a], [b]) => a - b)) {
    if (unixS >= endUnixS) continue;
    const values = distributionOf(made, grown);
    if (values.sampleCount === 0) continue;
    const start = startOf(unixS, periodS, originUnixS);
    const known = points.get(start);
    if (known) known.merge(values);
    else points.set(start, values);
  }
  return points;
}
