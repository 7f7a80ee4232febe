import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener, type ServerOptions } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { watchFiles } from "./watched-files.ts";

export interface HttpServer extends AsyncDisposable {
  readonly port: number;
}

/** ServerTls are the PEM files of a server's certificate and its key. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
}

const OPTIONS: ServerOptions = { keepAliveTimeout: 65_000 };

/** A server by TLS, which uses its files again when they have changed. */
function createSecureServer(handle: RequestListener, { certificate, key }: ServerTls) {
  const read = () => ({ cert: readFileSync(certificate), key: readFileSync(key) });
  const server = createHttpsServer({ ...OPTIONS, ...read() }, handle);
  const watch = watchFiles([certificate, key], () => server.setSecureContext(read()));
  server.on("close", () => watch[Symbol.dispose]());
  return server;
}

/** startHttpServer serves everything outside the call path: probes, metrics, local helpers. Port 0 picks a free port; disposing it closes all connections. */
export async function startHttpServer(
  host: string,
  port: number,
  handle: RequestListener,
  tls?: ServerTls,
): Promise<HttpServer> {
  const server = tls ? createSecureServer(handle, tls) : createHttpServer(OPTIONS, handle);
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
