import { expect, it } from "vitest";
import type { Call, Route } from "@tollgate/pipeline";
import { sumOfReadings } from "@tollgate/telemetry";
import { StageMetrics } from "./stage-metrics.ts";

const routeOf = (resourcePath: string, hasOwnMetrics: boolean) =>
  ({
    context: { apiId: "a", apiName: "pets", reportedStage: "prod" },
    hasOwnMetrics,
    resourcePath,
    httpMethod: "GET",
  }) as unknown as Route;
const callOf = (latencyMs: number, integrationMs = 0) =>
  ({ status: 200, startMs: 0, endMs: latencyMs, integrationMs }) as unknown as Call;

it("latencies of a stage are a histogram, and those of two workers are one", () => {
  const readOf = (latencies: readonly number[]) => {
    const metrics = new StageMetrics();
    const observe = metrics.factory(routeOf("/x", false));
    for (const latency of latencies) observe?.(callOf(latency, latency / 2));
    return metrics.read().find(({ name }) => name === "Latency");
  };
  const [one, other] = [readOf([0.5, 1, 30_000]), readOf([7, 40])];
  if (!one || !other) throw new Error("there are no latencies");
  const { value, histogram } = sumOfReadings(one, other);
  expect(value).toBe(30_048.5);
  expect(histogram).toEqual({
    boundaries: [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 29_000],
    counts: [2, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  });
});

it("methods have metrics of their own up to a bound; calls of others count for their stage, and are counted", () => {
  const metrics = new StageMetrics(2);
  for (const path of ["/a", "/b", "/c", "/a"]) metrics.factory(routeOf(path, true))?.(callOf(1));
  const counts = metrics
    .read()
    .flatMap(({ name, attributes, value }) =>
      name === "Count" || name === "tollgate.calls.overflowed" ? [[attributes.Resource ?? name, value]] : [],
    );
  expect(Object.fromEntries(counts)).toEqual({ "tollgate.calls.overflowed": 1, Count: 4, "/a": 2, "/b": 1 });
});
