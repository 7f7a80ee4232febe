import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import {
  LEAVE_PATH,
  READY_PATH,
  REASON_HEADER,
  RELAY_PATH,
  readViewer,
  VIEWER_HEADER,
  type Viewer,
} from "../edge/viewer.ts";
import type { ClientConnection, StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Connections } from "./connections.ts";
import { type EdgeAccess, edgeProblem } from "./edge-access.ts";
import { HEAD_MAX_BYTES } from "./http1/http1.ts";
import { Http2Connection } from "./http2-connection.ts";
import { plainAddress } from "./peer.ts";
import { relayedSocket } from "./relayed-socket.ts";

/** How much of one viewer may be on its way; and no bound for all together: a viewer that reads slowly must not hold up the others of its connection. */
export const STREAM_WINDOW_BYTES = 256 * 1024;
export const SESSION_WINDOW_BYTES = 2 ** 31 - 1;
/** Viewers of one connection. */
const STREAMS_MAX = 20_000;
/** Node refuses streams of sessions that take more, in MB. What viewers take is bounded by their number, and the window of each. */
export const SESSION_MEMORY_MB = 16_384;
/** In a GOAWAY: no stream is refused yet. */
const LAST_STREAM_ID = 2 ** 31 - 1;

export interface EdgePortOptions {
  readonly access: EdgeAccess;
  readonly limits: ClientLimits;
  readonly connections: Connections;
  readonly start: StartExchange;
  /** Serves a connection that speaks HTTP/1.1. */
  readonly serveHttp1: (socket: ClientSocket) => void;
}

/** EdgePort is where edge nodes reach a worker. */
export interface EdgePort {
  readonly server: Http2SecureServer;
  useAccess(access: EdgeAccess): void;
  /** Asks edge nodes to send their next viewers elsewhere. */
  leave(): void;
  /** Ends connections of edge nodes with their last viewer. */
  drain(): void;
  /** Ends them at once. */
  endAll(): void;
}

const tlsOf = ({ certificate, privateKey, authorities, isMutual }: EdgeAccess): SecureServerOptions => ({
  cert: certificate,
  key: privateKey,
  ca: authorities,
  requestCert: isMutual,
  rejectUnauthorized: isMutual,
  minVersion: "TLSv1.2",
});

