import type { IncomingMessage, ServerResponse } from "node:http";
import { type Attributes, type Meter, type ObservableResult, ValueType } from "@opentelemetry/api";
import type { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import type { MeterProvider } from "@opentelemetry/sdk-metrics";
import { type MetricName, metricDescriptions } from "./names.ts";

/** MetricReading is the current value of a metric for one set of attributes. */
export interface MetricReading {
  readonly name: MetricName;
  readonly kind: "counter" | "gauge";
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number;
}

export interface Metrics extends AsyncDisposable {
  /** Responds to a scrape in the Prometheus text format. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Meters {
  readonly exporter: PrometheusExporter;
  readonly provider: MeterProvider;
  readonly meter: Meter;
}

async function openMeters(): Promise<Meters> {
  const [{ PrometheusExporter }, { resourceFromAttributes }, { MeterProvider }] = await Promise.all([
    import("@opentelemetry/exporter-prometheus"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/sdk-metrics"),
  ]);
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({
    readers: [exporter],
    resource: resourceFromAttributes({ "service.name": "tollgate" }),
  });
  return { exporter, provider, meter: provider.getMeter("tollgate") };
}

/**
 * createMetrics exposes plain counters that are kept elsewhere: `read` is called once a scrape and returns every reading. The SDK is loaded with
 * the first scrape: most processes start long before it.
 */
export function createMetrics({ read }: { readonly read: () => Promise<readonly MetricReading[]> }): Metrics {
  let meters: Promise<Meters> | undefined;
  const readings = new Map<string, MetricReading[]>();
  const observed = new Set<string>();
  return {
    async handle(request, response) {
      meters ??= openMeters();
      const { exporter, meter } = await meters;
      const all = await read();
      readings.clear();
      for (const reading of all) {
        const same = readings.get(reading.name);
        if (same) same.push(reading);
        else {
          readings.set(reading.name, [reading]);
          if (!observed.has(reading.name)) observe(meter, reading, readings);
          observed.add(reading.name);
        }
      }
      exporter.getMetricsRequestHandler(request, response);
    },
    [Symbol.asyncDispose]: async () => (await meters)?.provider.shutdown(),
  };
}

/** observe registers an instrument that reports whatever was read last under its name. */
function observe(
  meter: Meter,
  { name, kind, unit }: MetricReading,
  readings: ReadonlyMap<string, readonly MetricReading[]>,
): void {
  const options = { unit, description: metricDescriptions[name], valueType: ValueType.DOUBLE };
  const instrument =
    kind === "counter"
      ? meter.createObservableCounter(name, options)
      : meter.createObservableGauge(name, options);
  instrument.addCallback((result: ObservableResult) => {
    for (const { value, attributes } of readings.get(name) ?? []) result.observe(value, attributes);
  });
}
