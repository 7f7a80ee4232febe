import { createSecureContext, type SecureContext } from "node:tls";
import { type SecurityPolicy, securityPolicyOf } from "./security-policies.ts";

/** DomainTls is what a domain presents, and asks of its clients. */
export interface DomainTls {
  /** PEM: its certificate, and those that signed it. */
  readonly certificate: string;
  readonly privateKey: string;
  /** By AWS's name; undefined: the default. */
  readonly securityPolicy: string | undefined;
}

/** DomainContext is a domain as handshakes need it. */
export interface DomainContext {
  readonly context: SecureContext;
  readonly policy: SecurityPolicy;
}

interface Known extends DomainContext {
  readonly of: DomainTls;
}

const isSame = (a: DomainTls, b: DomainTls): boolean =>
  a.certificate === b.certificate && a.privateKey === b.privateKey && a.securityPolicy === b.securityPolicy;

/** DomainContexts are the certificates of a worker's domains, by the names that clients ask for. What changes is for new connections only. */
export class DomainContexts {
  readonly #byName = new Map<string, Known>();

  /** set gives a domain what it presents from now on. Throws if that cannot be used: what it had stays. */
  set(name: string, domain: DomainTls): void {
    const known = this.#byName.get(name);
    if (known && isSame(known.of, domain)) return;
    const { certificate: cert, privateKey: key, securityPolicy } = domain;
    const policy = securityPolicyOf(securityPolicy);
    const context = createSecureContext({ cert, key });
    this.#byName.set(name, { context, policy, of: domain });
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  /** of is what is presented for a name, by itself or by the wildcard of one level; undefined: what names without a certificate get. */
  of(serverName: string): DomainContext | undefined {
    if (this.#byName.size === 0) return undefined;
    const name = (serverName.endsWith(".") ? serverName.slice(0, -1) : serverName).toLowerCase();
    return this.#byName.get(name) ?? this.#byName.get(`*${name.slice(name.indexOf("."))}`);
  }
}
