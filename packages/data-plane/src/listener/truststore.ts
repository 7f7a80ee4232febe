import type { X509Certificate } from "node:crypto";
import { chainOf, distinguishedName, weakKeyOf, weaknessOf } from "@tollgate/config/runtime";
import type { ClientCertificate } from "@tollgate/pipeline";

/** A certificate and all those above it (AWS: mutual TLS for REST APIs). */
const DEPTH_MAX = 4;
/**
 * Signatures that are verified for one certificate. Other calls wait for them, and authorities of one name and one key are as many ways at each level:
 * 16 at each would take tens of thousands. Chains in use need one a level, and a few more where authorities of one name have several keys.
 */
const SIGNATURES_MAX = 64;

const isValidAt = ({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean =>
  validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();

interface Search {
  readonly nowMs: number;
  signaturesLeft: number;
}

/**
 * Truststore is the authorities that the clients of a domain must be certified by. All of a chain must be in it: what a client sends besides its own
 * certificate does not count, and neither do the authorities of the system.
 */
export class Truststore {
  readonly #bySubject = new Map<string, X509Certificate[]>();

  /** Certificates in PEM. */
  constructor(pem: string) {
    for (const certificate of chainOf(pem) ?? []) {
      if (!certificate.ca) continue;
      const namesakes = this.#bySubject.get(certificate.subject) ?? [];
      namesakes.push(certificate);
      this.#bySubject.set(certificate.subject, namesakes);
    }
  }

  /** trusts says whether a certificate, and each above it up to one that signed itself, is valid now, strong enough, and signed by one of these. */
  trusts(certificate: X509Certificate, nowMs: number): boolean {
    return this.#leadsToRoot(certificate, { nowMs, signaturesLeft: SIGNATURES_MAX }, 1);
  }

  #leadsToRoot(certificate: X509Certificate, search: Search, depth: number): boolean {
    const { nowMs } = search;
    if (depth > DEPTH_MAX || !isValidAt(certificate, nowMs) || weaknessOf(certificate)) return false;
    const issuers = this.#bySubject.get(certificate.issuer) ?? [];
    return issuers.some((issuer) => {
      if (!certificate.checkIssued(issuer) || search.signaturesLeft-- <= 0) return false;
      if (!certificate.verify(issuer.publicKey)) return false;
      const isRoot = issuer.subject === issuer.issuer;
      return isRoot
        ? isValidAt(issuer, nowMs) && depth < DEPTH_MAX && weakKeyOf(issuer) === undefined
        : this.#leadsToRoot(issuer, search, depth + 1);
    });
  }
}

/** clientCertificateOf describes the certificate of a client. */
export const clientCertificateOf = (certificate: X509Certificate): ClientCertificate => ({
  clientCertPem: certificate.toString(),
  subjectDN: distinguishedName(certificate.subject),
  issuerDN: distinguishedName(certificate.issuer),
  serialNumber: (certificate.serialNumber.toLowerCase().match(/../g) ?? []).join(":"),
  validity: { notBefore: certificate.validFrom, notAfter: certificate.validTo },
});
