import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Server } from "node:net";
import { AddressRanges, type PrivateNetwork } from "@tollgate/pipeline";
import type { Handshakes } from "../websocket/handshakes.ts";
import { arrivals } from "./arrivals.ts";
import type { Challenges } from "./challenges.ts";
import type { StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Connections } from "./connections.ts";
import type { DomainContexts } from "./domain-contexts.ts";
import type { EdgeAccess } from "./edge-access.ts";
import { type EdgePort, newEdgePort } from "./edge-port.ts";
import type { Http1 } from "./http1/http1.ts";
import type { Http1ReaderName } from "./http1/http1-readers.ts";
import { nodeHttp1 } from "./http1/node-http1.ts";
import { ownHttp1 } from "./http1/own-http1.ts";
import { newSecureServer, type SecureServer } from "./https-server.ts";
import type { PrivateEntrance } from "./private-entrance.ts";
import { isEncrypted, type Ports } from "./received-call.ts";
import { SHARES_PORTS } from "./shares-ports.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** HttpsOptions are how a listener serves HTTPS. */
export interface HttpsOptions {
  /** 0 selects a free port. */
  readonly port: number;
  readonly material: TlsMaterial;
  /** Of domains with certificates of their own. */
  readonly contexts: DomainContexts;
  /** Calls without TLS are sent to this port, and not served; 0: to the one that listens; undefined: they are served. */
  readonly redirectPort: number | undefined;
}

export interface ServersOptions {
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
  readonly edge: { readonly port: number; readonly access: EdgeAccess } | undefined;
  /** What reads HTTP/1.1. */
  readonly http1Reader: Http1ReaderName;
  readonly limits: ClientLimits;
  readonly connections: Connections;
  readonly start: StartExchange;
  readonly challenges: Challenges;
  readonly handshakes: Handshakes;
  /** Told what they are bound to. */
  readonly ports: Ports;
  readonly warn: (message: string) => void;
}

/** Servers are what a worker listens with. */
export interface Servers {
  useTls(material: TlsMaterial): void;
  useEdgeAccess(access: EdgeAccess): void;
  /** Asks edge nodes to send their next viewers elsewhere. */
  leave(): void;
  /** Accept no new connections, end idle ones, and resolve when the last has ended or the time is over. */
  drain(timeoutMs: number): Promise<void>;
}

interface Bound {
  http: number;
  https: number;
}

/** Where some of the clients come in. */
interface Entrance extends Pick<PrivateEntrance, "httpPort" | "httpsPort" | "proxies"> {
  readonly network: PrivateNetwork | undefined;
}

const HTTP1 = { own: ownHttp1, node: nodeHttp1 };

function http1Of({
  http1Reader,
  https,
  limits,
  handshakes,
  warn,
}: Pick<ServersOptions, "http1Reader" | "https" | "limits" | "handshakes" | "warn">): Http1 {
  const servesPlain = https?.redirectPort === undefined;
  return HTTP1[http1Reader]({
    limits,
    handshakes,
    shouldUpgrade: (request: IncomingMessage) =>
      (servesPlain || isEncrypted(request)) && handshakes.leadsToWebSocket(request),
    warn,
  });
}

/** openServers listens, with and without TLS. Both hand their requests to the same connections. */
export async function openServers(options: ServersOptions): Promise<Servers> {
  const { host, httpPort, https, proxies, privateEntrance, edge } = options;
  const { limits, connections, start, challenges, ports } = options;
  const http1 = http1Of(options);
  const servers: Server[] = [];
  const secured: SecureServer[] = [];
  let serveHttp1: (socket: ClientSocket) => void = () => undefined;
  const open = async ({ httpPort: plainPort, httpsPort, proxies: of, network }: Entrance): Promise<Bound> => {
    const arrive = arrivals({ connections, limits, network, proxies: of && new AddressRanges(of) });
    const bound: Bound = { http: 0, https: 0 };
    if (plainPort !== undefined) {
      const plain = http1.newServer(arrive);
      servers.push(plain);
      serveHttp1 = (socket) => void plain.emit("connection", socket);
      bound.http = await listen(plain, host, plainPort);
    }
    if (https && httpsPort !== undefined) {
      const secure = newSecureServer({ http1, limits, connections, arrive, start, challenges, ...https });
      secured.push(secure);
      servers.push(secure.server);
      serveHttp1 = secure.serveHttp1;
      bound.https = await listen(secure.server, host, httpsPort);
    }
    return bound;
  };
  Object.assign(ports, await open({ httpPort, httpsPort: https?.port, proxies, network: undefined }));
  if (privateEntrance) {
    const { vpcEndpointId } = privateEntrance;
    const bound = await open({ ...privateEntrance, network: { vpcEndpointId } });
    ports.privateHttp = bound.http;
    ports.privateHttps = bound.https;
  }
  const edgePort =
    edge &&
    newEdgePort({
      access: edge.access,
      limits,
      connections,
      start,
      serveHttp1: (socket) => serveHttp1(socket),
    });
  if (edge && edgePort) ports.edge = await listen(edgePort.server, host, edge.port);
  return {
    useTls: (material) => {
      for (const secure of secured) secure.use(material);
    },
    useEdgeAccess: (access) => edgePort?.useAccess(access),
    leave: () => edgePort?.leave(),
    async drain(timeoutMs) {
      const late = setTimeout(() => {
        for (const server of servers) http1.endAll(server);
        connections.drained();
        edgePort?.endAll();
      }, timeoutMs);
      const closed = servers.map((server) => close(server, http1));
      if (edgePort) closed.push(closeEdge(edgePort));
      connections.drain();
      await Promise.all(closed);
      clearTimeout(late);
    },
  };
}

/**
 * Connections that the kernel keeps until they are accepted, as many as the system allows at most: where more come in a moment than fit, their
 * clients are not told, and try again after a second.
 */
export const BACKLOG = 65_535;

async function listen(server: Server, host: string, port: number | undefined): Promise<number> {
  server.listen({ host, port, backlog: BACKLOG, reusePort: SHARES_PORTS });
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

async function closeEdge(edgePort: EdgePort): Promise<void> {
  const closed = once(edgePort.server, "close");
  edgePort.server.close();
  edgePort.drain();
  await closed;
}

async function close(server: Server, http1: Http1): Promise<void> {
  const closed = once(server, "close");
  server.close();
  http1.endIdle(server);
  await closed;
}
