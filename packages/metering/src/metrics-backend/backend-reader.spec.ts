import { describe, expect, it } from "vitest";
import { parseStatistic } from "@tollgate/metric-store";
import { BackendReader } from "./backend-reader.ts";
import type { QueryApi, SeriesSamples, StepRange } from "./query-api.ts";

const NOW_S = 1_800_000_150;
const MINUTE_S = 1_800_000_120;
const REST = { AccountId: "0", ApiId: "a1", ApiName: "pets", Protocol: "REST", Stage: "live", instance: "n" };

/** Counters that had `values` at the ends of the last minutes, the present one last. */
const counters = (
  of: Readonly<Record<string, readonly number[]>>,
  labels: Readonly<Record<string, string>> = REST,
): SeriesSamples[] =>
  Object.entries(of).map(([name, values]) => {
    const [__name__ = "", le] = name.split(" ");
    return {
      labels: { __name__, ...labels, ...(le === undefined ? {} : { le }) },
      samples: values.map((value, i) => [MINUTE_S + 60 * (i + 2 - values.length), value] as const),
    };
  });

function readerOf(series: readonly SeriesSamples[]) {
  const asked: (StepRange & { readonly selector: string })[] = [];
  const api: QueryApi = {
    range: async (selector, range) => {
      asked.push({ selector, ...range });
      // What counters have now, or had at the ends of steps.
      const isNow = range.startUnixS === range.endUnixS;
      return series.map(({ labels, samples }) => ({
        labels,
        samples: isNow
          ? samples.slice(-1).map(([, value]) => [range.endUnixS, value] as const)
          : samples.filter(([unixS]) => unixS >= range.startUnixS && unixS <= range.endUnixS),
      }));
    },
    series: async () => series.map(({ labels }) => labels),
  };
  return { asked, reader: new BackendReader({ accountId: "0", api, series: 'job="t"', nowUnixS: NOW_S }) };
}

const dimensionsOf = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

const query = (metricName: string, values: Readonly<Record<string, string>>, more: object = {}) => ({
  accountId: "0",
  namespace: "AWS/ApiGateway",
  metricName,
  dimensions: dimensionsOf(values),
  startUnixS: MINUTE_S - 120,
  endUnixS: MINUTE_S + 60,
  periodS: 300,
  hasBuckets: true,
  ...more,
});

/** Statistics of the one period of a metric. */
async function statistics(series: readonly SeriesSamples[], metricName: string, ...names: readonly string[]) {
  const { reader } = readerOf(series);
  const byUnit = await reader.points(query(metricName, { ApiName: "pets", Stage: "live" }));
  const [[unit, points] = ["", new Map()]] = byUnit;
  const [values] = points.values();
  return [unit, ...names.map((name) => values && parseStatistic(name)?.(values))];
}

