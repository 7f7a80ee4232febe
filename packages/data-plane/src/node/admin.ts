import { type HttpServer, type Metrics, startHttpServer } from "@tollgate/telemetry";
import { type NodeFactsNow, notLive, notReady } from "./condition.ts";

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** What the probes follow from. */
  readonly facts: () => NodeFactsNow;
}

/** startAdmin serves /livez, /readyz and /metrics. */
export function startAdmin({ host, port, metrics, facts }: AdminOptions): Promise<HttpServer> {
  return startHttpServer(host, port, (request, response) => {
    const path = request.url?.split("?", 1)[0];
    const text = (status: number, body: string) => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
      response.end(`${body}\n`);
    };
    const probe = (reason: string | undefined) => text(reason === undefined ? 200 : 503, reason ?? "ok");
    if (path === "/livez") probe(notLive(facts()));
    else if (path === "/readyz") probe(notReady(facts()));
    else if (path === "/metrics")
      metrics.handle(request, response).catch((error: unknown) => text(500, String(error)));
    else text(404, "try /livez, /readyz or /metrics");
  });
}
