import { type HttpServer, type Metrics, startHttpServer } from "@tollgate/telemetry";
import type { DataPlaneSettings } from "../settings.ts";

/** Probes are what is asked whether a node can have calls. */
export interface Probes {
  /** Why it should have no calls; undefined: it can have some. */
  readonly notReady: () => string | undefined;
  /** Why it should be started again; undefined: a new start would not mend what it lacks. */
  readonly notLive: () => string | undefined;
}

/** startAdmin serves /livez, /readyz and /metrics. */
export function startAdmin(
  { adminHost, adminPort }: Pick<DataPlaneSettings, "adminHost" | "adminPort">,
  metrics: Metrics,
  { notReady, notLive }: Probes,
): Promise<HttpServer> {
  return startHttpServer(adminHost, adminPort, (request, response) => {
    const path = request.url?.split("?", 1)[0];
    const text = (status: number, body: string) => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
      response.end(`${body}\n`);
    };
    const probe = (reason: string | undefined) => text(reason === undefined ? 200 : 503, reason ?? "ok");
    if (path === "/livez") probe(notLive());
    else if (path === "/readyz") probe(notReady());
    else if (path === "/metrics")
      metrics.handle(request, response).catch((error: unknown) => text(500, String(error)));
    else text(404, "try /livez, /readyz or /metrics");
  });
}
