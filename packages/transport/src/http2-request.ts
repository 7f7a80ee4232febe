import type { GivenRequest } from "./http1/request-head.ts";

/** About a connection of HTTP/1.1: they may not be on a stream (RFC 9113, 8.2.2), and Node's engine ends the connection of all streams for one. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/**
 * forEitherVersion is a request as it can be sent by HTTP/1.1 and by HTTP/2: which one is spoken is known only when it is its turn on a connection. Names
 * are in lower case, so that a header that is there twice is put together, and another protocol is not offered.
 */
export function forEitherVersion(request: GivenRequest): GivenRequest {
  const headers: string[] = [];
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = (request.headers[i] as string).toLowerCase();
    if (!OF_CONNECTIONS.has(name)) headers.push(name, request.headers[i + 1] as string);
  }
  return { ...request, headers, upgrade: undefined };
}
