import type { IncomingMessage, ServerResponse } from "node:http";
import type { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import type { MeterProvider } from "@opentelemetry/sdk-metrics";
import { type MetricPeriod, metricDataOf } from "./metric-data.ts";
import { startMetricExport } from "./metric-export.ts";
import type { MetricExportSettings } from "./metric-export-settings.ts";
import type { MetricReading } from "./metric-reading.ts";

export interface Metrics extends AsyncDisposable {
  /** Responds to a scrape in the Prometheus text format. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Meters {
  readonly exporter: PrometheusExporter;
  readonly provider: MeterProvider;
}

/** A scrape has the time at which it was made. */
const UNTIMED: MetricPeriod = { startTime: [0, 0], endTime: [0, 0], isDelta: false };

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
          const metrics = metricDataOf(await read(), () => UNTIMED, sdk);
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

export interface MetricsOptions {
  /** Returns every reading; called once a scrape and once an export. */
  readonly read: () => Promise<readonly MetricReading[]>;
  /** undefined: metrics are scraped only. */
  readonly exporting?: MetricExportSettings | undefined;
  /** Which process it is, for whoever receives exports. */
  readonly instanceId: string;
}

/**
 * createMetrics exposes plain counters that are kept elsewhere, to scrapes and to a receiver of OTLP. The SDK is loaded with the first scrape or
 * export: most processes start long before it.
 */
export function createMetrics({ read, exporting, instanceId }: MetricsOptions): Metrics {
  let meters: Promise<Meters> | undefined;
  const exports = exporting && startMetricExport({ ...exporting, read, instanceId });
  return {
    async handle(request, response) {
      meters ??= openMeters(read);
      const { exporter } = await meters;
      exporter.getMetricsRequestHandler(request, response);
    },
    async [Symbol.asyncDispose]() {
      await exports?.[Symbol.asyncDispose]();
      await (await meters)?.provider.shutdown();
    },
  };
}
