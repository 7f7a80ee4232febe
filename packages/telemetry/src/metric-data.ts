import { type HrTime, ValueType } from "@opentelemetry/api";
import type { MetricData } from "@opentelemetry/sdk-metrics";
import type { MetricReading } from "./metric-reading.ts";
import { metricDescriptions } from "./names.ts";

export type MetricsSdk = typeof import("@opentelemetry/sdk-metrics");

/** MetricPeriod is what readings are of: all since a time, or what came since then (delta). */
export interface MetricPeriod {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly isDelta: boolean;
}

/** Units in names (Prometheus: metric and label naming); counts of things have none. */
const UNITS: Readonly<Record<string, string>> = { By: "bytes", ms: "milliseconds", s: "seconds" };

/** The name of a metric with its unit, before what Prometheus makes of it: underscores for dots, and a mark of counters. */
const exposedName = ({ name, unit }: Pick<MetricReading, "name" | "unit">): string => {
  const word = UNITS[unit];
  return word === undefined ? name : `${name}.${word}`;
};

/** The readings of one name: whichever exporter takes them, names, units and descriptions are the same. */
function dataOfOne(
  readings: readonly MetricReading[],
  { startTime, endTime, isDelta }: MetricPeriod,
  { AggregationTemporality, DataPointType }: MetricsSdk,
): MetricData {
  const first = readings[0] as MetricReading;
  const descriptor = {
    name: exposedName(first),
    description: metricDescriptions[first.name],
    unit: first.unit,
    valueType: ValueType.DOUBLE,
    advice: {},
  };
  const at = { startTime, endTime };
  const aggregationTemporality = isDelta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
  if (first.kind === "histogram")
    return {
      descriptor,
      aggregationTemporality,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: readings.map(({ attributes, value, histogram }) => {
        const { boundaries = [], counts = [] } = histogram ?? {};
        return {
          ...at,
          attributes,
          value: {
            sum: value,
            count: counts.reduce((sum, count) => sum + count, 0),
            buckets: { boundaries: [...boundaries], counts: [...counts] },
          },
        };
      }),
    };
  const dataPoints = readings.map(({ attributes, value }) => ({ ...at, attributes, value }));
  return first.kind === "counter"
    ? { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : {
        descriptor,
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.GAUGE,
        dataPoints,
      };
}

/** metricDataOf is readings as exporters take them. `periodOf` says what those of a kind are of. */
export const metricDataOf = (
  readings: readonly MetricReading[],
  periodOf: (kind: MetricReading["kind"]) => MetricPeriod,
  sdk: MetricsSdk,
): MetricData[] =>
  [...Map.groupBy(readings, ({ name }) => name).values()].map((ofName) =>
    dataOfOne(ofName, periodOf((ofName[0] as MetricReading).kind), sdk),
  );