/** Resets are those of viewers that have gone: edge nodes are no attackers. */
const SESSION: SecureServerOptions & Readonly<Record<string, unknown>> = {
  settings: { maxConcurrentStreams: STREAMS_MAX, initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
  maxSessionMemory: SESSION_MEMORY_MB,
  streamResetBurst: 1_000_000,
  streamResetRate: 1_000_000,
};

const refuse = (stream: ServerHttp2Stream, status: number, reason: string): void => {
  // Nothing of what follows is kept.
  stream.resume();
  stream.respond({ ":status": status, [REASON_HEADER]: reason }, { endStream: true });
};

/** How long somebody who is no edge node has to read why. */
const LINGER_MS = 1_000;

/** How often it is looked for viewers of an edge node that stops which are between two requests. */
const LEAVE_EVERY_MS = 250;

/** Viewers are those of one connection of an edge node. */
class Viewers {
  readonly #all = new Map<ClientSocket, ClientConnection>();
  #leaving: NodeJS.Timeout | undefined;
  readonly #late: NodeJS.Timeout;
  /** It has shown that it is one of an edge node. */
  #isKnown = false;

  /** `end` is called where nobody has shown who it is in time: what edge nodes may take of this one is bounded by their callers only. */
  constructor(timeoutMs: number, end: () => void) {
    this.#late = setTimeout(end, timeoutMs);
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  known(): void {
    this.#isKnown = true;
    clearTimeout(this.#late);
  }

  add(socket: ClientSocket, connection: ClientConnection): void {
    this.#all.set(socket, connection);
    socket.once("close", () => this.#all.delete(socket));
  }

  /** leave ends those that have no request on its way, again and again until there are none. */
  leave(): void {
    const look = () => {
      for (const [socket, connection] of this.#all)
        if (connection instanceof Http2Connection) connection.drain();
        else if (connection.isIdle) socket.destroySoon();
    };
    look();
    this.#leaving ??= setInterval(look, LEAVE_EVERY_MS);
  }

  close(): void {
    clearTimeout(this.#late);
    clearInterval(this.#leaving);
  }
}

/** Ends a connection of somebody who is no edge node, with the response to what was sent. */
function refuseSession(session: ServerHttp2Session, stream: ServerHttp2Stream, reason: string): void {
  refuse(stream, 401, reason);
  session.close();
  setTimeout(() => session.destroy(), LINGER_MS).unref();
}

/** Takes a viewer as a connection that this node has accepted itself. */
function admit(
  { limits, connections, start, serveHttp1 }: EdgePortOptions,
  {
    stream,
    viewer,
    viewers,
    relayedFrom,
  }: {
    readonly stream: ServerHttp2Stream;
    readonly viewer: Viewer;
    readonly viewers: Viewers;
    readonly relayedFrom: string;
  },
): void {
  const { address, nodeId, entrancePort, protocol, tls, redirectPort } = viewer;
  const socket = relayedSocket(stream, address);
  const session = tls && {
    ...tls,
    domainName: undefined,
    domainOwner: undefined,
    clientCertificate: undefined,
  };
  socket.peer = {
    address,
    network: undefined,
    tls: session,
    edge: { node: { name: nodeId, address: relayedFrom }, port: entrancePort, redirectPort },
  };
  const connection = connections.open(socket, address);
  socket.connection = connection;
  // It was refused: another origin may have room.
  if (!connection) return;
  stream.respond({ ":status": 200 });
  if (protocol === "http/1.1") {
    viewers.add(socket, connection);
    return serveHttp1(socket);
  }
  const { source, streams } = connection;
  const { nowMs } = connections;
  const h2 = {
    carrier: socket,
    socket,
    source,
    peer: socket.peer,
    start,
    streams,
    limits,
    headMaxBytes: HEAD_MAX_BYTES,
  };
  const successor = new Http2Connection({ ...h2, nowMs });
  connections.replace(connection, successor);
  viewers.add(socket, successor);
}

/**
 * newEdgePort is a server for edge nodes. Who they are is shown by TLS and their token with each stream; what they say of a viewer is believed then. It takes
 * each viewer as a connection that this node has accepted itself.
 */
export function newEdgePort(options: EdgePortOptions): EdgePort {
  const { connections, limits } = options;
  let { access } = options;
  let isLeaving = false;
  const sessions = new Map<ServerHttp2Session, Viewers>();
  const server = createSecureServer({ ...SESSION, ...tlsOf(access), handshakeTimeout: limits.timeoutMs });

  const take = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    stream.on("error", () => undefined);
    // A viewer may be gone before its stream is taken.
    if (stream.destroyed || stream.closed) return;
    const session = stream.session as ServerHttp2Session | undefined;
    const viewers = session && sessions.get(session);
    if (!viewers) return;
    const socket = session.socket as TLSSocket;
    const certificate = access.isMutual ? socket.getPeerCertificate() : undefined;
    const problem = edgeProblem(access, headers.authorization ?? "", certificate);
    if (problem !== undefined) {
      connections.ended.no_edge++;
      // One that was known has viewers, who go on when its token has been replaced.
      return viewers.isKnown ? refuse(stream, 401, problem) : refuseSession(session, stream, problem);
    }
    viewers.known();
    if (headers[":path"] === READY_PATH)
      return isLeaving
        ? refuse(stream, 503, "draining")
        : stream.respond({ ":status": 200 }, { endStream: true });
    if (headers[":path"] === LEAVE_PATH) {
      viewers.leave();
      return stream.respond({ ":status": 200 }, { endStream: true });
    }
    if (headers[":path"] !== RELAY_PATH) return refuse(stream, 404, "there is no such path");
    const viewer = readViewer(headers[VIEWER_HEADER]);
    if (typeof viewer === "string") {
      connections.ended.no_edge++;
      return refuse(stream, 400, viewer);
    }
    admit(options, { stream, viewer, viewers, relayedFrom: plainAddress(socket.remoteAddress ?? "") });
  };

  server.on("session", (session) => {
    const viewers = new Viewers(limits.timeoutMs, () => session.destroy());
    sessions.set(session, viewers);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    session.on("error", () => session.destroy());
    session.on("close", () => {
      viewers.close();
      sessions.delete(session);
    });
  });
  server.on("stream", take);
  server.on("tlsClientError", (_error, socket) => {
    connections.ended.no_edge++;
    socket.destroy();
  });
  const each = (order: (session: ServerHttp2Session) => void) => {
    for (const session of sessions.keys()) if (!session.destroyed) order(session);
  };
  return {
    server,
    useAccess(next) {
      access = next;
      server.setSecureContext(tlsOf(next));
    },
    leave() {
      isLeaving = true;
      each((session) => session.goaway(0, LAST_STREAM_ID));
    },
    drain: () => each((session) => session.close()),
    endAll: () => each((session) => session.destroy()),
  };
}
