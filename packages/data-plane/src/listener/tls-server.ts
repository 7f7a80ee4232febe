import type { Socket } from "node:net";
import type { Server, TLSSocket } from "node:tls";
import type { TlsSession } from "@tollgate/pipeline";
import type { Arrive } from "./arrivals.ts";
import { ACME_PROTOCOL, type Challenges } from "./challenges.ts";
import { type ClientHello, readClientHello } from "./client-hello.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Connection } from "./connection.ts";
import type { DomainContext } from "./domain-context.ts";
import type { DomainContexts } from "./domain-contexts.ts";
import { readFirstBytes } from "./first-bytes.ts";
import type { Peer } from "./peer.ts";
import { NODE_POLICY } from "./security-policies.ts";
import type { TlsMaterial } from "./tls-material.ts";
import { clientCertificateOf } from "./truststore.ts";

/** Tickets of one worker are those of all: the context is part of what they are checked against. */
const SESSION_CONTEXT = "tollgate";

/** Node's socket of TLS knows the connection below it. */
export interface SecureSocket extends TLSSocket {
  readonly _parent: ClientSocket;
  connection?: ClientSocket["connection"];
  peer?: ClientSocket["peer"];
}

/** Secured is a connection whose handshake is over. */
export interface Secured {
  readonly socket: SecureSocket;
  readonly connection: Connection;
  /** With what TLS says. */
  readonly peer: Peer & { readonly tls: TlsSession };
}

export interface TlsServerOptions {
  readonly limits: Pick<ClientLimits, "timeoutMs">;
  readonly arrive: Arrive;
  readonly material: TlsMaterial;
  readonly contexts: DomainContexts;
  readonly challenges: Challenges;
  readonly serve: (secured: Secured) => void;
}

/** nodeContext is what names that are no domains get. */
export const nodeContext = ({ certificate, privateKey }: TlsMaterial) => ({
  cert: certificate,
  key: privateKey,
  ...NODE_POLICY,
  honorCipherOrder: true,
  sessionIdContext: SESSION_CONTEXT,
});

/**
 * The certificate that a client showed to a domain that asks for one; null: it showed none. A session that is resumed has one only if it was shown when
 * the session began, whatever `authorized` says of it (Node takes any resumed session of TLS 1.3 for authorized).
 */
function shownTo({ truststore }: DomainContext, socket: TLSSocket): TlsSession["clientCertificate"] | null {
  if (!truststore) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return null;
  const isTrusted = socket.authorized && truststore.trusts(certificate, Date.now());
  return isTrusted ? clientCertificateOf(certificate) : undefined;
}

/**
 * endTls takes the connections of a server. The name in the first message of a client says which domain it wants, before TLS begins: so each domain has
 * its own versions, suites and tickets, and only those that want client certificates ask for them. A connection is counted from its first byte on, and has
 * as long for its handshake as for a head. The returned function takes another certificate, or keys of tickets.
 */
export function endTls(
  server: Server,
  { limits, arrive, material, contexts, challenges, serve }: TlsServerOptions,
): (material: TlsMaterial) => void {
  server.removeAllListeners("secureConnection");
  const [beginTls] = server.listeners("connection") as [(socket: Socket) => void];
  server.removeListener("connection", beginTls);
  const secured = (tlsSocket: TLSSocket, domain?: DomainContext): void => {
    const socket = tlsSocket as SecureSocket;
    const carrier = socket._parent;
    const { connection, peer, handshake } = carrier;
    clearTimeout(handshake?.late);
    const clientCertificate = domain && shownTo(domain, socket);
    if (!connection || !peer || clientCertificate === null) {
      carrier.destroy();
      return;
    }
    const tls: TlsSession = {
      serverName: handshake?.serverName ?? "",
      version: socket.getProtocol() ?? "",
      cipherSuite: socket.getCipher().standardName,
      domainName: domain?.domainName,
      domainOwner: domain?.owner,
      clientCertificate,
    };
    serve({ socket, connection, peer: { ...peer, tls } });
  };
  server.on("secureConnection", (socket) => secured(socket));
  const shake = (socket: ClientSocket, hello: ClientHello, late: NodeJS.Timeout): void => {
    const { serverName, onlyProtocol } = hello;
    if (onlyProtocol === ACME_PROTOCOL && challenges.prove(serverName, socket)) return;
    socket.handshake = { serverName, late, secured };
    const domain = contexts.of(serverName);
    if (domain) domain.server.emit("connection", socket);
    else beginTls.call(server, socket);
  };
  server.on("connection", (socket: ClientSocket) =>
    arrive(socket, () => {
      const late = setTimeout(() => socket.destroy(), limits.timeoutMs);
      socket.once("close", () => clearTimeout(late));
      readFirstBytes(socket, readClientHello, (hello) => shake(socket, hello, late));
    }),
  );
  contexts.useTicketKeys(material.ticketKeys);
  return (next) => {
    server.setTicketKeys(Buffer.from(next.ticketKeys));
    server.setSecureContext(nodeContext(next));
    contexts.useTicketKeys(next.ticketKeys);
  };
}
