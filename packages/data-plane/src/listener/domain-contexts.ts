import { createHash } from "node:crypto";
import { createSecureContext, createServer, type TLSSocket } from "node:tls";
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

/**
 * So many domains are ready for their next client. A context takes 30 KB, and a third of a handshake's time to make: it is made when a client first asks
 * for its domain, and those that nobody asked for the longest go.
 */
const READY_MAX = 1_024;

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

const secureOptionsOf = ({ certificate: cert, privateKey: key, securityPolicy, truststore }: DomainTls) => {
  const { minVersion, ciphers } = securityPolicyOf(securityPolicy);
  return { cert, key, minVersion, ciphers, ...(truststore === undefined ? {} : { ca: truststore }) };
};

/** DomainContexts are the certificates of a worker's domains, by the names that clients ask for. What changes is for new connections only. */
export class DomainContexts {
  readonly #domains = new Map<string, DomainTls>();
  /** What was asked for last is at the end. */
  readonly #ready = new Map<string, DomainContext>();
  readonly #readyMax: number;
  #ticketKeys: Buffer | undefined;

  constructor(readyMax = READY_MAX) {
    this.#readyMax = readyMax;
  }

  /** useTicketKeys seals the tickets of all domains with these, 48 bytes. */
  useTicketKeys(keys: Uint8Array): void {
    this.#ticketKeys = Buffer.from(keys);
    for (const { server } of this.#ready.values()) server.setTicketKeys(this.#ticketKeys);
  }

  /** set gives a domain what it presents from now on. Throws if that cannot be used: what it had stays. */
  set(domainName: string, domain: DomainTls): void {
    const known = this.#domains.get(domainName);
    if (known && isSame(known, domain)) return;
    createSecureContext(secureOptionsOf(domain));
    this.#domains.set(domainName, domain);
    this.#ready.delete(domainName);
  }

  delete(domainName: string): void {
    this.#domains.delete(domainName);
    this.#ready.delete(domainName);
  }

  /** of is what is presented for a name as `readClientHello` gives it, by itself or by the wildcard of one level; undefined: what names without a certificate get. */
  of(serverName: string): DomainContext | undefined {
    if (this.#domains.size === 0) return undefined;
    return this.#of(serverName) ?? this.#of(`*${serverName.slice(serverName.indexOf("."))}`);
  }

  #of(domainName: string): DomainContext | undefined {
    const domain = this.#domains.get(domainName);
    if (!domain) return undefined;
    const context = this.#ready.get(domainName) ?? this.#make(domainName, domain);
    this.#ready.delete(domainName);
    this.#ready.set(domainName, context);
    if (this.#ready.size > this.#readyMax) this.#ready.delete(this.#ready.keys().next().value as string);
    return context;
  }

  #make(domainName: string, domain: DomainTls): DomainContext {
    const server = createServer({
      ...secureOptionsOf(domain),
      honorCipherOrder: true,
      ALPNProtocols: PROTOCOLS,
      sessionIdContext: sessionContextOf(domainName, domain),
      ...(this.#ticketKeys ? { ticketKeys: this.#ticketKeys } : {}),
      // Who is not trusted is refused by HTTP, so the handshake goes on.
      ...(domain.truststore === undefined ? {} : { requestCert: true, rejectUnauthorized: false }),
    });
    const truststore = domain.truststore === undefined ? undefined : new Truststore(domain.truststore);
    const context: DomainContext = { domainName, owner: domain.owner, server, truststore };
    server.on("secureConnection", (socket: DomainSocket) =>
      socket._parent.handshake?.secured(socket, context),
    );
    return context;
  }
}
