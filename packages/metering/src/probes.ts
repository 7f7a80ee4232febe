import { hostname } from "node:os";
import { createMetrics, startHttpServer } from "@tollgate/telemetry";
import type { MeteringReadings } from "./metrics.ts";
import type { MeteringSettings } from "./settings.ts";

export interface ProbesOptions extends Pick<MeteringSettings, "host" | "metricsPort" | "metricExport"> {
  readonly readings: MeteringReadings;
  /** Why the database does not respond; undefined: it does. */
  readonly outage: () => string | undefined;
}

/**
 * serveProbes serves /livez, /readyz and /metrics until the scope is disposed, and returns the port; 0: not wanted. /readyz?exclude=database leaves the
 * database out: without it, logs and traces can still be asked for, and a probe of it would take all meterings out of their service at the same time.
 */
export async function serveProbes(
  scope: AsyncDisposableStack,
  { host, metricsPort, metricExport: exporting, readings, outage }: ProbesOptions,
): Promise<number> {
  const instanceId = `metering@${hostname()}`;
  const metrics = scope.use(createMetrics({ read: () => readings.read(), exporting, instanceId }));
  if (metricsPort === undefined) return 0;
  const server = await startHttpServer(host, metricsPort, (request, response) => {
    const text = (status: number, body: string) => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
      response.end(`${body}\n`);
    };
    const [path, query] = request.url?.split("?", 2) ?? [];
    if (path === "/livez") text(200, "ok");
    else if (path === "/readyz") {
      const isExcluded = new URLSearchParams(query).getAll("exclude").includes("database");
      const reason = isExcluded ? undefined : outage();
      text(reason === undefined ? 200 : 503, reason ?? "ok");
    } else if (path === "/metrics")
      metrics.handle(request, response).catch((error: unknown) => text(500, String(error)));
    else text(404, "try /livez, /readyz or /metrics");
  });
  return scope.use(server).port;
}
