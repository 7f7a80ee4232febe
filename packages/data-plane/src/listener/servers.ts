import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { AddressRanges, type PrivateNetwork } from "@tollgate/pipeline";
import type { Handshakes } from "../websocket/handshakes.ts";
import { type Arrive, arrivals } from "./arrivals.ts";
import type { StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Connections } from "./connections.ts";
import type { DomainContexts } from "./domain-contexts.ts";
import { http1Options, serveHttp1 } from "./http1-server.ts";
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
  readonly limits: ClientLimits;
  readonly connections: Connections;
  readonly start: StartExchange;
  readonly handshakes: Handshakes;
  /** Told what they are bound to. */
  readonly ports: Ports;
}

/** Servers are what a worker listens with. */
export interface Servers {
  useTls(material: TlsMaterial): void;
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

/** openServers listens, with and without TLS. Both hand their requests to the same connections. */
export async function openServers({
  host,
  httpPort,
  https,
  proxies,
  privateEntrance,
  limits,
  connections,
  start,
  handshakes,
  ports,
}: ServersOptions): Promise<Servers> {
  const servesPlain = https?.redirectPort === undefined;
  const http1 = http1Options(
    limits,
    (request: IncomingMessage) =>
      (servesPlain || isEncrypted(request)) && handshakes.leadsToWebSocket(request),
  );
  const servers: Server[] = [];
  const secured: SecureServer[] = [];
  const open = async ({ httpPort: plainPort, httpsPort, proxies: of, network }: Entrance): Promise<Bound> => {
    const arrive = arrivals({ connections, limits, network, proxies: of && new AddressRanges(of) });
    const bound: Bound = { http: 0, https: 0 };
    if (plainPort !== undefined) {
      const plain = createServer(http1);
      announce(plain, arrive);
      serveHttp1(plain, handshakes);
      servers.push(plain);
      bound.http = await listen(plain, host, plainPort);
    }
    if (https && httpsPort !== undefined) {
      const secure = newSecureServer({ http1, limits, connections, arrive, start, ...https });
      serveHttp1(secure.server, handshakes);
      secured.push(secure);
      servers.push(secure.server);
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
  return {
    useTls: (material) => {
      for (const secure of secured) secure.use(material);
    },
    async drain(timeoutMs) {
      const late = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
        connections.drained();
      }, timeoutMs);
      const closed = servers.map((server) => close(server));
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
const BACKLOG = 65_535;

/** announce hands a server the connections that have arrived. */
function announce(server: Server, arrive: Arrive): void {
  const [serve] = server.listeners("connection") as [(socket: ClientSocket) => void];
  server.removeListener("connection", serve);
  server.on("connection", (socket: ClientSocket) => arrive(socket, () => serve.call(server, socket)));
}

async function listen(server: Server, host: string, port: number | undefined): Promise<number> {
  server.listen({ host, port, backlog: BACKLOG, reusePort: SHARES_PORTS });
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  // Node ends a connection that becomes idle after its last response; connections that are idle now are ended here.
  server.closeIdleConnections();
  await closed;
}
