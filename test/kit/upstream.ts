import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";

export interface Upstream extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
}

export type UpstreamHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** readBody reads the whole body of a request. */
export const readBody = async (request: IncomingMessage): Promise<Buffer> =>
  Buffer.concat((await request.toArray()) as Buffer[]);

/** startHttpUpstream serves what an integration calls. */
export async function startHttpUpstream(handle: UpstreamHandler, host = "127.0.0.1"): Promise<Upstream> {
  const server = createServer(async (request, response) => {
    try {
      await handle(request, response);
    } catch {
      // The gateway gave the request up.
      response.destroy();
    }
  });
  server.keepAliveTimeout = 120_000;
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** startSilentUpstream takes connections and says nothing. */
export async function startSilentUpstream(): Promise<Upstream> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}
