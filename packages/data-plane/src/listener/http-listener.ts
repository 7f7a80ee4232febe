import { type Call, type Router, respond, run } from "@tollgate/pipeline";
import type { MetricReading } from "@tollgate/telemetry";
import { type OpenWebSocketsOptions, openWebSockets } from "../websocket/open-web-sockets.ts";
import type { WebSockets } from "../websocket/web-sockets.ts";
import { asides } from "./asides.ts";
import type { Challenges } from "./challenges.ts";
import type { StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import { readClients } from "./client-metrics.ts";
import type { ClientResponse } from "./client-stream.ts";
import { Connections } from "./connections.ts";
import type { EdgeAccess } from "./edge-access.ts";
import { HeldBytes } from "./held-bytes.ts";
import { HttpExchange } from "./http-exchange.ts";
import type { Http1ReaderName } from "./http1/http1-readers.ts";
import type { ListenerState } from "./listener-state.ts";
import type { LoadGuard } from "./load-guard.ts";
import { PacedRefusals } from "./paced-refusals.ts";
import type { PrivateEntrance } from "./private-entrance.ts";
import { type Callers, callsOf, type Ports } from "./received-call.ts";
import { type HttpsOptions, openServers, type Servers, type ServersOptions } from "./servers.ts";
import type { TlsMaterial } from "./tls-material.ts";
import type { Turn } from "./turn.ts";

export interface HttpListenerOptions {
  readonly host: string;
  /** Without TLS; undefined: not. 0 selects a free port. Several processes may listen on one port. */
  readonly httpPort: number | undefined;
  /** With TLS; undefined: not. */
  readonly https: HttpsOptions | undefined;
  /** Networks of proxies that begin each connection with a header of the PROXY protocol; undefined: there are none. */
  readonly proxies: readonly string[] | undefined;
  /** undefined: there are no ports for private networks. */
  readonly privateEntrance: PrivateEntrance | undefined;
  /** Where edge nodes reach it; undefined: nowhere. */
  readonly edge: ServersOptions["edge"];
  /** What reads HTTP/1.1. */
  readonly http1Reader: Http1ReaderName;
  readonly router: Router;
  readonly challenges: Challenges;
  readonly turn: Turn;
  readonly limits: ClientLimits;
  readonly callers: Callers;
  readonly guard: LoadGuard;
  readonly webSockets: Pick<OpenWebSocketsOptions, "ownerTag" | "minutes" | "watched">;
  readonly report: (error: unknown, call: Call) => void;
  /** Hears, once, what makes it slower than it should be. */
  readonly warn: (message: string) => void;
}

export interface HttpListener {
  /** What it is bound to; 0: not listened on. */
  readonly ports: Readonly<Ports>;
  /** Its clients that are connected to WebSocket APIs. */
  readonly webSockets: WebSockets;
  /** What clients take of the worker, and what they were refused. */
  read(): MetricReading[];
  /** Takes another certificate, or keys of tickets. */
  useTls(material: TlsMaterial): void;
  /** Edge nodes show who they are by this from now on. */
  useEdgeAccess(access: EdgeAccess): void;
  /** Serves as before, but asks each client to make its next calls on another connection, which a load balancer makes to another node. */
  leave(): void;
  /** Accepts no new connections, ends idle ones, and resolves when the last call has ended or the time is over. */
  drain(timeoutMs: number): Promise<void>;
}

/** AnsweredBy allows one function to handle "close" of all responses, instead of one closure each. */
interface AnsweredBy extends ClientResponse {
  exchange?: HttpExchange;
}

function onClose(this: AnsweredBy): void {
  this.exchange?.closed();
}

/** startHttpListener turns requests into calls: each is routed and run, and its turn completes it. */
export async function startHttpListener({
  router,
  challenges,
  turn,
  limits,
  callers,
  guard,
  webSockets: given,
  report,
  ...where
}: HttpListenerOptions): Promise<HttpListener> {
  const state = stateOf(limits, () => connections);
  const refusals = new PacedRefusals(state, () => performance.now(), guard);
  const ports: Ports = { http: 0, https: 0, privateHttp: 0, privateHttps: 0, edge: 0 };
  const callOf = callsOf({ ...callers, ports });
  const notCalled = asides({ challenges, redirectPort: where.https?.redirectPort, ports });

  const start: StartExchange = (received, connection) => {
    const { request, response } = received;
    const aside = notCalled(received, connection);
    if (aside) return aside;
    const nowMs = performance.now();
    turn.began(nowMs);
    if (guard.refusal(nowMs, state, connection.source)) return refusals.refuse(received, connection);
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
  const connections: Connections = new Connections(limits, start, {
    held: state.held,
    streams: turn.streams,
  });
  const { webSockets, handshakes } = openWebSockets({
    ...given,
    router,
    turn,
    listener: state,
    callOf,
    guard,
    report,
  });
  const servers = await openServers({
    ...where,
    limits,
    connections,
    start,
    challenges,
    handshakes,
    ports,
  });
  return {
    ports,
    webSockets,
    read: () => readClients({ connections, state, guard }),
    useTls: (material) => servers.useTls(material),
    useEdgeAccess: (access) => servers.useEdgeAccess(access),
    leave: () => leave(state, connections, servers),
    async drain(timeoutMs) {
      leave(state, connections, servers);
      await Promise.all([servers.drain(timeoutMs), webSockets.drain(timeoutMs)]);
      connections.close();
    },
  };
}

function stateOf(
  { heldBytes, responseBufferBytes }: ClientLimits,
  connections: () => Connections,
): ListenerState {
  return {
    draining: false,
    callsInFlight: 0,
    busyBySource: () => connections().busyBySource(),
    held: new HeldBytes(heldBytes, (bytes, source) => connections().reclaim(bytes, source)),
    responseBufferBytes,
  };
}

function leave(state: ListenerState, connections: Connections, servers: Pick<Servers, "leave">): void {
  state.draining = true;
  servers.leave();
  connections.leave();
}
