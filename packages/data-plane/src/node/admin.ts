import { type HttpServer, type Metrics, startHttpServer } from "@tollgate/telemetry";

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** Why the node should not get calls now; undefined: it is ready. */
  readonly notReady: () => string | undefined;
}

/** startAdmin serves /livez, /readyz and /metrics. */
export function startAdmin({ host, port, metrics, notReady }: AdminOptions): Promise<HttpServer> {
  return startHttpServer(host, port, (request, response) => {
    const path = request.url?.split("?", 1)[0];
    const text = (status: number, body: string) => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
      response.end(`${body}\n`);
    };
    if (path === "/livez") text(200, "ok");
    else if (path === "/readyz") {
      const reason = notReady();
      text(reason === undefined ? 200 : 503, reason ?? "ok");
    } else if (path === "/metrics")
      metrics.handle(request, response).catch((error: unknown) => text(500, String(error)));
    else text(404, "try /livez, /readyz or /metrics");
  });
}
