import type { ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { StartExchange } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { Connections } from "./connections.ts";
import type { DomainContexts } from "./domain-contexts.ts";
import { type ClientSocket, HEAD_MAX_BYTES } from "./http1-server.ts";
import { Http2Connection } from "./http2-connection.ts";
import { hasSuite, hasVersion, SUITES } from "./security-policies.ts";
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
  readonly contexts: DomainContexts;
}

const contextOf = ({ certificate, privateKey }: TlsMaterial) => ({ cert: certificate, key: privateKey });

/**
 * sniCallback presents a domain's certificate, and ends handshakes that do not keep to its policy: by then the version is agreed, and the suite is not.
 * It is called on the socket of the handshake. Whatever a client asks for, it does not throw.
 */
const sniCallback = (contexts: DomainContexts) =>
  function (this: unknown, name: string, done: (error: Error | null, context?: SecureContext) => void): void {
    const domain = contexts.of(name);
    if (!domain) return done(null);
    if (hasVersion(domain.policy, (this as TLSSocket).getProtocol())) done(null, domain.context);
    else done(new Error("the security policy of the domain forbids this version of TLS"));
  };

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
  contexts,
}: SecureServerOptions): SecureServer {
  const server = createServer({
    ...http1,
    ...contextOf(material),
    minVersion: MIN_VERSION,
    ciphers: SUITES,
    honorCipherOrder: true,
    SNICallback: sniCallback(contexts),
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
    const { servername } = socket as { readonly servername?: string | false };
    const domain = servername ? contexts.of(servername) : undefined;
    if (!connection || (domain && !hasSuite(domain.policy, socket.getCipher().name))) {
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
        ciphers: SUITES,
        honorCipherOrder: true,
        sessionIdContext: SESSION_CONTEXT,
      });
    },
  };
}
