import { X509Certificate } from "node:crypto";
import type { IssueOptions } from "@tollgate/certificates";
import type { Entity } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { type CertificateLife, isDue, namesOf, presentedCertificates } from "./certificate-life.ts";
import type { IssueCertificate } from "./issue-certificate.ts";

/** RenewalOptions are what certificates are renewed with. */
export interface RenewalOptions {
  readonly application: Application;
  readonly issue: IssueCertificate;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly nowMs: () => number;
}

/**
 * Certificates that another authority has signed. A control plane with a state directory of its own has its own authority, which the clients of the others'
 * certificates do not know.
 */
const ofOthers = new WeakSet<Entity<"Certificate">>();

const keyTypeOf = ({ leaf }: CertificateLife): Required<IssueOptions>["keyType"] =>
  leaf.publicKey.asymmetricKeyType === "rsa" ? "RSA_2048" : "EC_prime256v1";

/** Issues a certificate again, for the same names. Nothing is written if it has been replaced meanwhile: another control plane may renew it, too. */
async function renew(
  { application, issue, logger }: RenewalOptions,
  accountId: string,
  life: CertificateLife,
): Promise<void> {
  const [first, ...others] = namesOf(life.leaf);
  if (first === undefined) return;
  const { id, spec } = life.entity;
  const issued = await issue({ names: [first, ...others], keyType: keyTypeOf(life) });
  if (!life.leaf.verify(new X509Certificate(issued.certificateChain).publicKey)) {
    ofOthers.add(life.entity);
    logger.warn(
      { accountId, certificate: id },
      "a certificate is not renewed here: the authority of another state directory has signed it",
    );
    return;
  }
  await changeAccount(application, {
    accountId,
    asker: "allowed",
    want: (state) => {
      const current = state.find("Certificate", "", id);
      return current?.spec.certificate === spec.certificate
        ? { entities: [{ ...current, spec: { ...current.spec, ...issued } }] }
        : {};
    },
  });
  logger.info({ accountId, certificate: id, names: [first, ...others] }, "a certificate was renewed");
}

/**
 * renewCertificates renews those that the internal authority of this process issued, that a domain presents, and of whose life less than a third is left, under their ids. Each
 * is tried, also if others fail.
 */
export async function renewCertificates(options: RenewalOptions): Promise<void> {
  const { mirror } = options.application;
  const failures: unknown[] = [];
  for (const [accountId, state] of mirror.accounts)
    for (const life of presentedCertificates(accountId, state)) {
      const { entity } = life;
      const request = state.find("CertificateRequest", "", entity.id);
      const isOwn = entity.spec.origin === "ISSUED" && request?.spec.progress?.issuer !== "ACME";
      if (!isOwn || ofOthers.has(entity) || !isDue(life, options.nowMs())) continue;
      await renew(options, accountId, life).catch((error: unknown) => failures.push(error));
    }
  if (failures.length > 0) throw new AggregateError(failures, String(failures[0]));
}
