import { expect, it } from "vitest";
import { type Metrics, readStages } from "./read-stages.ts";

const MINUTE = 1_800_000_000;
const NOW = (MINUTE + 20) * 1000;

const set = (dimensions: Readonly<Record<string, string>>, ...metricNames: string[]) => ({
  namespace: "AWS/ApiGateway",
  dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
  metricNames,
});

/** The sums of each metric of a stage, and its percentiles. */
const VALUES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  pets: { Count: 600, "4XXError": 6, "5XXError": 3, Latency: 9 },
  http01: { Count: 60, "4xx": 1, "5xx": 2, Latency: 7 },
  chat01: { MessageCount: 90, ClientError: 4, IntegrationError: 2, ExecutionError: 3, IntegrationLatency: 5 },
};

/** Metrics of three stages. */
function metricsOf() {
  const asked: string[] = [];
  const metrics = {
    listMetrics: async () => ({
      sets: [
        set({ ApiName: "pets" }, "Count"),
        set({ ApiName: "pets", Stage: "live" }, "Count", "Latency"),
        set({ ApiName: "pets", Stage: "live", Resource: "/a", Method: "GET" }, "Count"),
        set({ ApiId: "http01", Stage: "$default" }, "Count"),
        set({ ApiId: "chat01", Stage: "live" }, "ClientError"),
      ],
    }),
    getMetricData: async ({ queries = [], startUnixS = 0n, endUnixS = 0n }) => {
      expect([startUnixS, endUnixS]).toEqual([BigInt(MINUTE - 120), BigInt(MINUTE + 60)]);
      return {
        results: queries.map((query) => {
          const { id, of } = query as unknown as {
            id: string;
            of: { value: { metricName: string; stat: string; dimensions: { value: string }[] } };
          };
          const { metricName, stat, dimensions } = of.value;
          const api = dimensions[0]?.value ?? "";
          asked.push(`${api} ${metricName} ${stat}`);
          return { id, unixS: [BigInt(MINUTE)], values: [VALUES[api]?.[metricName] ?? Number.NaN] };
        }),
      };
    },
  };
  return { asked, metrics: metrics as unknown as Metrics };
}

it("reads each protocol's own metrics: errors of several names are added up", async () => {
  const { metrics } = metricsOf();
  const { stages, atMs } = await readStages(metrics, "000000000000", NOW, 10);
  expect(atMs).toBe(NOW);
  const shown = [...stages].map(([key, { stage, figures }]) => [
    key,
    stage.protocol,
    Object.fromEntries(Object.entries(figures).map(([figure, minutes]) => [figure, minutes.get(MINUTE)])),
  ]);
  expect(shown).toEqual([
    ["pets\nlive", "REST", { calls: 600, clientErrors: 6, serverErrors: 3, p50: 9, p99: 9 }],
    ["http01\n$default", "HTTP", { calls: 60, clientErrors: 1, serverErrors: 2, p50: 7, p99: 7 }],
    ["chat01\nlive", "WEBSOCKET", { calls: 90, clientErrors: 4, serverErrors: 5, p50: 5, p99: 5 }],
  ]);
});

it("asks for the calls of all, and for the rest of those that have most", async () => {
  const { metrics, asked } = metricsOf();
  const { stages } = await readStages(metrics, "000000000000", NOW, 1);
  expect(asked.filter((query) => !query.startsWith("pets"))).toEqual([
    "http01 Count Sum",
    "chat01 MessageCount Sum",
  ]);
  expect(Object.keys(stages.get("chat01\nlive")?.figures ?? {})).toEqual(["calls"]);
  expect(Object.keys(stages.get("pets\nlive")?.figures ?? {})).toHaveLength(5);
});
