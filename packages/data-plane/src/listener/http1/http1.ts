import type { IncomingMessage } from "node:http";
import type { Server as SecureServer, ServerOptions } from "node:https";
import type { Server } from "node:net";
import type { Handshakes } from "../../websocket/handshakes.ts";
import type { Arrive } from "../arrivals.ts";
import type { ClientLimits } from "../client-limits.ts";
import type { ClientSocket } from "../client-socket.ts";

/** More than AWS's limits of URL and headers, so that requests slightly above them are refused by the gateway and not by whoever reads them. */
export const HEAD_MAX_BYTES = 32 * 1024;

export interface Http1Options {
  readonly limits: ClientLimits;
  /** Takes the connections of requests that begin another protocol. */
  readonly handshakes: Pick<Handshakes, "take">;
  /** Whether a request does. */
  readonly shouldUpgrade: (request: IncomingMessage) => boolean;
  /** Hears what makes connections cost more than they should. */
  readonly warn: (message: string) => void;
}

/** Http1 serves connections of HTTP/1.1: requests go to the `connection` of each socket, which is there before it is served. */
export interface Http1 {
  /** A server without TLS. It does not listen yet; `arrive` hears of each connection, and says when it is served. */
  newServer(arrive: Arrive): Server;
  /** What a server with TLS is made with. */
  readonly secureOptions: ServerOptions;
  /** What serves the connections of a server with TLS, once they are secured. */
  serves(server: SecureServer): (socket: ClientSocket) => void;
  /** Ends connections of a server on which there is no request, unless they do that themselves when they are drained. */
  endIdle(server: Server): void;
  /** Ends all of them that are not upgraded. */
  endAll(server: Server): void;
}
