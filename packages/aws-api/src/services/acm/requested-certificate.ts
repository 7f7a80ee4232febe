import { certificateArn, isOrdered } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import { validationOf } from "./domain-validation.ts";
import type { Members } from "./members.ts";
import { usersOf } from "./users.ts";

type Requested = Stored<"CertificateRequest">;

/** Reasons of ACM by those of ACME (RFC 8555, 6.7). */
const REASONS: Readonly<Record<string, string>> = {
  caa: "CAA_ERROR",
  rejectedIdentifier: "DOMAIN_NOT_ALLOWED",
  unsupportedIdentifier: "DOMAIN_NOT_ALLOWED",
  unauthorized: "DOMAIN_VALIDATION_DENIED",
};

/** reasonOf is why the last attempt to get a certificate has failed, in ACM's words; undefined: it has not. */
function reasonOf({ entity: { spec } }: Requested): string | undefined {
  const type = spec.progress?.failure?.type;
  return type === undefined ? undefined : (REASONS[type] ?? "OTHER");
}

const STATUS = { FAILED: "FAILED", TIMED_OUT: "VALIDATION_TIMED_OUT" } as const;

const statusOf = ({ entity: { spec } }: Requested): string =>
  spec.progress?.end === undefined ? "PENDING_VALIDATION" : STATUS[spec.progress.end];

/** isFromAuthority says whether a certificate comes, or came, from an ACME authority. */
export const isFromAuthority = (requested: Requested | undefined): boolean =>
  isOrdered(requested?.entity.spec);

/** The members that a summary and a description of a certificate that is not there yet have in common. */
function common(account: AccountView, requested: Requested, region: string): Members {
  const { entity, createdUnixMs } = requested;
  const [domainName] = entity.spec.names;
  return {
    CertificateArn: certificateArn(region, account.accountId, entity.id),
    DomainName: domainName,
    Status: statusOf(requested),
    Type: isFromAuthority(requested) ? "AMAZON_ISSUED" : "PRIVATE",
    RenewalEligibility: "INELIGIBLE",
    CreatedAt: new Date(createdUnixMs),
  };
}

/** pendingDetailOf is a certificate that is not there yet, as DescribeCertificate shows it. */
export function pendingDetailOf(
  account: AccountView,
  requested: Requested,
  region: string,
  zone: string | undefined,
): Members {
  const { id, spec } = requested.entity;
  const { names, keyType, progress } = spec;
  const validated = { accountId: account.accountId, zone };
  const status = statusOf(requested);
  const reason = status === "FAILED" ? reasonOf(requested) : undefined;
  return {
    ...common(account, requested, region),
    SubjectAlternativeNames: names,
    DomainValidationOptions: names.map((DomainName) => ({
      DomainName,
      ValidationDomain: DomainName,
      ...validationOf(DomainName, spec, validated),
      ValidationStatus: progress?.end === undefined ? "PENDING_VALIDATION" : "FAILED",
    })),
    ...(reason === undefined ? {} : { FailureReason: reason }),
    Subject: `CN=${names[0]}`,
    KeyAlgorithm: keyType.replace("RSA_", "RSA-"),
    InUseBy: usersOf(account, id).map((domain) => `arn:aws:apigateway:${region}::/domainnames/${domain}`),
    KeyUsages: [],
    ExtendedKeyUsages: [],
    Options: { CertificateTransparencyLoggingPreference: "DISABLED", Export: "DISABLED" },
  };
}

/** pendingSummaryOf is the same as ListCertificates shows it. */
export function pendingSummaryOf(account: AccountView, requested: Requested, region: string): Members {
  const { id, spec } = requested.entity;
  return {
    ...common(account, requested, region),
    SubjectAlternativeNameSummaries: spec.names,
    HasAdditionalSubjectAlternativeNames: false,
    KeyAlgorithm: spec.keyType,
    InUse: usersOf(account, id).length > 0,
    Exported: false,
  };
}

/** renewalOf says how far the renewal of a certificate is; undefined: none is on its way. */
export function renewalOf(requested: Requested, isExpired: boolean): Members | undefined {
  const { failure, challenges } = requested.entity.spec.progress ?? {};
  if (!failure && !challenges) return undefined;
  const RenewalStatus = !failure ? "PENDING_AUTO_RENEWAL" : isExpired ? "FAILED" : "PENDING_VALIDATION";
  return {
    RenewalStatus,
    DomainValidationOptions: requested.entity.spec.names.map((DomainName) => ({
      DomainName,
      ValidationStatus: failure ? "FAILED" : "PENDING_VALIDATION",
    })),
    ...(failure ? { RenewalStatusReason: reasonOf(requested) } : {}),
    UpdatedAt: new Date(failure?.unixMs ?? requested.updatedUnixMs),
  };
}
