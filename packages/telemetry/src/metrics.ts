import type { IncomingMessage, ServerResponse } from "node:http";
import { type Attributes, ValueType } from "@opentelemetry/api";
import type { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import type { MeterProvider, MetricData } from "@opentelemetry/sdk-metrics";
import { type MetricName, metricDescriptions } from "./names.ts";

/** HistogramReading is how many values were counted between boundaries. */
export interface HistogramReading {
  /** Upper ends of all buckets but the last, which has none. */
  readonly boundaries: readonly number[];
  /** One more than there are boundaries. */
  readonly counts: readonly number[];
}

/** MetricReading is the current value of a metric for one set of attributes. */
export interface MetricReading {
  readonly name: MetricName;
  readonly kind: "counter" | "gauge" | "histogram";
  /** As UCUM writes it, such as By, ms or {call}. */
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a histogram: the sum of its values. */
  readonly value: number;
  /** Of a histogram only. */
  readonly histogram?: HistogramReading;
}

/** sumOfReadings is what two readings of one metric and one set of attributes are together. */
export const sumOfReadings = (one: MetricReading, other: MetricReading): MetricReading => ({
  ...one,
  value: one.value + other.value,
  ...(one.histogram && other.histogram
    ? {
        histogram: {
          boundaries: one.histogram.boundaries,
          counts: one.histogram.counts.map((count, i) => count + (other.histogram?.counts[i] ?? 0)),
        },
      }
    : {}),
});

export interface Metrics extends AsyncDisposable {
  /** Responds to a scrape in the Prometheus text format. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Meters {
  readonly exporter: PrometheusExporter;
  readonly provider: MeterProvider;
}

/** Units in names (Prometheus: metric and label naming); counts of things have none. */
const UNITS: Readonly<Record<string, string>> = { By: "bytes", ms: "milliseconds", s: "seconds" };

/** exposedName is the name of a metric with its unit, before the exporter replaces the dots and marks counters. */
const exposedName = ({ name, unit }: Pick<MetricReading, "name" | "unit">): string => {
  const word = UNITS[unit];
  return word === undefined ? name : `${name}.${word}`;
};

type Sdk = typeof import("@opentelemetry/sdk-metrics");

/** Readings of one name as the exporter takes them. */
function metricOf(
  readings: readonly MetricReading[],
  { AggregationTemporality, DataPointType }: Sdk,
): MetricData {
  const first = readings[0] as MetricReading;
  const descriptor = {
    name: exposedName(first),
    description: metricDescriptions[first.name],
    unit: first.unit,
    valueType: ValueType.DOUBLE,
    advice: {},
  };
  const at = { startTime: [0, 0] as [number, number], endTime: [0, 0] as [number, number] };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
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
    : { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints };
}

async function openMeters(read: () => Promise<readonly MetricReading[]>): Promise<Meters> {
  const [{ PrometheusExporter }, { resourceFromAttributes }, sdk] = await Promise.all([
    import("@opentelemetry/exporter-prometheus"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/sdk-metrics"),
  ]);
  const resource = resourceFromAttributes({ "service.name": "tollgate" });
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [
      {
        async collect() {
          const byName = Map.groupBy(await read(), ({ name }) => name);
          const metrics = [...byName.values()].map((readings) => metricOf(readings, sdk));
          return {
            resourceMetrics: { resource, scopeMetrics: [{ scope: { name: "tollgate" }, metrics }] },
            errors: [],
          };
        },
      },
    ],
  });
  const provider = new sdk.MeterProvider({ readers: [exporter], resource });
  return { exporter, provider };
}

/**
 * createMetrics exposes plain counters that are kept elsewhere: `read` is called once a scrape and returns every reading. The SDK is loaded with
 * the first scrape: most processes start long before it.
 */
export function createMetrics({ read }: { readonly read: () => Promise<readonly MetricReading[]> }): Metrics {
  let meters: Promise<Meters> | undefined;
  return {
    async handle(request, response) {
      meters ??= openMeters(read);
      const { exporter } = await meters;
      exporter.getMetricsRequestHandler(request, response);
    },
    [Symbol.asyncDispose]: async () => (await meters)?.provider.shutdown(),
  };
}
