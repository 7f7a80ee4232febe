import type { Answering, ReceivedRequest, ServingConnection } from "./client-connection.ts";

/** A name or an address, without a port: what a Location may begin with. */
const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;
const DEFAULT_PORT = 443;

/** secureLocation is where the request of a Host and a target is to be sent with TLS; undefined: it names no such place. */
export function secureLocation(host: string | undefined, target: string, port: number): string | undefined {
  const [, name] = HOST.exec(host ?? "") ?? [];
  if (name === undefined || !target.startsWith("/")) return undefined;
  return `https://${name}${port === DEFAULT_PORT ? "" : `:${port}`}${target}`;
}

/** Redirect is what a connection is busy with while it sends a client to the port with TLS. Nothing is routed, and no call is counted. */
class Redirect implements Answering {
  readonly awaitsInvitation = true;
  readonly heldBytes = 0;

  fail(): boolean {
    return false;
  }

  release(): void {
    // It holds nothing.
  }
}

/** redirect sends the client of a request to the port with TLS. 308: it repeats the request with its method and body (RFC 9110, 15.4.9). */
export function redirect(
  { request, response }: ReceivedRequest,
  connection: ServingConnection,
  port: number,
): Answering {
  const answering = new Redirect();
  response.on("close", () => connection.ended(answering, performance.now()));
  const { rawHeaders, url = "" } = request;
  const hosts = rawHeaders.filter((_, i) => i % 2 === 1 && /^host$/i.test(rawHeaders[i - 1] as string));
  const location = hosts.length === 1 ? secureLocation(hosts[0], url, port) : undefined;
  if (!request.complete) {
    response.shouldKeepAlive = false;
    connection.leaveBody();
  }
  setImmediate(() => {
    if (response.destroyed) return;
    if (location === undefined) response.writeHead(400, ["Content-Length", "0"]);
    else response.writeHead(308, ["Location", location, "Content-Length", "0"]);
    response.end();
  });
  return answering;
}
