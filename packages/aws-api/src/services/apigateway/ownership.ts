import { certificateIdIn, chainOf, pendingOf, type SpecOf } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import { isOrdered } from "../acm/requested-certificate.ts";
import { badRequest } from "./errors.ts";

type Spec = SpecOf<"DomainName">;
type Named = Pick<
  Spec,
  | "certificateArn"
  | "regionalCertificateArn"
  | "ownershipVerificationCertificateArn"
  | "mutualTlsAuthentication"
>;

/** DomainStatus is why a domain is not as its owner wants it; AWS's names of version 1. */
export interface DomainStatus {
  readonly status: "PENDING" | "PENDING_CERTIFICATE_REIMPORT" | "PENDING_OWNERSHIP_VERIFICATION";
  readonly message: string;
}

/** The id of what an ARN names in the account; undefined: nothing of it. */
const idOf = (arn: string | undefined, { accountId }: AccountView): string | undefined =>
  arn === undefined ? undefined : certificateIdIn(arn, accountId);

const certificateOf = (arn: string | undefined, account: AccountView) => {
  const id = idOf(arn, account);
  return id === undefined ? undefined : account.get("Certificate", "", id)?.entity;
};

const leafOf = (pem: string) => chainOf(pem)?.[0];

/** A name of a wildcard is any below it. */
const covers = (pem: string, name: string): boolean =>
  leafOf(pem)?.checkHost(name.replace(/^\*/, "any"), { partialWildcards: false }) !== undefined;

/**
 * Whether a public authority vouches that the account has the names: what was imported, also in place of what was requested, or signed by the internal one,
 * proves nothing.
 */
const isPublic = (arn: string | undefined, account: AccountView): boolean => {
  const id = idOf(arn, account);
  if (id === undefined || !isOrdered(account.get("CertificateRequest", "", id))) return false;
  const certificate = certificateOf(arn, account);
  return certificate === undefined || certificate.spec.origin === "ISSUED";
};

/** What keeps a certificate from proving that the account owns a domain. */
function ownershipProblem(
  account: AccountView,
  domainName: string,
  arn: string,
  nowMs: number,
): string | undefined {
  const certificate = certificateOf(arn, account);
  if (!certificate) return `the ownership verification certificate ${arn} does not exist, or is not issued`;
  const { certificate: pem } = certificate.spec;
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

/** statusOf is why a domain is not available; undefined: it is (AWS: mutual TLS with certificates that are imported). */
export function statusOf(
  account: AccountView,
  domainName: string,
  spec: Spec,
  nowMs = Date.now(),
): DomainStatus | undefined {
  const pending = pendingOf(spec);
  if (pending !== undefined) return { status: "PENDING", message: pending };
  return ownershipStatusOf(account, domainName, spec, nowMs);
}

function ownershipStatusOf(
  account: AccountView,
  domainName: string,
  spec: Named,
  nowMs = Date.now(),
): DomainStatus | undefined {
  const arn = spec.ownershipVerificationCertificateArn;
  if (arn === undefined || idOf(arn, account) === undefined) return undefined;
  const problem = ownershipProblem(account, domainName, arn, nowMs);
  if (problem !== undefined)
    return {
      status: "PENDING_OWNERSHIP_VERIFICATION",
      message: `${problem}: renew it, or name another one`,
    };
  const presentedArn = spec.regionalCertificateArn ?? spec.certificateArn;
  const presented = certificateOf(presentedArn, account)?.spec.certificate;
  const ownership = certificateOf(arn, account)?.spec.certificate ?? "";
  const other = presented === undefined ? undefined : unprovedName(presented, ownership);
  return other === undefined
    ? undefined
    : {
        status: "PENDING_CERTIFICATE_REIMPORT",
        message: `the certificate ${presentedArn} is for ${other}, which the ownership verification certificate is not: import one again that has no such name`,
      };
}

/**
 * refuseUnowned refuses a domain, new or changed, that asks for client certificates with a certificate that proves nothing and without one that does, where
 * certificates come from a public authority. A domain whose proof has ended is not changed until the change brings another one.
 */
export function refuseUnowned(
  account: AccountView,
  domainName: string,
  spec: Named,
  ordersCertificates: boolean,
): void {
  const { ownershipVerificationCertificateArn: arn, mutualTlsAuthentication } = spec;
  const presentedArn = spec.regionalCertificateArn ?? spec.certificateArn;
  const mustProve =
    ordersCertificates &&
    mutualTlsAuthentication !== undefined &&
    idOf(presentedArn, account) !== undefined &&
    !isPublic(presentedArn, account);
  // hashicorp/terraform-provider-aws #35741 quotes AWS.
  if (mustProve && arn === undefined) throw badRequest("Missing ownershipVerificationCertificate.");
  if (mustProve && !isPublic(arn, account))
    throw badRequest(
      `The ownershipVerificationCertificate ${arn} must be a certificate of this account that was requested from the public authority`,
    );
  const status = ownershipStatusOf(account, domainName, spec);
  if (status) throw badRequest(status.message.replace(/^t/, "T"));
}
