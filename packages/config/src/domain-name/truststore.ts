import { X509Certificate } from "node:crypto";
import { distinguishedName } from "../certificate/distinguished-name.ts";
import { weakKeyOf, weaknessOf } from "../certificate/strength.ts";
import { subjectBytes } from "../certificate/subject-bytes.ts";
import { facts } from "../facts.ts";
import type { Fact } from "../problem.ts";

/** AWS's limits of a truststore. */
export const TRUSTSTORE_MAX = 1_000_000;
const TRUSTSTORE_CERTIFICATES_MAX = 1_000;
/** A handshake names all authorities in one list of 65,535 bytes, with TLS 1.3 together with other extensions (RFC 8446, 4.2.4): without room, all handshakes fail. */
const SUBJECTS_MAX_BYTES = 65_000;
/** In front of each. */
const LENGTH_BYTES = 2;

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Truststore is the certificates of a PEM bundle, and what is wrong with the rest of it. */
export interface TruststoreContent {
  readonly certificates: readonly X509Certificate[];
  readonly warnings: readonly string[];
}

/** What keeps clients from being certified by an authority; undefined: nothing. */
function warningOf(certificate: X509Certificate, nowMs: number): string | undefined {
  const { ca, validFrom, validFromDate, validTo, validToDate } = certificate;
  const subject = distinguishedName(certificate.subject);
  if (validToDate.getTime() < nowMs)
    return `Certificate has expired. Subject: ${subject}, not after: ${validTo}`;
  if (validFromDate.getTime() > nowMs)
    return `Certificate is not yet valid. Subject: ${subject}, not before: ${validFrom}`;
  if (!ca) return `Certificate is not a certificate authority. Subject: ${subject}`;
  // What signed itself is trusted as it is, not by its signature.
  const weakness =
    certificate.subject === certificate.issuer ? weakKeyOf(certificate) : weaknessOf(certificate);
  return weakness && `Certificate is too weak: ${weakness}. Subject: ${subject}`;
}

/** readTruststore reads a bundle. What cannot be read, or certifies nobody, is a warning and does not keep the rest from being used (AWS: truststoreWarnings). */
export function readTruststore(pem: string, nowMs: number): TruststoreContent {
  const certificates: X509Certificate[] = [];
  const warnings: string[] = [];
  for (const [i, [block]] of [...pem.matchAll(BLOCK)].entries()) {
    try {
      const certificate = new X509Certificate(block);
      certificates.push(certificate);
      const warning = warningOf(certificate, nowMs);
      if (warning !== undefined) warnings.push(warning);
    } catch {
      warnings.push(`Certificate ${i + 1} of the truststore cannot be read`);
    }
  }
  if (pem.replaceAll(BLOCK, "").includes("-----"))
    warnings.push("The truststore has blocks that are not certificates in PEM");
  return { certificates, warnings };
}

/** conflictIn is the subject of a certificate that another issuer has certified too; undefined: there is none. AWS refuses such a truststore. */
function conflictIn({ certificates }: TruststoreContent): string | undefined {
  const issuers = new Map<string, string>();
  for (const certificate of certificates) {
    const { subject, issuer } = certificate;
    if ((issuers.get(subject) ?? issuer) !== issuer) return distinguishedName(subject);
    issuers.set(subject, issuer);
  }
  return undefined;
}

/** usableTruststore is the certificates of a bundle that can be read, in PEM. */
export const usableTruststore = (pem: string): string =>
  readTruststore(pem, 0)
    .certificates.map((certificate) => certificate.toString())
    .join("");

/** truststoreFacts is what keeps a bundle from being a truststore at all. */
export function truststoreFacts(pem: string): readonly Fact[] {
  const content = readTruststore(pem, 0);
  const { length } = content.certificates;
  // Those that cannot be read count: each is a warning.
  const blocks = pem.match(BLOCK)?.length ?? 0;
  const subject = conflictIn(content);
  const bytes = content.certificates.reduce((sum, one) => sum + LENGTH_BYTES + subjectBytes(one), 0);
  return [
    ...(length === 0 ? [facts.TRUSTSTORE_EMPTY()] : []),
    // A truststore is stored as it is, and shown to whoever may read the domain.
    ...(PRIVATE_KEY.test(pem) ? [facts.TRUSTSTORE_WITH_KEY()] : []),
    ...(blocks > TRUSTSTORE_CERTIFICATES_MAX
      ? [facts.TOO_MANY({ what: `${blocks} certificates`, most: TRUSTSTORE_CERTIFICATES_MAX })]
      : []),
    ...(bytes > SUBJECTS_MAX_BYTES
      ? [facts.TRUSTSTORE_SUBJECTS_TOO_LARGE({ bytes, most: SUBJECTS_MAX_BYTES })]
      : []),
    ...(subject === undefined ? [] : [facts.TRUSTSTORE_CONFLICT({ subject })]),
  ];
}
