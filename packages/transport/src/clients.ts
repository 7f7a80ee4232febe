import type { TLSSocket } from "node:tls";
import { type buildConnector, type Dispatcher, Pool } from "undici";
import { wholeBody } from "@tollgate/pipeline";
import { onread } from "./http1/connection.ts";
import { type Client, Http1Pool } from "./http1/http1-pool.ts";
import { type GivenRequest, requestHead } from "./http1/request-head.ts";
import { forEitherVersion } from "./http2-request.ts";
import { ignoreInterimResponses } from "./interim-responses.ts";
import { endIfSilent, PING_MS } from "./silent-connections.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than the idle timeout of common servers, so that a call rarely gets a connection that is about to close. */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 60_000;

/** ConnectorOf makes connectors that take these options besides those that all have. */
export type ConnectorOf = (options: buildConnector.BuildOptions) => buildConnector.connector;

export interface UndiciClientOptions {
  readonly connections: number;
  readonly connect: buildConnector.connector;
  /** HTTP/2 is spoken to upstreams that choose it (ALPN). */
  readonly offersHttp2: boolean;
}

/** undiciClient is a pool of undici. It never uses a connection again to which it gave a request that cannot be written: none is given to it. */
export function undiciClient(
  origin: string,
  { connections, connect, offersHttp2 }: UndiciClientOptions,
): Client {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: offersHttp2,
    pingInterval: PING_MS,
    // The integration's timeout applies; undici's own timers have a resolution of a second.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: readingFinal(connect),
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
  });
  return {
    dispatch(request, handler) {
      if (!isWritable(request, handler)) return;
      const whole = { ...request, body: wholeBody(request.body) };
      const given = offersHttp2 ? forEitherVersion(whole) : whole;
      // A request has all that undici asks for.
      pool.dispatch(given as Dispatcher.DispatchOptions, handler);
    },
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
}

function isWritable(request: GivenRequest, handler: Dispatcher.DispatchHandler): boolean {
  try {
    requestHead(request, "");
    return true;
  } catch (error) {
    handler.onResponseError?.(undefined as never, error as Error);
    return false;
  }
}

/** plainClient is a client of an upstream without TLS. */
export const plainClient = (origin: string, connections: number, connectorOf: ConnectorOf): Client =>
  new Http1Pool(origin, {
    connections,
    keptMs: KEEP_ALIVE_MS,
    connect: connectorOf({ onread } as buildConnector.BuildOptions),
  });

/** withTimeout bounds the time that a connection may take to be made. */
export const withTimeout =
  (connectorOf: ConnectorOf): ConnectorOf =>
  (options) =>
    connectorOf({ allowH2: false, ...options, timeout: CONNECT_TIMEOUT_MS });

/** A connector whose connections give final responses only. */
const readingFinal =
  (connect: buildConnector.connector): buildConnector.connector =>
  (target, connected) =>
    connect(target, (...outcome) => {
      const [, socket] = outcome;
      if (socket) {
        if ((socket as Partial<TLSSocket>).alpnProtocol === "h2") endIfSilent(socket);
        else ignoreInterimResponses(socket);
      }
      connected(...outcome);
    });
