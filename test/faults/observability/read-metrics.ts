import type { Boto } from "../../kit/boto.ts";
import type { CountedMetric } from "./counted-metrics.ts";

const NAMESPACE = "AWS/ApiGateway";
export const PERIOD_S = 3_600;
/** Of one request, as CloudWatch has it. */
const QUERIES_MAX = 500;

type CloudWatch = Pick<Boto, "call">;

export interface MetricQuery {
  readonly metric: Pick<CountedMetric, "dimensions" | "name">;
  readonly stat: string;
}

/** The values of a query by the time, in seconds since 1970, at which their periods begin. */
export type Periods = ReadonlyMap<number, number>;

/** readMetrics asks CloudWatch's API for the values of metrics from a time on, period by period. The results have the order of the queries. */
export async function readMetrics(
  cloudwatch: CloudWatch,
  queries: readonly MetricQuery[],
  fromMs: number,
): Promise<readonly Periods[]> {
  const startMs = Math.floor(fromMs / (PERIOD_S * 1_000)) * PERIOD_S * 1_000;
  const found: Periods[] = [];
  for (let at = 0; at < queries.length; at += QUERIES_MAX) {
    const part = queries.slice(at, at + QUERIES_MAX);
    const { MetricDataResults } = (await cloudwatch.call("get_metric_data", {
      StartTime: new Date(startMs).toISOString(),
      EndTime: new Date(Date.now() + PERIOD_S * 1_000).toISOString(),
      MetricDataQueries: part.map(({ metric, stat }, i) => ({
        Id: `m${i}`,
        MetricStat: {
          Metric: {
            Namespace: NAMESPACE,
            MetricName: metric.name,
            Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: PERIOD_S,
          Stat: stat,
        },
      })),
    })) as { readonly MetricDataResults: readonly Result[] };
    const byId = new Map(MetricDataResults.map((result) => [result.Id, result]));
    for (const i of part.keys()) {
      const { Timestamps = [], Values = [] } = byId.get(`m${i}`) ?? {};
      found.push(new Map(Timestamps.map((time, j) => [Date.parse(time) / 1_000, Values[j] ?? Number.NaN])));
    }
  }
  return found;
}

interface Result {
  readonly Id: string;
  readonly Timestamps: readonly string[];
  readonly Values: readonly number[];
}

export const totalOf = (periods: Periods): number =>
  [...periods.values()].reduce((sum, value) => sum + value, 0);
