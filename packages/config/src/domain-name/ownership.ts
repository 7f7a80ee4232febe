import type { X509Certificate } from "node:crypto";
import { certificateIdIn } from "../certificate/arn.ts";
import { chainOf } from "../certificate/check.ts";
import type { SpecOf } from "../kind.ts";

type Spec = SpecOf<"DomainName">;

/** Named is what of a domain says whether its account has proved that the name is its own. */
export type Named = Partial<
  Pick<
    Spec,
    | "certificateArn"
    | "regionalCertificateArn"
    | "certificateBody"
    | "ownershipVerificationCertificateArn"
    | "mutualTlsAuthentication"
  >
>;

/** Certificates are those of one account, and what was requested, by their ids. */
export interface Certificates {
  readonly accountId: string;
  certificate(id: string): SpecOf<"Certificate"> | undefined;
  request(id: string): SpecOf<"CertificateRequest"> | undefined;
}

/** OwnershipLapse is why a domain whose name was proved has to be proved again; AWS's names of its status in version 1. */
export interface OwnershipLapse {
  readonly status: "PENDING_CERTIFICATE_REIMPORT" | "PENDING_OWNERSHIP_VERIFICATION";
  readonly message: string;
}

/** The id of what an ARN names in the account; undefined: nothing of it. */
const idOf = (arn: string | undefined, { accountId }: Certificates): string | undefined =>
  arn === undefined ? undefined : certificateIdIn(arn, accountId);

const certificateOf = (arn: string | undefined, certificates: Certificates) => {
  const id = idOf(arn, certificates);
  return id === undefined ? undefined : certificates.certificate(id);
};

const leafOf = (pem: string): X509Certificate | undefined => chainOf(pem)?.[0];

/** A name of a wildcard is any below it. */
const covers = (pem: string, name: string): boolean =>
  leafOf(pem)?.checkHost(name.replace(/^\*/, "any"), { partialWildcards: false }) !== undefined;

/** isOrdered says whether a certificate that was requested comes, or came, from a public authority. */
export const isOrdered = (requested: SpecOf<"CertificateRequest"> | undefined): boolean =>
  (requested?.authority ?? requested?.progress?.issuer) === "ACME";

/**
 * Whether a public authority vouches that the account has the names. What was imported, also in place of what was requested, or signed by the internal
 * authority proves nothing, whatever it says of itself: which one was issued, control planes have written in the request.
 */
function isPublic(arn: string | undefined, certificates: Certificates): boolean {
  const id = idOf(arn, certificates);
  const request = id === undefined ? undefined : certificates.request(id);
  if (id === undefined || !isOrdered(request)) return false;
  const certificate = certificates.certificate(id);
  if (certificate === undefined) return true;
  const issued = request?.progress?.issued;
  return issued !== undefined && leafOf(certificate.certificate)?.fingerprint256 === issued;
}

/** What keeps a certificate from proving that the account owns a domain. */
function proofProblem(
  certificates: Certificates,
  domainName: string,
  arn: string,
  nowMs: number,
): string | undefined {
  const certificate = certificateOf(arn, certificates);
  if (!certificate) return `the ownership verification certificate ${arn} does not exist, or is not issued`;
  const { certificate: pem } = certificate;
  const leaf = leafOf(pem);
  if (!leaf || leaf.validToDate.getTime() < nowMs)
    return `the ownership verification certificate ${arn} has expired`;
  return covers(pem, domainName)
    ? undefined
    : `the ownership verification certificate ${arn} is not valid for ${domainName}`;
}

/** The DNS name of what a domain presents that its owner has not proved; undefined: none. */
function unprovedName(presented: string, ownership: string): string | undefined {
  const names = leafOf(presented)?.subjectAltName?.split(", ") ?? [];
  return names
    .flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4)] : []))
    .find((name) => !covers(ownership, name));
}

/** ownershipLapse is why the proof that a domain names is none; undefined: it is one, or there is none (AWS: mutual TLS with certificates that are imported). */
export function ownershipLapse(
  certificates: Certificates,
  domainName: string,
  spec: Named,
  nowMs = Date.now(),
): OwnershipLapse | undefined {
  const arn = spec.ownershipVerificationCertificateArn;
  if (arn === undefined || idOf(arn, certificates) === undefined) return undefined;
  const problem = proofProblem(certificates, domainName, arn, nowMs);
  if (problem !== undefined)
    return {
      status: "PENDING_OWNERSHIP_VERIFICATION",
      message: `${problem}: renew it, or name another one`,
    };
  const presentedArn = spec.regionalCertificateArn ?? spec.certificateArn;
  const presented = certificateOf(presentedArn, certificates)?.certificate;
  const ownership = certificateOf(arn, certificates)?.certificate ?? "";
  const other = presented === undefined ? undefined : unprovedName(presented, ownership);
  return other === undefined
    ? undefined
    : {
        status: "PENDING_CERTIFICATE_REIMPORT",
        message: `the certificate ${presentedArn} is for ${other}, which the ownership verification certificate is not: import one again that has no such name`,
      };
}

/** Unproved is what a domain lacks that has to be proved: a certificate that would, or one that a public authority has issued. */
export type Unproved = "missing" | "not-public";

/**
 * unproved is what is missing where a domain asks for client certificates with a certificate that proves nothing; undefined: nothing. It is asked only where
 * certificates come from a public authority.
 */
export function unproved(certificates: Certificates, spec: Named): Unproved | undefined {
  const { ownershipVerificationCertificateArn: arn, mutualTlsAuthentication } = spec;
  const presentedArn = spec.regionalCertificateArn ?? spec.certificateArn;
  const isPresented =
    presentedArn === undefined
      ? spec.certificateBody !== undefined
      : idOf(presentedArn, certificates) !== undefined;
  const mustProve =
    mutualTlsAuthentication !== undefined && isPresented && !isPublic(presentedArn, certificates);
  if (!mustProve) return undefined;
  if (arn === undefined) return "missing";
  return isPublic(arn, certificates) ? undefined : "not-public";
}
