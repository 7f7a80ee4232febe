import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { AddressRanges } from "@tollgate/pipeline";
import type { MetricReading } from "@tollgate/telemetry";
import { type Arrive, arrivals } from "../listener/arrivals.ts";
import type { Challenges } from "../listener/challenges.ts";
import type { ClientLimits } from "../listener/client-limits.ts";
import type { ClientSocket } from "../listener/client-socket.ts";
import type { Connection } from "../listener/connection.ts";
import { Connections } from "../listener/connections.ts";
import { type DomainContexts, PROTOCOLS } from "../listener/domain-contexts.ts";
import { HeldBytes } from "../listener/held-bytes.ts";
import type { Peer } from "../listener/peer.ts";
import { BACKLOG } from "../listener/servers.ts";
import { SHARES_PORTS } from "../listener/shares-ports.ts";
import { StreamTurns } from "../listener/stream-turns.ts";
import type { TlsMaterial } from "../listener/tls-material.ts";
import { endTls, nodeContext } from "../listener/tls-server.ts";
import { edgeReadings } from "./edge-metrics.ts";
import type { Origins } from "./origins.ts";
import { Relay, type RelayCounts } from "./relay.ts";

export interface EdgeListenerOptions {
  readonly nodeId: string;
  readonly host: string;
  /** Without TLS; undefined: not. 0 selects a free port. */
  readonly httpPort: number | undefined;
  /** undefined: nothing listens with TLS. */
  readonly https:
    | { readonly port: number; readonly material: TlsMaterial; readonly redirectPort: number | undefined }
    | undefined;
  readonly contexts: DomainContexts;
  readonly challenges: Challenges;
  /** Networks of proxies that begin each connection with a header of the PROXY protocol; undefined: there are none. */
  readonly proxies: readonly string[] | undefined;
  readonly limits: ClientLimits;
  readonly origins: Origins;
  readonly report: (reason: string) => void;
}

/** EdgeListener is where viewers reach an edge node. */
export interface EdgeListener {
  /** What it is bound to; 0: not. */
  readonly ports: { readonly http: number; readonly https: number };
  read(): MetricReading[];
  useTls(material: TlsMaterial): void;
  /** Accepts no new viewers, and resolves when the last one has gone or the time is over. */
  drain(timeoutMs: number): Promise<void>;
}

/** How long one may say nothing whose handshake was under way when draining began: its first request may be, too. */
const LAST_FIRST_BYTES_MS = 1_000;

/** No request is handled here. */
const serveNothing = () => {
  throw new Error("an edge node has no calls");
};

const newConnections = (limits: ClientLimits): Connections =>
  new Connections(limits, serveNothing, {
    held: new HeldBytes(limits.heldBytes, () => undefined),
    // Of requests that it would serve itself.
    streams: new StreamTurns(() => undefined),
  });

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port, backlog: BACKLOG, reusePort: SHARES_PORTS });
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

/** Ends what nobody knows as TLS, and leaves the rest to `endTls`. */
function newTlsServer(material: TlsMaterial, { timeoutMs }: ClientLimits): TlsServer {
  const server = createTlsServer({
    ...nodeContext(material),
    ALPNProtocols: PROTOCOLS,
    handshakeTimeout: timeoutMs,
    ticketKeys: Buffer.from(material.ticketKeys),
    allowHalfOpen: true,
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await closed;
}

/** startEdgeListener accepts viewers, with TLS and without, and relays each. */
export async function startEdgeListener(options: EdgeListenerOptions): Promise<EdgeListener> {
  const { nodeId, host, httpPort, https, contexts, challenges, proxies, limits, origins, report } = options;
  const connections = newConnections(limits);
  const counts: RelayCounts = { relayed: 0, refused: 0, lost: 0, receivedBytes: 0, sentBytes: 0 };
  const silent = new Set<Socket>();
  let isDraining = false;
  const ports = { http: 0, https: 0 };
  const relay = (socket: Socket, connection: Connection, { address, tls }: Peer): void => {
    connection.secured(socket);
    connection.relayed();
    const { serverName = "", version = "", cipherSuite = "" } = tls ?? {};
    const { alpnProtocol } = socket as { readonly alpnProtocol?: unknown };
    const relayed = new Relay({
      socket,
      connection,
      viewer: {
        nodeId,
        address,
        entrancePort: tls ? ports.https : ports.http,
        protocol: alpnProtocol === "h2" ? "h2" : "http/1.1",
        tls: tls && { serverName, version, cipherSuite },
        redirectPort: https?.redirectPort === undefined ? undefined : https.redirectPort || ports.https,
      },
      origins,
      counts,
      silent,
      idleTimeoutMs: isDraining ? LAST_FIRST_BYTES_MS : limits.idleTimeoutMs,
      report,
    });
    relayed.begin();
  };
  const arrive: Arrive = arrivals({
    connections,
    limits,
    network: undefined,
    proxies: proxies && new AddressRanges(proxies),
  });
  const servers: Server[] = [];
  let useTls: (material: TlsMaterial) => void = () => undefined;
  if (https) {
    const { material } = https;
    const server = newTlsServer(material, limits);
    useTls = endTls(server, {
      limits,
      arrive,
      material,
      contexts,
      challenges,
      serve: ({ socket, connection, peer }) => relay(socket, connection, peer),
    });
    servers.push(server);
    ports.https = await listen(server, host, https.port);
  }
  if (httpPort !== undefined) {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (accepted) => {
      const socket = accepted as ClientSocket;
      arrive(socket, () => {
        if (socket.connection && socket.peer) relay(socket, socket.connection, socket.peer);
      });
    });
    servers.push(server);
    ports.http = await listen(server, host, httpPort);
  }
  return {
    ports,
    read: () => edgeReadings({ connections, counts, origins }),
    useTls: (material) => useTls(material),
    async drain(timeoutMs) {
      const late = setTimeout(() => connections.endAll(), timeoutMs);
      const closed = servers.map(close);
      origins.leave();
      isDraining = true;
      for (const socket of silent) socket.destroy();
      await Promise.all(closed);
      clearTimeout(late);
      connections.close();
    },
  };
}
