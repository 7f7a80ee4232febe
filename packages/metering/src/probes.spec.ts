import { afterEach, expect, it } from "vitest";
import type { MeteringReadings } from "./metrics.ts";
import { serveProbes } from "./probes.ts";

let scope = new AsyncDisposableStack();
afterEach(async () => {
  await scope.disposeAsync();
  scope = new AsyncDisposableStack();
});

it.each([
  { path: "/livez", outage: "no database", status: 200, body: "ok\n" },
  { path: "/readyz", outage: undefined, status: 200, body: "ok\n" },
  { path: "/readyz", outage: "no database", status: 503, body: "no database\n" },
  { path: "/readyz?exclude=database", outage: "no database", status: 200, body: "ok\n" },
  { path: "/readyz?exclude=store", outage: "no database", status: 503, body: "no database\n" },
  { path: "/", outage: undefined, status: 404, body: "try /livez, /readyz or /metrics\n" },
])("$path is $status while the outage is $outage", async ({ path, outage, status, body }) => {
  const readings = {} as MeteringReadings;
  const port = await serveProbes(scope, {
    host: "127.0.0.1",
    metricsPort: 0,
    metricExport: undefined,
    readings,
    outage: () => outage,
  });
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  expect([response.status, await response.text()]).toEqual([status, body]);
});
