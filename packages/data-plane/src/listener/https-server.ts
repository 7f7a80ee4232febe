import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Connections } from "./connections.ts";
import { PROTOCOLS } from "./domain-contexts.ts";
import { HEAD_MAX_BYTES, type Http1 } from "./http1/http1.ts";
import { Http2Connection } from "./http2-connection.ts";
import type { TlsMaterial } from "./tls-material.ts";
import { endTls, nodeContext, type Secured, type TlsServerOptions } from "./tls-server.ts";

/** SecureServer is a server with TLS. */
export interface SecureServer {
  readonly server: Server;
  /** Serves a connection of HTTP/1.1 whose TLS has ended elsewhere. */
  readonly serveHttp1: (socket: ClientSocket) => void;
  /** Takes another certificate, or keys of tickets. Connections that are open go on. */
  use(material: TlsMaterial): void;
}

export interface SecureServerOptions extends Omit<TlsServerOptions, "limits" | "serve"> {
  readonly http1: Http1;
  readonly limits: ClientLimits;
  readonly connections: Connections;
  readonly start: StartExchange;
}

/** newSecureServer is a server for HTTP/1.1 and HTTP/2, as clients choose by ALPN. */
export function newSecureServer({ http1, connections, start, ...tls }: SecureServerOptions): SecureServer {
  const { limits, material } = tls;
  const server = createServer({
    ...http1.secureOptions,
    ...nodeContext(material),
    ALPNProtocols: PROTOCOLS,
    handshakeTimeout: limits.timeoutMs,
    ticketKeys: Buffer.from(material.ticketKeys),
  });
  const serveHttp1 = http1.serves(server);
  const serve = ({ socket, connection, peer }: Secured): void => {
    if (socket.alpnProtocol === "h2") {
      const { source, streams } = connection;
      const carrier = socket._parent;
      const options = { carrier, socket, source, peer, start, streams, limits, headMaxBytes: HEAD_MAX_BYTES };
      connections.replace(connection, new Http2Connection({ ...options, nowMs: connections.nowMs }));
      return;
    }
    connection.secured(socket as Socket);
    socket.connection = connection;
    socket.peer = peer;
    serveHttp1(socket as ClientSocket);
  };
  return { server, serveHttp1, use: endTls(server, { ...tls, serve }) };
}
