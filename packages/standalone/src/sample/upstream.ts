import { type HttpServer, startHttpServer } from "@tollgate/telemetry";

/** startUpstream is the bundled HTTP upstream of the sample API: it responds with a description of the request. */
export function startUpstream(host: string): Promise<HttpServer> {
  return startHttpServer(host, 0, (request, response) => {
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
    });
    request.on("end", () => {
      const { method, url, headers } = request;
      const body = JSON.stringify({ method, url, headers, bodyBytes: sizeBytes }, null, 2);
      response.writeHead(200, {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
      });
      response.end(body);
    });
  });
}
