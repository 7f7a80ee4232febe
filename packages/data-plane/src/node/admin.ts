import { type HttpServer, type Metrics, startHttpServer } from "@tollgate/telemetry";

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** Why it should have no calls; undefined: it can have some. */
  readonly notReady: () => string | undefined;
  /** Why it should be started again; undefined: a new start would not mend what it lacks. */
  readonly notLive: () => string | undefined;
}

/** startAdmin serves /livez, /readyz and /metrics. */
export function startAdmin({ host, port, metrics, notReady, notLive }: AdminOptions): Promise<HttpServer> {
  return startHttpServer(host, port, (request, response) => {
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
