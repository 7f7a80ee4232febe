import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";

export interface HttpServer extends AsyncDisposable {
  readonly port: number;
}

/** startHttpServer serves everything outside the call path: probes, metrics, local helpers. Port 0 picks a free port; disposing it closes all connections. */
export async function startHttpServer(
  host: string,
  port: number,
  handle: RequestListener,
): Promise<HttpServer> {
  const server = createServer({ keepAliveTimeout: 65_000 }, handle);
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new Error(`port ${port} on ${host} is already in use`) : error;
  });
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
