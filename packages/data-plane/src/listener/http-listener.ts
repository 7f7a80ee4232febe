import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Call, type CallerOf, type Router, respond, run } from "@tollgate/pipeline";
import type { MetricReading } from "@tollgate/telemetry";
import type { Handshakes } from "../websocket/handshakes.ts";
import { type OpenWebSocketsOptions, openWebSockets } from "../websocket/open-web-sockets.ts";
import type { WebSockets } from "../websocket/web-sockets.ts";
import type { ClientLimits } from "./client-limits.ts";
import { readClients } from "./client-metrics.ts";
import type { Connection, StartExchange } from "./connection.ts";
import { Connections } from "./connections.ts";
import { HeldBytes } from "./held-bytes.ts";
import { HttpExchange } from "./http-exchange.ts";
import type { ListenerState } from "./listener-state.ts";
import type { LoadGuard } from "./load-guard.ts";
import { PacedRefusals } from "./paced-refusals.ts";
import { statusOfError } from "./raw-reply.ts";
import { callsOf } from "./received-call.ts";
import type { Turn } from "./turn.ts";

/** More than AWS's limits of URL and headers, so that requests slightly above them are refused by the gateway and not by Node. */
const HEAD_MAX_BYTES = 32 * 1024;
/** Whether the kernel distributes connections among several processes that listen on one port. */
export const SHARES_PORTS = process.platform === "linux";
const CHECK_INTERVAL_MS = 1_000;

export interface HttpListenerOptions {
  readonly host: string;
  /** 0 selects a free port. Several processes may listen on one port. */
  readonly port: number;
  readonly router: Router;
  readonly turn: Turn;
  readonly limits: ClientLimits;
  /** undefined: whoever has a connection calls. */
  readonly callerOf: CallerOf | undefined;
  readonly guard: LoadGuard;
  readonly webSockets: Pick<OpenWebSocketsOptions, "ownerTag" | "minutes" | "watched">;
  readonly report: (error: unknown, call: Call) => void;
}

export interface HttpListener {
  readonly port: number;
  /** Its clients that are connected to WebSocket APIs. */
  readonly webSockets: WebSockets;
  /** What clients take of the worker, and what they were refused. */
  read(): MetricReading[];
  /** Accepts no new connections, ends idle ones, and resolves when the last call has ended or the time is over. */
  drain(timeoutMs: number): Promise<void>;
}

/** AnsweredBy allows one function to handle "close" of all responses, instead of one closure each. */
interface AnsweredBy extends ServerResponse {
  exchange?: HttpExchange;
}

function onClose(this: AnsweredBy): void {
  this.exchange?.closed();
}

interface ClientSocket extends Socket {
  /** undefined: it was refused. */
  connection?: Connection | undefined;
}

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

/** A server that hands its requests to their connections. */
function newServer(limits: HttpListenerOptions["limits"], handshakes: Handshakes): Server {
  const server = createServer(
    {
      maxHeaderSize: HEAD_MAX_BYTES,
      headersTimeout: limits.timeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      // Node would go on with the request behind one that it refuses for that; the router refuses it, and all behind it.
      requireHostHeader: false,
      shouldUpgradeCallback: (request) => handshakes.leadsToWebSocket(request),
    },
    onRequest,
  );
  server.on("connect", onConnect);
  server.on("checkContinue", onExpect);
  server.on("checkExpectation", ({ socket }: IncomingMessage) =>
    (socket as ClientSocket).connection?.fail(417),
  );
  server.on("clientError", onClientError);
  handshakes.attach(server);
  return server;
}

/** startHttpListener turns requests into calls: each is routed and run, and its turn completes it. */
export async function startHttpListener({
  host,
  port,
  router,
  turn,
  limits,
  callerOf,
  guard,
  webSockets: given,
  report,
}: HttpListenerOptions): Promise<HttpListener> {
  const state: ListenerState = {
    draining: false,
    callsInFlight: 0,
    held: new HeldBytes(limits.heldBytes, (bytes, source) => connections.reclaim(bytes, source)),
    responseBufferBytes: limits.responseBufferBytes,
  };
  const refusals = new PacedRefusals(state, () => performance.now());
  let boundPort = port;
  const callOf = callsOf({ callerOf, port: () => boundPort });

  const start: StartExchange = (received, connection) => {
    const { request, response } = received;
    const nowMs = performance.now();
    turn.began(nowMs);
    if (guard.refusal(nowMs, state.callsInFlight, connection.source))
      return refusals.refuse(received, connection);
    state.callsInFlight++;
    const exchange = new HttpExchange(received, connection, turn, state);
    const call = callOf(request, exchange, nowMs);
    exchange.call = call;
    // Node's parser drops what it has read behind such a request, so nothing on this connection can be trusted any more.
    if (call.wantsUpgrade) response.shouldKeepAlive = false;
    (response as AnsweredBy).exchange = exchange;
    response.on("close", onClose);
    const unknown = router.route(call);
    if (unknown) void respond(call, unknown);
    else if (call.route) void run(call, call.route, report);
    return exchange;
  };
  const connections: Connections = new Connections(limits, start, state.held);
  const { webSockets, handshakes } = openWebSockets({
    ...given,
    router,
    turn,
    listener: state,
    callOf,
    guard,
    report,
  });
  const server = newServer(limits, handshakes);
  server.on("connection", (socket: ClientSocket) => (socket.connection = connections.open(socket)));
  server.listen({ host, port, reusePort: SHARES_PORTS });
  await once(server, "listening");
  boundPort = (server.address() as { port: number }).port;

  return {
    port: boundPort,
    webSockets,
    read: () => readClients({ connections, held: state.held, guard }),
    async drain(timeoutMs) {
      state.draining = true;
      await Promise.all([closeWithin(server, timeoutMs), webSockets.drain(timeoutMs)]);
      connections.close();
    },
  };
}

async function closeWithin(server: Server, timeoutMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const late = setTimeout(() => server.closeAllConnections(), timeoutMs);
  // Node ends a connection that becomes idle after its last response; connections that are idle now are ended here.
  server.closeIdleConnections();
  await closed;
  clearTimeout(late);
}
