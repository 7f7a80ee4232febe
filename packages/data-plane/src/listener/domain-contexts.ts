import { createHash } from "node:crypto";
import { createServer, type TLSSocket } from "node:tls";
import type { ClientSocket } from "./client-socket.ts";
import type { DomainContext } from "./domain-context.ts";
import { securityPolicyOf } from "./security-policies.ts";
import { Truststore } from "./truststore.ts";

/** What clients may speak above TLS. */
export const PROTOCOLS = ["h2", "http/1.1"];

/** DomainTls is what a domain presents, and asks of its clients. */
export interface DomainTls {
  /** Its account. */
  readonly owner: string;
  /** PEM: its certificate, and those that signed it. */
  readonly certificate: string;
  readonly privateKey: string;
  /** By AWS's name; undefined: the default. */
  readonly securityPolicy: string | undefined;
  /** PEM: the authorities that clients must be certified by; undefined: clients are not asked for a certificate. */
  readonly truststore: string | undefined;
}

interface Known extends DomainContext {
  readonly of: DomainTls;
}

/** Node's socket of TLS knows the connection below it. */
interface DomainSocket extends TLSSocket {
  readonly _parent: ClientSocket;
}

const isSame = (a: DomainTls, b: DomainTls): boolean =>
  a.owner === b.owner &&
  a.certificate === b.certificate &&
  a.privateKey === b.privateKey &&
  a.securityPolicy === b.securityPolicy &&
  a.truststore === b.truststore;

/**
 * What the sessions of a domain are bound to, 32 characters: one that began at another domain, under another policy, or with another truststore is not
 * resumed, and its client is asked for everything again. It is the same for all workers, and another certificate of the domain does not change it.
 */
const sessionContextOf = (name: string, { owner, securityPolicy, truststore }: DomainTls): string =>
  createHash("sha256")
    .update(JSON.stringify([name, owner, securityPolicy, truststore]))
    .digest("hex")
    .slice(0, 32);

/** DomainContexts are the certificates of a worker's domains, by the names that clients ask for. What changes is for new connections only. */
export class DomainContexts {
  readonly #byName = new Map<string, Known>();
  #ticketKeys: Buffer | undefined;

  /** useTicketKeys seals the tickets of all domains with these, 48 bytes. */
  useTicketKeys(keys: Uint8Array): void {
    this.#ticketKeys = Buffer.from(keys);
    for (const { server } of this.#byName.values()) server.setTicketKeys(this.#ticketKeys);
  }

  /** set gives a domain what it presents from now on. Throws if that cannot be used: what it had stays. */
  set(domainName: string, domain: DomainTls): void {
    const known = this.#byName.get(domainName);
    if (known && isSame(known.of, domain)) return;
    const { certificate: cert, privateKey: key, securityPolicy, truststore: ca } = domain;
    const { minVersion, ciphers } = securityPolicyOf(securityPolicy);
    const server = createServer({
      cert,
      key,
      minVersion,
      ciphers,
      honorCipherOrder: true,
      ALPNProtocols: PROTOCOLS,
      sessionIdContext: sessionContextOf(domainName, domain),
      ...(this.#ticketKeys ? { ticketKeys: this.#ticketKeys } : {}),
      // Who is not trusted is refused by HTTP, so the handshake goes on.
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false }),
    });
    const truststore = ca === undefined ? undefined : new Truststore(ca);
    const context: Known = { domainName, owner: domain.owner, server, truststore, of: domain };
    server.on("secureConnection", (socket: DomainSocket) =>
      socket._parent.handshake?.secured(socket, context),
    );
    this.#byName.set(domainName, context);
  }

  delete(domainName: string): void {
    this.#byName.delete(domainName);
  }

  /** of is what is presented for a name as `readClientHello` gives it, by itself or by the wildcard of one level; undefined: what names without a certificate get. */
  of(serverName: string): DomainContext | undefined {
    if (this.#byName.size === 0) return undefined;
    return this.#byName.get(serverName) ?? this.#byName.get(`*${serverName.slice(serverName.indexOf("."))}`);
  }
}
