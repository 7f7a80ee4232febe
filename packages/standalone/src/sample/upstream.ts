import { once } from "node:events";
import { createServer } from "node:http";

/** startUpstream is the bundled HTTP upstream of the sample API: it answers what it was asked. */
export async function startUpstream(host: string): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
    });
    request.on("end", () => {
      const body = JSON.stringify(
        { method: request.method, url: request.url, headers: request.headers, bodyBytes: sizeBytes },
        null,
        2,
      );
      response.writeHead(200, {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
      });
      response.end(`${body}`);
    });
  });
  server.keepAliveTimeout = 65_000;
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
