import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startMetricExport } from "./metric-export.ts";
import { type MetricExportSettings, readMetricExport } from "./metric-export-settings.ts";
import type { MetricReading } from "./metric-reading.ts";
import { createMetrics } from "./metrics.ts";
import { ReadingDeltas } from "./reading-deltas.ts";
import { parseSettings } from "./settings.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const readingsAt = (n: number): readonly MetricReading[] => [
  { name: "Count", kind: "counter", unit: "{call}", attributes: { ApiName: "pets" }, value: 10 * n },
  {
    name: "Latency",
    kind: "histogram",
    unit: "ms",
    attributes: { ApiName: "pets" },
    value: 100 * n,
    histogram: { boundaries: [5, 10], counts: [n, 2 * n, 3 * n] },
  },
  { name: "tollgate.store.size", kind: "gauge", unit: "By", attributes: {}, value: 7 },
];

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly [data: string]: unknown;
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly attributes: Readonly<Record<string, string>>;
  readonly metrics: readonly OtlpMetric[];
}

const INTERVAL_MS = 600_000;

/** What a receiver gets of several exports. */
async function received(settings: Partial<MetricExportSettings>, count = 1): Promise<readonly Received[]> {
  const exports: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const { resourceMetrics } = JSON.parse(body.toString());
    const [{ resource, scopeMetrics }] = resourceMetrics;
    exports.push({
      headers: request.headers,
      attributes: Object.fromEntries(
        resource.attributes.map(({ key, value }: { key: string; value: { stringValue: string } }) => [
          key,
          value.stringValue,
        ]),
      ),
      metrics: scopeMetrics.flatMap(({ metrics }: { metrics: readonly OtlpMetric[] }) => metrics),
    });
    response.setHeader("content-type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
  let n = 0;
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  {
    await using _export = startMetricExport({
      url,
      protocol: "http/json",
      temporality: "cumulative",
      intervalMs: INTERVAL_MS,
      timeoutMs: INTERVAL_MS,
      ...settings,
      read: async () => readingsAt(++n),
      instanceId: "node-1",
    });
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), { timeout: 60_000 });
    // A tick during an export does nothing.
    const tick = (wanted: number) => {
      vi.advanceTimersByTime(INTERVAL_MS);
      expect(exports.length).toBeGreaterThanOrEqual(wanted);
    };
    await vi.waitFor(() => tick(count), { timeout: 60_000, interval: 20 });
  }
  server.closeAllConnections();
  server.close();
  return exports.slice(0, count);
}

const named = (metrics: readonly OtlpMetric[] | undefined) =>
  Object.fromEntries(
    (metrics ?? []).map(({ name, unit, description: _, ...data }) => [name, { unit, ...data }]),
  );

describe("an export", () => {
  it("has the metrics of a scrape, by the same names", async () => {
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "team=pets");
    vi.stubEnv("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "authorization=Bearer%20t");
    const [first] = await received({});
    expect(first?.headers.authorization).toBe("Bearer t");
    expect(first?.attributes).toMatchObject({
      "service.name": "tollgate",
      "service.instance.id": "node-1",
      team: "pets",
    });
    const point = { attributes: [{ key: "ApiName", value: { stringValue: "pets" } }] };
    expect(named(first?.metrics)).toEqual({
      Count: {
        unit: "{call}",
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [expect.objectContaining({ ...point, asDouble: 10 })],
        },
      },
      "Latency.milliseconds": {
        unit: "ms",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            expect.objectContaining({
              ...point,
              sum: 100,
              count: 6,
              explicitBounds: [5, 10],
              bucketCounts: [1, 2, 3],
            }),
          ],
        },
      },
      "tollgate.store.size.bytes": {
        unit: "By",
        gauge: { dataPoints: [expect.objectContaining({ asDouble: 7 })] },
      },
    });
  });

  it.each([
    ["cumulative", [10, 20], [6, 12], 2, 2],
    ["delta", [10, 10], [6, 6], 1, 1],
    ["lowmemory", [10, 20], [6, 6], 2, 1],
  ] as const)("with %s has its sums", async (temporality, sums, counts, ofSums, ofHistograms) => {
    const exports = (await received({ temporality }, 2)).map(({ metrics }) => named(metrics));
    const of = (name: string, kind: string) =>
      exports.map(
        (metrics) =>
          (
            metrics[name] as
              | Record<string, { aggregationTemporality: number; dataPoints: Record<string, unknown>[] }>
              | undefined
          )?.[kind],
      );
    expect(of("Count", "sum").map((sum) => sum?.dataPoints[0]?.asDouble)).toEqual(sums);
    expect(of("Latency.milliseconds", "histogram").map((sum) => sum?.dataPoints[0]?.count)).toEqual(counts);
    expect(of("Count", "sum")[1]?.aggregationTemporality).toBe(ofSums);
    const [first, second] = of("Latency.milliseconds", "histogram");
    expect(second?.aggregationTemporality).toBe(ofHistograms);
    const start =
      ofHistograms === 1
        ? (first?.dataPoints[0]?.endTimeUnixNano ?? first?.dataPoints[0]?.timeUnixNano)
        : first?.dataPoints[0]?.startTimeUnixNano;
    expect(second?.dataPoints[0]?.startTimeUnixNano).toBe(start);
  });

  it("that nobody takes keeps no process from ending", async () => {
    const read = async () => readingsAt(1);
    const exporting = {
      url: "http://127.0.0.1:9/v1/metrics",
      protocol: "http/protobuf",
      temporality: "delta",
      intervalMs: 60_000,
      timeoutMs: 60_000,
    } as const;
    await createMetrics({ read, exporting, instanceId: "n" })[Symbol.asyncDispose]();
  });
});

