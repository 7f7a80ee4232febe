import type { HrTime } from "@opentelemetry/api";
import { type MetricPeriod, metricDataOf } from "./metric-data.ts";
import type { MetricExportSettings, Temporality } from "./metric-export-settings.ts";
import type { MetricReading } from "./metric-reading.ts";
import { ReadingDeltas } from "./reading-deltas.ts";

/** What a process waits for its last export when it ends. */
const LAST_EXPORT_MS = 2_000;

const EXPORTERS = {
  "http/json": () => import("@opentelemetry/exporter-metrics-otlp-http"),
  "http/protobuf": () => import("@opentelemetry/exporter-metrics-otlp-proto"),
} as const;

/** Kinds of which each temporality has what came since the last export. Counters are observed, as the standard calls it. */
const DELTA_KINDS: Readonly<Record<Temporality, readonly MetricReading["kind"][]>> = {
  cumulative: [],
  delta: ["counter", "histogram"],
  lowmemory: ["histogram"],
};

export interface MetricExportOptions extends MetricExportSettings {
  readonly read: () => Promise<readonly MetricReading[]>;
  readonly instanceId: string;
}

const hrTime = (ms: number): HrTime => [Math.trunc(ms / 1_000), (ms % 1_000) * 1_000_000];

/** Periods makes what an export has of readings: their values and times. */
class Periods {
  readonly #kinds: readonly MetricReading["kind"][];
  readonly #deltas = new ReadingDeltas();
  readonly #started = hrTime(Date.now());
  #last = this.#started;

  constructor(temporality: Temporality) {
    this.#kinds = DELTA_KINDS[temporality];
  }

  next(readings: readonly MetricReading[]) {
    const isDelta = (kind: MetricReading["kind"]) => this.#kinds.includes(kind);
    const endTime = hrTime(Date.now());
    const startOfDelta = this.#last;
    this.#last = endTime;
    const periodOf = (kind: MetricReading["kind"]): MetricPeriod =>
      isDelta(kind)
        ? { startTime: startOfDelta, endTime, isDelta: true }
        : { startTime: this.#started, endTime, isDelta: false };
    const whole = readings.filter(({ kind }) => !isDelta(kind));
    const deltas = this.#deltas.next(readings.filter(({ kind }) => isDelta(kind)));
    return { readings: [...whole, ...deltas], periodOf };
  }
}

async function start({
  read,
  url,
  protocol,
  temporality,
  intervalMs,
  timeoutMs,
  instanceId,
}: MetricExportOptions) {
  const [{ OTLPMetricExporter }, { detectResources, envDetector, resourceFromAttributes }, sdk] =
    await Promise.all([
      EXPORTERS[protocol](),
      import("@opentelemetry/resources"),
      import("@opentelemetry/sdk-metrics"),
    ]);
  const own = resourceFromAttributes({ "service.name": "tollgate", "service.instance.id": instanceId });
  const resource = own.merge(detectResources({ detectors: [envDetector] }));
  const periods = new Periods(temporality);
  const reader = new sdk.PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url }),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers: [
      {
        async collect() {
          const { readings, periodOf } = periods.next(await read());
          const metrics = metricDataOf(readings, periodOf, sdk);
          return {
            resourceMetrics: { resource, scopeMetrics: [{ scope: { name: "tollgate" }, metrics }] },
            errors: [],
          };
        },
      },
    ],
  });
  return new sdk.MeterProvider({ readers: [reader], resource });
}

/**
 * startMetricExport sends all readings to a receiver of OTLP now and then, until it is disposed: then once more, for at most two seconds. The exporter reads the
 * standard variables of headers, time, compression and TLS itself.
 */
export function startMetricExport(options: MetricExportOptions): AsyncDisposable {
  const provider = start(options);
  return {
    async [Symbol.asyncDispose]() {
      const ended = (await provider).shutdown({ timeoutMillis: LAST_EXPORT_MS }).catch(() => undefined);
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LAST_EXPORT_MS);
      await Promise.race([ended, late]);
      clearTimeout(timer);
    },
  };
}