describe("metrics of calls of a backend", () => {
  const errors = counters({ Count_total: [4, 10], _5XXError_total: [0, 3] });

  it("have errors as samples of each call, 0 or 1", async () => {
    const names = ["Sum", "SampleCount", "Average", "Minimum", "Maximum", "p100"];
    expect(await statistics(errors, "5XXError", ...names)).toEqual(["Count", 3, 10, 0.3, 0, 1, 1]);
    expect(await statistics(errors, "Count", "Sum", "SampleCount")).toEqual(["Count", 10, 10]);
  });

  it("have latencies with exact sums, and percentiles within the ends of their buckets", async () => {
    const latency = counters({
      Latency_milliseconds_count: [100],
      Latency_milliseconds_sum: [1_234.5],
      "Latency_milliseconds_bucket 10": [90],
      "Latency_milliseconds_bucket 25": [99],
      "Latency_milliseconds_bucket 29000": [99],
      "Latency_milliseconds_bucket +Inf": [100],
    });
    const [unit, sum, count, p50, p95, p100] = await statistics(
      latency,
      "Latency",
      "Sum",
      "SampleCount",
      "p50",
      "p95",
      "p100",
    );
    expect([unit, sum, count, p100]).toEqual(["Milliseconds", 1_234.5, 100, 29_000]);
    expect(p50).toBeCloseTo(5.5, 0);
    expect(p95).toBeGreaterThan(10);
    expect(p95).toBeLessThanOrEqual(25);
  });

  it("have no percentiles, and no minimum, of methods, which have no buckets", async () => {
    const latency = counters({
      Latency_milliseconds_count: [3],
      Latency_milliseconds_sum: [12],
      "Latency_milliseconds_bucket +Inf": [3],
    });
    expect(await statistics(latency, "Latency", "Average", "p50", "Minimum", "Maximum")).toEqual([
      "Milliseconds",
      4,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
    [
      "a stage counts those of its canary",
      "Count",
      { ApiName: "pe.ts", Stage: "li(ve" },
      String.raw`{__name__=~"Count_total",AccountId="0",ApiName="pe.ts",Protocol="REST",Stage=~"li\\(ve(/Canary)?",Resource="",Method="",Route="",job="t"}`,
    ],
    [
      "an HTTP API has names of its own",
      "4xx",
      { ApiId: "h" },
      '{__name__=~"_4XXError_total|Count_total",AccountId="0",ApiId="h",Protocol="HTTP",Resource="",Method="",Route="",job="t"}',
    ],
    [
      "a value cannot end its matcher",
      "Count",
      { ApiName: 'x",AccountId="1' },
      String.raw`{__name__=~"Count_total",AccountId="0",ApiName="x\",AccountId=\"1",Protocol="REST",Resource="",Method="",Route="",job="t"}`,
    ],
    [
      "a route of a WebSocket API",
      "MessageCount",
      { ApiId: "w", Stage: "s", Route: "$default" },
      '{__name__=~"MessageCount_total",AccountId="0",ApiId="w",Stage=~"s(/Canary)?",Resource="",Method="",Route="$default",job="t"}',
    ],
    ["nothing has both an id and a name", "Count", { ApiId: "h", ApiName: "h" }, undefined],
    ["a method needs a stage", "Count", { ApiName: "h", Resource: "/", Method: "GET" }, undefined],
    ["other dimensions are of nothing", "Count", { Shop: "h" }, undefined],
  ])("%s", async (_, metricName, values, selector) => {
    const { reader, asked } = readerOf([]);
    await reader.points(query(metricName, values));
    expect(asked[0]?.selector).toBe(selector);
  });

  it("are read with steps that are as short as a query may have", async () => {
    const stepOf = async (days: number, periodS: number) => {
      const { reader, asked } = readerOf([]);
      const startUnixS = MINUTE_S - days * 86_400;
      await reader.points(query("Count", { ApiName: "pets" }, { startUnixS, periodS }));
      for (const { startUnixS: from, endUnixS, stepS } of asked)
        expect((endUnixS - from) / stepS).toBeLessThan(11_000);
      return asked[0]?.stepS;
    };
    expect([await stepOf(1, 60), await stepOf(30, 3_600), await stepOf(400, 86_400)]).toEqual([
      60, 300, 3_600,
    ]);
    // Minutes of a month are several queries.
    expect(await stepOf(30, 60)).toBe(60);
  });

  it("include those of the period that has not ended", async () => {
    const { reader } = readerOf(counters({ Count_total: [7] }));
    const points = (await reader.points(query("Count", { ApiName: "pets" }, { periodS: 60 }))).get("Count");
    expect([...(points ?? [])].map(([unixS, { sum }]) => [unixS, sum])).toEqual([[MINUTE_S, 7]]);
  });

  it("are listed by API, stage and method, a canary for its stage, too", async () => {
    const { reader } = readerOf([
      ...counters({ Count_total: [1] }, { ...REST, Stage: "live/Canary" }),
      ...counters({ Count_total: [1] }, { ...REST, Resource: "/x", Method: "GET" }),
      ...counters({ IntegrationLatency_milliseconds_count: [1] }),
      ...counters({ ClientError_total: [1] }, { AccountId: "0", ApiId: "w", Stage: "s", Route: "r" }),
    ]);
    const sets = await reader.sets(undefined);
    expect(
      sets.map(({ dimensions, metrics }) => [
        dimensions.map(({ value }) => value).join(" "),
        metrics.map(({ name }) => name).join(" "),
      ]),
    ).toEqual([
      ["w s r", "ConnectCount MessageCount ClientError IntegrationError ExecutionError"],
      ["pets live /x GET", "Count 4XXError 5XXError Latency"],
      ["pets live", "Count 4XXError 5XXError Latency IntegrationLatency"],
      ["pets live/Canary", "Count 4XXError 5XXError Latency"],
      ["pets", "Count 4XXError 5XXError Latency IntegrationLatency"],
    ]);
    expect(await reader.sets("Shop")).toEqual([]);
  });
});
