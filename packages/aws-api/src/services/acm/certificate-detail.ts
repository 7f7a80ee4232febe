import { type KeyObject, X509Certificate } from "node:crypto";
import { certificateArn, type SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import { type Validated, validationOf } from "./domain-validation.ts";
import type { Members } from "./members.ts";
import { isFromAuthority, renewalOf } from "./requested-certificate.ts";
import { usersOf } from "./users.ts";

/** Names of extended usages by their OIDs (RFC 5280, 4.2.1.12). */
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.3.1": "TLS_WEB_SERVER_AUTHENTICATION",
  "1.3.6.1.5.5.7.3.2": "TLS_WEB_CLIENT_AUTHENTICATION",
  "1.3.6.1.5.5.7.3.3": "CODE_SIGNING",
  "1.3.6.1.5.5.7.3.4": "EMAIL_PROTECTION",
  "1.3.6.1.5.5.7.3.8": "TIME_STAMPING",
  "1.3.6.1.5.5.7.3.9": "OCSP_SIGNING",
};

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "EC_prime256v1",
  secp384r1: "EC_secp384r1",
  secp521r1: "EC_secp521r1",
};

/** The algorithm as lists name it: RSA_2048, EC_prime256v1. */
export function keyAlgorithmOf({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): string {
  if (asymmetricKeyType === "rsa") return `RSA_${details?.modulusLength}`;
  return CURVES[details?.namedCurve ?? ""] ?? String(asymmetricKeyType);
}

/** The parts of a subject or an issuer. Certificates that have only alternative names have no subject: Node says undefined, though its types do not. */
const partsOf = (lines: string | undefined): string[] => (lines ?? "").split("\n");

/** A subject, the most general part first, as ACM shows it: C=AU,O=Example,CN=example.com. */
const nameOf = (lines: string | undefined): string => partsOf(lines).join(",");

const partOf = (lines: string | undefined, name: string): string | undefined =>
  partsOf(lines)
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1);

/** namesOf are the DNS names that a certificate is valid for. */
export const namesOf = ({ subjectAltName = "" }: X509Certificate): string[] =>
  subjectAltName.split(", ").flatMap((part) => (part.startsWith("DNS:") ? part.slice(4) : []));

/** A certificate, as it was read. */
interface Read {
  readonly arn: string;
  readonly leaf: X509Certificate;
  readonly names: readonly string[];
  readonly domainName: string;
  readonly isExpired: boolean;
  readonly isIssued: boolean;
  /** What it was requested by; undefined: nothing is known of that. */
  readonly requested: Stored<"CertificateRequest"> | undefined;
}

function read(stored: Stored<"Certificate">, region: string, account: AccountView): Read {
  const { id, spec } = stored.entity;
  const leaf = new X509Certificate(spec.certificate);
  const names = namesOf(leaf);
  const isIssued = spec.origin === "ISSUED";
  const requested = isIssued ? account.get("CertificateRequest", "", id) : undefined;
  return {
    arn: certificateArn(region, account.accountId, id),
    leaf,
    names,
    // Authorities sort names.
    domainName: requested?.entity.spec.names[0] ?? partOf(leaf.subject, "CN") ?? names[0] ?? "",
    isExpired: Date.parse(leaf.validTo) < Date.now(),
    isIssued,
    requested,
  };
}

const times = ({ createdUnixMs, updatedUnixMs }: Stored, { leaf, isIssued }: Read): Members => ({
  CreatedAt: new Date(createdUnixMs),
  [isIssued ? "IssuedAt" : "ImportedAt"]: new Date(updatedUnixMs),
  NotBefore: new Date(leaf.validFrom),
  NotAfter: new Date(leaf.validTo),
});

/** The members that a summary and a description have in common. */
const common = (stored: Stored<"Certificate">, one: Read, users: readonly string[]): Members => ({
  CertificateArn: one.arn,
  DomainName: one.domainName,
  Status: one.isExpired ? "EXPIRED" : "ISSUED",
  Type: isFromAuthority(one.requested) ? "AMAZON_ISSUED" : one.isIssued ? "PRIVATE" : "IMPORTED",
  RenewalEligibility: one.isIssued && users.length > 0 ? "ELIGIBLE" : "INELIGIBLE",
  ...times(stored, one),
});

/** How a name was proved. Those of the internal authority are not. */
const provedOf = (DomainName: string, { requested }: Read, validated: Validated): Members => ({
  DomainName,
  ...(isFromAuthority(requested) && requested
    ? validationOf(DomainName, requested.entity.spec, validated)
    : {}),
  ValidationStatus: "SUCCESS",
});

/** detailOf is a certificate as DescribeCertificate shows it. */
export function detailOf(
  account: AccountView,
  stored: Stored<"Certificate">,
  region: string,
  zone?: string,
): Members {
  const one = read(stored, region, account);
  const { leaf, names } = one;
  const users = usersOf(account, stored.entity.id);
  const usages = (leaf.keyUsage ?? []).map((OID) => ({ Name: EXTENDED_USAGES[OID] ?? "CUSTOM", OID }));
  const renewal = one.requested && renewalOf(one.requested, one.isExpired);
  return {
    ...common(stored, one, users),
    ...(renewal === undefined ? {} : { RenewalSummary: renewal }),
    SubjectAlternativeNames: names,
    ...(one.isIssued
      ? {
          DomainValidationOptions: names.map((name) =>
            provedOf(name, one, { accountId: account.accountId, zone }),
          ),
        }
      : {}),
    Serial: (leaf.serialNumber.match(/../g) ?? []).join(":").toLowerCase(),
    Subject: nameOf(leaf.subject),
    Issuer: partOf(leaf.issuer, "O") ?? partOf(leaf.issuer, "CN") ?? "",
    KeyAlgorithm: keyAlgorithmOf(leaf.publicKey).replace("RSA_", "RSA-"),
    InUseBy: users.map((domain) => `arn:aws:apigateway:${region}::/domainnames/${domain}`),
    ExtendedKeyUsages: usages,
    Options: { CertificateTransparencyLoggingPreference: "DISABLED", Export: "DISABLED" },
  };
}

/** summaryOf is a certificate as ListCertificates shows it. */
export function summaryOf(account: AccountView, stored: Stored<"Certificate">, region: string): Members {
  const one = read(stored, region, account);
  const { leaf, names } = one;
  const users = usersOf(account, stored.entity.id);
  return {
    ...common(stored, one, users),
    SubjectAlternativeNameSummaries: names.slice(0, 100),
    HasAdditionalSubjectAlternativeNames: names.length > 100,
    KeyAlgorithm: keyAlgorithmOf(leaf.publicKey),
    ExtendedKeyUsages: (leaf.keyUsage ?? []).map((oid) => EXTENDED_USAGES[oid] ?? "CUSTOM"),
    InUse: users.length > 0,
    Exported: false,
  };
}

/** pemsOf are the certificate and its chain in PEM, as GetCertificate returns them. */
export const pemsOf = ({ certificate, certificateChain }: SpecOf<"Certificate">): Members => ({
  Certificate: certificate,
  ...(certificateChain === undefined ? {} : { CertificateChain: certificateChain }),
});
