import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Call, respond, run, type Router } from "@tollgate/pipeline";
import { HttpExchange, type ListenerState } from "./http-exchange.ts";
import type { Turn } from "./turn.ts";

/** Room for a URL and headers of AWS's limits, so that what is a little over is answered by the gateway and not by Node. */
const HEAD_MAX_BYTES = 32 * 1024;
/** Whether the kernel spreads connections over several processes that listen on one port. */
export const SHARES_PORTS = process.platform === "linux";
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 65_000;
const CHECK_INTERVAL_MS = 5_000;

export interface HttpListenerOptions {
  readonly host: string;
  /** 0 picks a free one. Several processes may listen on one port. */
  readonly port: number;
  readonly router: Router;
  readonly turn: Turn;
  readonly report: (error: unknown, call: Call) => void;
}

export interface HttpListener {
  readonly port: number;
  /** Takes no new connections, ends idle ones, and resolves when the last call is answered or the time is over. */
  drain(timeoutMs: number): Promise<void>;
}

/** AnsweredBy lets one function serve the "close" of all responses, instead of a closure for each. */
interface AnsweredBy extends ServerResponse {
  exchange?: HttpExchange;
}

function onClose(this: AnsweredBy): void {
  this.exchange?.clientGone();
}

const peerOf = (address: string | undefined): string =>
  address?.startsWith("::ffff:") ? address.slice(7) : (address ?? "");

/** startHttpListener turns requests into calls: place the call, run it, let the turn end it. */
export async function startHttpListener({
  host,
  port,
  router,
  turn,
  report,
}: HttpListenerOptions): Promise<HttpListener> {
  const state: ListenerState = { draining: false };
  let boundPort = port;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket;
    const exchange = new HttpExchange(request, response, turn, state);
    const call = new Call({
      method: request.method as string,
      url: request.url as string,
      headers: request.rawHeaders,
      exchange,
      sourceIp: peerOf(socket.remoteAddress),
      protocol: request.httpVersion === "1.1" ? "HTTP/1.1" : "HTTP/1.0",
      scheme: "http",
      port: boundPort,
      nowMs: performance.now(),
      unixMs: Date.now(),
    });
    exchange.call = call;
    (response as AnsweredBy).exchange = exchange;
    response.on("close", onClose);
    const unknown = router.route(call);
    if (unknown) void respond(call, unknown);
    else if (call.route) void run(call, call.route, report);
  };

  const server = createServer(
    {
      maxHeaderSize: HEAD_MAX_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    onRequest,
  );
  server.listen({ host, port, reusePort: SHARES_PORTS });
  await once(server, "listening");
  boundPort = (server.address() as { port: number }).port;

  return {
    port: boundPort,
    async drain(timeoutMs) {
      state.draining = true;
      await closeWithin(server, timeoutMs);
    },
  };
}

async function closeWithin(server: Server, timeoutMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const late = setTimeout(() => server.closeAllConnections(), timeoutMs);
  // A connection that becomes idle after its last answer is ended by Node; those idle now are ended here.
  server.closeIdleConnections();
  await closed;
  clearTimeout(late);
}
