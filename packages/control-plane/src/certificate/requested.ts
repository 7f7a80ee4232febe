import { X509Certificate } from "node:crypto";
import type { Entity, SpecOf } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import { AcmeError } from "./acme/acme-error.ts";
import type { Issued } from "./acme/ordering.ts";
import { isDue, lifeOf, namesOf, presentedCertificates } from "./certificate-life.ts";

export type CertificateRequest = Entity<"CertificateRequest">;
export type Progress = NonNullable<SpecOf<"CertificateRequest">["progress"]>;

/** subjectOf is what a request asks for, as one line: what was tried for another one does not count. */
export const subjectOf = ({ spec: { keyType, names, validation } }: CertificateRequest): string =>
  [keyType, ...names, ...(validation === undefined ? [] : [`by ${validation}`])].join(" ");

/** Which authority was asked, and what it has issued: that stays true of a request that asks for something else, or is attempted again. */
const authorityOf = ({ issuer, issued }: Partial<Progress> = {}): Pick<Progress, "issuer" | "issued"> => ({
  ...(issuer === undefined ? {} : { issuer }),
  ...(issued === undefined ? {} : { issued }),
});

/** progressOf is what came of a request as it is now. */
export const progressOf = (request: CertificateRequest): Progress => {
  const { progress } = request.spec;
  const subject = subjectOf(request);
  if (progress?.subject === subject) return progress;
  return { subject, failedAttempts: 0, ...authorityOf(progress) };
};

/** BegunProgress is the progress of a request that is being attempted. */
export type BegunProgress = Progress & { readonly beganUnixMs: number };

/** progressBegun is the progress of a request without what its last attempt left. */
export function progressBegun(
  request: CertificateRequest,
  issuer: NonNullable<Progress["issuer"]>,
  nowMs: number,
): BegunProgress {
  const { subject, failedAttempts, beganUnixMs = nowMs, issued, renewalAskedUnixMs } = progressOf(request);
  const asked = renewalAskedUnixMs === undefined ? {} : { renewalAskedUnixMs };
  return { subject, failedAttempts, beganUnixMs, ...authorityOf({ issuer, issued }), ...asked };
}

/** progressIssued is the progress of a request whose attempt has succeeded. What the internal authority has signed proves nothing, and is not noted. */
export function progressIssued(
  { beganUnixMs: _began, renewalAskedUnixMs: _asked, issued: _before, ...progress }: BegunProgress,
  { certificate }: Issued,
): Progress {
  const isPublic = progress.issuer === "ACME";
  const noted = isPublic ? { issued: new X509Certificate(certificate).fingerprint256 } : {};
  return { ...progress, failedAttempts: 0, ...noted };
}

/** A clock that was so much ahead when an attempt failed was wrong: when the next one is due is not known then. */
const AHEAD_MAX_MS = 60 * 60 * 1000;

/** Whether the next attempt has to wait, as the last one has failed. */
function isWaiting({ failure, nextUnixMs = 0 }: Progress, nowMs: number): boolean {
  return failure !== undefined && nextUnixMs > nowMs && failure.unixMs - nowMs <= AHEAD_MAX_MS;
}

/** fits says whether a certificate is what a request asks for. */
export function fits(leaf: X509Certificate, { spec: { names, keyType } }: CertificateRequest): boolean {
  const certified = new Set(namesOf(leaf).map((name) => name.toLowerCase()));
  return (
    certified.size === names.length &&
    names.every((name) => certified.has(name)) &&
    (leaf.publicKey.asymmetricKeyType === "rsa") === (keyType === "RSA_2048")
  );
}

/** checkIssued throws an AcmeError if a certificate is not what a request asks for: it would be ordered again at once. */
export function checkIssued({ certificate }: Issued, request: CertificateRequest): void {
  const leaf = new X509Certificate(certificate);
  if (fits(leaf, request)) return;
  const { keyType, names } = request.spec;
  throw new AcmeError(
    "malformed",
    `the authority issued a certificate for ${namesOf(leaf).join(", ") || "no name"} with a key of ${leaf.publicKey.asymmetricKeyType}, but ${names.join(", ")} with ${keyType} was asked for`,
  );
}

/** Due is a request that something is to be done about. */
export interface Due {
  readonly accountId: string;
  readonly request: CertificateRequest;
  /** There is a certificate already, which is renewed. */
  readonly isRenewal: boolean;
}

/** dueRequests are those of an account whose certificate is not there, is another one than what is asked for, is presented and ends soon, or is to be renewed before. */
export function dueRequests(accountId: string, state: AccountState, nowMs: number): readonly Due[] {
  const requests = state.list("CertificateRequest", "");
  if (requests.length === 0) return [];
  const presented = new Set(presentedCertificates(accountId, state).map(({ entity }) => entity.id));
  return requests.flatMap((request): Due[] => {
    const progress = progressOf(request);
    const stored = state.find("Certificate", "", request.id);
    // Somebody has put another one in its place.
    if (stored && stored.spec.origin !== "ISSUED") return [];
    const life = stored && lifeOf(stored);
    const isRenewal = life !== undefined && fits(life.leaf, request);
    const isAsked = progress.renewalAskedUnixMs !== undefined;
    if (isRenewal && !isAsked && !(presented.has(request.id) && isDue(life, nowMs))) return [];
    if ((progress.end !== undefined && !isRenewal) || isWaiting(progress, nowMs)) return [];
    return [{ accountId, request, isRenewal }];
  });
}
