import { METRICS, type OtlpReceiver, readOtlp } from "./otlp-settings.ts";
import { type Read, type SettingsProblem, setting } from "./settings.ts";

/** Whether values are sums since the start (cumulative), or since the last export; lowmemory: the latter for histograms only. */
export type Temporality = "cumulative" | "delta" | "lowmemory";

/** MetricExportSettings say where metrics are sent, and how often. */
export interface MetricExportSettings extends OtlpReceiver {
  readonly temporality: Temporality;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 30_000;
const MS_MAX = 86_400_000;
const HISTOGRAM = "explicit_bucket_histogram";

/**
 * readMetricExport reads OpenTelemetry's variables for metrics, as its specification names them ("Periodic exporting MetricReader", "OTLP Metrics
 * Exporter"). undefined: metrics are scraped only.
 */
export function readMetricExport(read: Read): {
  readonly exporting: MetricExportSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const exporter = read("OTEL_METRICS_EXPORTER", setting.oneOf(["otlp", "prometheus", "none"], "otlp"));
  const { receiver, problems } = readOtlp(read, METRICS);
  const preference = read("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", setting.text("cumulative"));
  const temporality = (["cumulative", "delta", "lowmemory"] as const).find(
    (name) => name === preference.trim().toLowerCase(),
  );
  // Buckets are those of the scrape, or the two would not be the same metric.
  read("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", setting.oneOf([HISTOGRAM], HISTOGRAM));
  const intervalMs = read("OTEL_METRIC_EXPORT_INTERVAL", setting.integer(INTERVAL_MS, 100, MS_MAX));
  const timeoutMs = read(
    "OTEL_METRIC_EXPORT_TIMEOUT",
    setting.integer(Math.min(TIMEOUT_MS, intervalMs), 1, MS_MAX),
  );
  const isOff = exporter !== "otlp" || receiver === undefined;
  return {
    exporting: isOff
      ? undefined
      : { ...receiver, temporality: temporality ?? "cumulative", intervalMs, timeoutMs },
    problems: [
      ...problems,
      ...(temporality === undefined
        ? [
            {
              name: "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
              message: `'${preference}' must be one of cumulative, delta, lowmemory`,
            },
          ]
        : []),
      ...(timeoutMs > intervalMs
        ? [
            {
              name: "OTEL_METRIC_EXPORT_TIMEOUT",
              message: `is ${timeoutMs}, and must not be above OTEL_METRIC_EXPORT_INTERVAL, which is ${intervalMs}`,
            },
          ]
        : []),
    ],
  };
}
