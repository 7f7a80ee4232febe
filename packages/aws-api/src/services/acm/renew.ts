import { X509Certificate } from "node:crypto";
import type { Entity } from "@tollgate/config";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { found, foundRequest } from "./certificate.ts";
import { keyAlgorithmOf, namesOf } from "./certificate-detail.ts";
import { acmError, notThereYet } from "./errors.ts";
import { isFromAuthority } from "./requested-certificate.ts";

const arnIn = ({ input }: JsonRequest): string => String(input.CertificateArn);

type Progress = NonNullable<Entity<"CertificateRequest">["spec"]["progress"]>;

/** Whether the authority takes no orders for now (RFC 8555, 6.6): it counts those of all accounts together. */
const isHeldOff = ({ failure, nextUnixMs = 0 }: Progress): boolean =>
  failure?.type === "rateLimited" && nextUnixMs > Date.now();

/** What of the progress stays: other failures may have been put right since. */
function keptOf(progress: Progress = { failedAttempts: 0 }): Progress {
  if (isHeldOff(progress)) return progress;
  const { failure: _failure, nextUnixMs: _next, ...kept } = progress;
  return { ...kept, failedAttempts: 0 };
}

/** Control planes order what is asked for as soon as they see it, and its authority takes orders. */
async function askAgain(request: JsonRequest, { id }: Entity<"Certificate">): Promise<void> {
  await request.application.change(request.caller.accountId, (account) => {
    const current = account.get("CertificateRequest", "", id)?.entity;
    if (!current) return {};
    const progress = { ...keptOf(current.spec.progress), renewalAskedUnixMs: Date.now() };
    return { puts: [{ ...current, spec: { ...current.spec, progress } }] };
  });
}

async function issueAgain(request: JsonRequest, { id, spec }: Entity<"Certificate">): Promise<void> {
  const { application, caller } = request;
  const leaf = new X509Certificate(spec.certificate);
  const [first = "", ...others] = namesOf(leaf);
  const keyType = keyAlgorithmOf(leaf.publicKey) === "RSA_2048" ? "RSA_2048" : "EC_prime256v1";
  const issued = await application.issueCertificate({ names: [first, ...others], keyType });
  if (!leaf.verify(new X509Certificate(issued.certificateChain).publicKey))
    throw acmError(
      "InvalidStateException",
      `Certificate ${arnIn(request)} was signed by the internal authority of another control plane, which its clients trust: it is renewed there.`,
    );
  await application.change(caller.accountId, (account) => {
    const current = account.get("Certificate", "", id)?.entity;
    // It was replaced meanwhile.
    if (current?.spec.certificate !== spec.certificate) return {};
    return { puts: [{ ...current, spec: { ...current.spec, ...issued } }] };
  });
}

async function renewCertificate(request: JsonRequest): Promise<undefined> {
  const account = request.application.account(request.caller.accountId);
  if (foundRequest(request, account)) throw notThereYet(arnIn(request));
  const { entity } = found(request, account);
  if (entity.spec.origin !== "ISSUED")
    throw acmError(
      "ValidationException",
      `Certificate ${arnIn(request)} was imported, and is not renewed: import another one under its ARN.`,
    );
  const requested = account.get("CertificateRequest", "", entity.id);
  await (isFromAuthority(requested) ? askAgain(request, entity) : issueAgain(request, entity));
  return undefined;
}

/** renewOperation replaces a certificate that was requested, under its ARN and with a new key, before its time (AWS: of exported private ones alone). */
export const renewOperation: JsonOperation = {
  name: "RenewCertificate",
  input: {
    type: "structure",
    members: { CertificateArn: { type: "string" } },
    required: ["CertificateArn"],
  },
  resource: arnIn,
  run: renewCertificate,
};