it("what begins again is counted from its beginning", () => {
  const deltas = new ReadingDeltas();
  const values = [5, 2, 3].map((n) => deltas.next(readingsAt(n)).map(({ value }) => value));
  expect(values).toEqual([
    [50, 500, 7],
    [20, 200, 7],
    [10, 100, 7],
  ]);
});

it("a reading that was absent for a time is not counted again", () => {
  const deltas = new ReadingDeltas();
  const [count] = readingsAt(5);
  const values = [readingsAt(5), [], [], readingsAt(7)].map((readings) =>
    deltas.next(readings).find(({ name }) => name === count?.name),
  );
  expect(values.map((reading) => reading?.value)).toEqual([50, undefined, undefined, 20]);
});

const BASE = "OTEL_EXPORTER_OTLP_ENDPOINT";
const OWN = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
const exportOf = (env: Record<string, string>) =>
  parseSettings(env, (read) => {
    const { exporting: value, problems } = readMetricExport(read);
    return { value, problems };
  });

describe("where metrics go", () => {
  it.each<[Record<string, string>, object | undefined]>([
    [{}, undefined],
    [
      { [BASE]: "http://c:4318" },
      {
        url: "http://c:4318/v1/metrics",
        protocol: "http/json",
        temporality: "cumulative",
        intervalMs: 60_000,
        timeoutMs: 30_000,
      },
    ],
    [{ [BASE]: "http://c:4318", [OWN]: "http://m/x" }, { url: "http://m/x" }],
    [{ [BASE]: "http://c:4318", OTEL_METRICS_EXPORTER: "none" }, undefined],
    [{ [BASE]: "http://c:4318", OTEL_METRICS_EXPORTER: "prometheus" }, undefined],
    [{ [BASE]: "http://c:4318", OTEL_SDK_DISABLED: "true" }, undefined],
    [
      { [OWN]: "http://m/x", OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "Delta" },
      { temporality: "delta" },
    ],
    [
      { [OWN]: "http://m/x", OTEL_METRIC_EXPORT_INTERVAL: "5000" },
      { intervalMs: 5_000, timeoutMs: 5_000 },
    ],
    [
      { [OWN]: "http://m/x", OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf" },
      { protocol: "http/protobuf" },
    ],
  ])("%j", (env, wanted) => {
    const exporting = exportOf(env);
    if (wanted) expect(exporting).toMatchObject(wanted);
    else expect(exporting).toBeUndefined();
  });

  it.each([
    [
      { OTEL_METRICS_EXPORTER: "console" },
      "OTEL_METRICS_EXPORTER 'console' must be one of otlp, prometheus, none",
    ],
    [
      { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "sometimes" },
      "'sometimes' must be one of cumulative, delta, lowmemory",
    ],
    [{ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "grpc" }, "'grpc' is not supported"],
    [
      { OTEL_METRIC_EXPORT_INTERVAL: "1000", OTEL_METRIC_EXPORT_TIMEOUT: "2000" },
      "must not be above OTEL_METRIC_EXPORT_INTERVAL, which is 1000",
    ],
    [
      { OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram" },
      "must be one of explicit_bucket_histogram",
    ],
    [
      { OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: "/not/there" },
      "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY cannot be read",
    ],
  ])("%j is refused", (env, message) => {
    expect(() => exportOf(env)).toThrow(message);
  });
});
