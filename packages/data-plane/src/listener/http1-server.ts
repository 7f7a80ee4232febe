import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Handshakes } from "../websocket/handshakes.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientSocket } from "./client-socket.ts";
import { statusOfError } from "./raw-reply.ts";

/** More than AWS's limits of URL and headers, so that requests slightly above them are refused by the gateway and not by Node. */
export const HEAD_MAX_BYTES = 32 * 1024;
const CHECK_INTERVAL_MS = 1_000;

const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
  (request.socket as ClientSocket).connection?.take({ request, response, mustInvite: false });
const onExpect = (request: IncomingMessage, response: ServerResponse): void =>
  (request.socket as ClientSocket).connection?.take({ request, response, mustInvite: true });

function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const { connection, bytesRead } = socket as ClientSocket;
  // Whoever is gone, or never said anything, gets no response.
  if (!connection || !socket.writable || error.code === "ECONNRESET" || bytesRead === 0) socket.destroy();
  else connection.fail(statusOfError(error));
}

/** The gateway is no tunnel. Node has let go of the connection and does not watch it any more. */
function onConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  (socket as ClientSocket).connection?.fail(405);
}

/** http1Options are what Node's servers are made with, with and without TLS. */
export const http1Options = (
  limits: ClientLimits,
  shouldUpgrade: (request: IncomingMessage) => boolean,
): ServerOptions => ({
  maxHeaderSize: HEAD_MAX_BYTES,
  headersTimeout: limits.timeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.idleTimeoutMs,
  connectionsCheckingInterval: CHECK_INTERVAL_MS,
  // Node would go on with the request behind one that it refuses for that; the router refuses it, and all behind it.
  requireHostHeader: false,
  shouldUpgradeCallback: shouldUpgrade,
});

/** serveHttp1 makes a server hand its requests to their connections. */
export function serveHttp1(server: Server, handshakes: Handshakes): void {
  server.on("request", onRequest);
  server.on("connect", onConnect);
  server.on("checkContinue", onExpect);
  server.on("checkExpectation", ({ socket }: IncomingMessage) =>
    (socket as ClientSocket).connection?.fail(417),
  );
  server.on("clientError", onClientError);
  handshakes.attach(server);
}
