import { replyAside } from "./aside-reply.ts";
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

/** redirect sends the client of a request to the port with TLS. 308: it repeats the request with its method and body (RFC 9110, 15.4.9). */
export function redirect(received: ReceivedRequest, connection: ServingConnection, port: number): Answering {
  const { rawHeaders, url = "" } = received.request;
  const hosts = rawHeaders.filter((_, i) => i % 2 === 1 && /^host$/i.test(rawHeaders[i - 1] as string));
  const location = hosts.length === 1 ? secureLocation(hosts[0], url, port) : undefined;
  return replyAside(
    received,
    connection,
    location === undefined ? { status: 400, headers: [] } : { status: 308, headers: ["Location", location] },
  );
}
