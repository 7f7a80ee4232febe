import { Call, type CallerOf, type Exchange } from "@tollgate/pipeline";
import type { ClientRequest } from "./client-stream.ts";
import { HTTP_2 } from "./http2-request.ts";
import { withoutViewerHeaders, withViewerHeaders } from "./viewer-headers.ts";

/** CallOf makes the call of a request that has arrived. `nowMs`: of a clock that was read already. */
export type CallOf = (request: Omit<ClientRequest, "body">, exchange: Exchange, nowMs?: number) => Call;

/** Ports are what a worker is bound to; 0: it does not listen there. */
export interface Ports {
  http: number;
  https: number;
  /** Those that only private networks reach. */
  privateHttp: number;
  privateHttps: number;
  /** Edge nodes reach it there. */
  edge: number;
}

/** Callers says who calls behind trusted proxies; undefined: whoever has the connection calls. */
export interface Callers {
  readonly callerOf: CallerOf | undefined;
  /** The same at ports for private networks, and of calls that edge nodes relay: who is counted is in front of public ports. */
  readonly privateCallerOf: CallerOf | undefined;
}

/** callsOf makes the calls of a worker's listeners. */
export const callsOf =
  ({ callerOf, privateCallerOf, ports }: Callers & { readonly ports: Readonly<Ports> }): CallOf =>
  (request, exchange, nowMs = performance.now()) => {
    const { httpVersion, socket } = request;
    const { address = "", tls, network, edge } = socket.peer ?? {};
    const [httpPort, httpsPort] = network
      ? [ports.privateHttp, ports.privateHttps]
      : [ports.http, ports.https];
    const scheme = tls ? "https" : "http";
    return new Call({
      method: request.method as string,
      url: request.url as string,
      headers: edge
        ? withViewerHeaders(request.rawHeaders, scheme, edge)
        : withoutViewerHeaders(request.rawHeaders),
      exchange,
      sourceIp: address,
      callerOf: network || edge ? privateCallerOf : callerOf,
      protocol: httpVersion === "1.1" ? "HTTP/1.1" : protocolOf(request),
      hasUnsizedBody: httpVersion === HTTP_2 && !request.complete,
      tls,
      network,
      edge: edge?.node,
      scheme,
      port: edge?.port ?? (tls ? httpsPort : httpPort),
      nowMs,
      unixMs: Date.now(),
    });
  };

/** Node's parser of HTTP/1 takes lines that end with HTTP/2.0: what is framed as HTTP/1 must not be read as a stream of HTTP/2. */
const protocolOf = ({ httpVersion }: Pick<ClientRequest, "httpVersion">): string => {
  if (httpVersion === HTTP_2) return "HTTP/2.0";
  return httpVersion === "2.0" ? "HTTP/2" : `HTTP/${httpVersion}`;
};

/** isEncrypted says whether a client speaks through TLS. */
export const isEncrypted = ({ socket }: Pick<ClientRequest, "socket">): boolean =>
  socket.peer?.tls !== undefined;
