import type { ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { Connections } from "./connections.ts";
import { type ClientSocket, HEAD_MAX_BYTES } from "./http1-server.ts";
import { Http2Connection } from "./http2-connection.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** Older versions are broken, and no client of today needs them (RFC 8996). */
const MIN_VERSION = "TLSv1.2";
/** Tickets of one worker are those of all: the context is part of what they are checked against. */
const SESSION_CONTEXT = "tollgate";

/** Node's socket of TLS knows the connection below it. */
interface SecureSocket extends TLSSocket {
  readonly _parent: ClientSocket;
  connection?: ClientSocket["connection"];
}

/** SecureServer is a server with TLS. */
export interface SecureServer {
  readonly server: Server;
  /** Takes another certificate, or keys of tickets. Connections that are open go on. */
  use(material: TlsMaterial): void;
}

export interface SecureServerOptions {
  readonly http1: ServerOptions;
  readonly limits: ClientLimits;
  readonly connections: Connections;
  readonly start: StartExchange;
  readonly material: TlsMaterial;
}

const contextOf = ({ certificate, privateKey }: TlsMaterial) => ({ cert: certificate, key: privateKey });

/**
 * newSecureServer is a server for HTTP/1.1 and HTTP/2, as clients choose by ALPN. A connection is counted from its first byte on, and has as long
 * for its handshake as for a head.
 */
export function newSecureServer({
  http1,
  limits,
  connections,
  start,
  material,
}: SecureServerOptions): SecureServer {
  const server = createServer({
    ...http1,
    ...contextOf(material),
    minVersion: MIN_VERSION,
    honorCipherOrder: true,
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: limits.timeoutMs,
    sessionIdContext: SESSION_CONTEXT,
    ticketKeys: Buffer.from(material.ticketKeys),
  });
  const [serveHttp1] = server.listeners("secureConnection") as [(socket: TLSSocket) => void];
  server.removeListener("secureConnection", serveHttp1);
  server.on("connection", (socket: ClientSocket) => (socket.connection = connections.open(socket)));
  server.on("secureConnection", (socket: SecureSocket) => {
    const carrier = socket._parent;
    const { connection } = carrier;
    if (!connection) {
      socket.destroy();
      return;
    }
    if (socket.alpnProtocol === "h2") {
      const { source } = connection;
      const options = { carrier, socket, source, start, limits, headMaxBytes: HEAD_MAX_BYTES };
      connections.replace(connection, new Http2Connection({ ...options, nowMs: connections.nowMs }));
      return;
    }
    connection.secured(socket as Socket);
    socket.connection = connection;
    serveHttp1.call(server, socket);
  });
  return {
    server,
    use(next) {
      server.setTicketKeys(Buffer.from(next.ticketKeys));
      server.setSecureContext({
        ...contextOf(next),
        minVersion: MIN_VERSION,
        honorCipherOrder: true,
        sessionIdContext: SESSION_CONTEXT,
      });
    },
  };
}
