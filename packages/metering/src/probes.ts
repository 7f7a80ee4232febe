import { createMetrics, startHttpServer } from "@tollgate/telemetry";
import type { MeteringReadings } from "./metrics.ts";
import type { MeteringSettings } from "./settings.ts";

export interface ProbesOptions extends Pick<MeteringSettings, "host" | "metricsPort"> {
  readonly readings: MeteringReadings;
  /** Why queries cannot be answered; undefined: they can. */
  readonly notReady: () => string | undefined;
}

/** serveProbes serves /livez, /readyz and /metrics until the scope is disposed, and returns the port; 0: not wanted. */
export async function serveProbes(
  scope: AsyncDisposableStack,
  { host, metricsPort, readings, notReady }: ProbesOptions,
): Promise<number> {
  if (metricsPort === undefined) return 0;
  const metrics = scope.use(createMetrics({ read: () => readings.read() }));
  const server = await startHttpServer(host, metricsPort, (request, response) => {
    const text = (status: number, body: string) => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
      response.end(`${body}\n`);
    };
    const path = request.url?.split("?", 1)[0];
    if (path === "/livez") text(200, "ok");
    else if (path === "/readyz") {
      const reason = notReady();
      text(reason === undefined ? 200 : 503, reason ?? "ok");
    } else if (path === "/metrics")
      metrics.handle(request, response).catch((error: unknown) => text(500, String(error)));
    else text(404, "try /livez, /readyz or /metrics");
  });
  return scope.use(server).port;
}
