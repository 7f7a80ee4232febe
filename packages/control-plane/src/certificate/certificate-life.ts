import { X509Certificate } from "node:crypto";
import { certificateOf, type Entity } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

type CertificateEntity = Entity<"Certificate">;

/** CertificateLife is a certificate as it is presented, and from when on until when it is valid. */
export interface CertificateLife {
  readonly entity: CertificateEntity;
  readonly leaf: X509Certificate;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was read of a certificate that is stored: entities do not change. */
const known = new WeakMap<CertificateEntity, CertificateLife | null>();

/** lifeOf is the life of a certificate that is stored; undefined: it cannot be read. */
export function lifeOf(entity: CertificateEntity): CertificateLife | undefined {
  const before = known.get(entity);
  if (before !== undefined) return before ?? undefined;
  let life: CertificateLife | null = null;
  try {
    const leaf = new X509Certificate(entity.spec.certificate);
    life = { entity, leaf, fromMs: leaf.validFromDate.getTime(), toMs: leaf.validToDate.getTime() };
  } catch {
    // What an earlier version has stored, and this one cannot read, is presented by nobody.
  }
  known.set(entity, life);
  return life ?? undefined;
}

/** presentedCertificates are those of an account that a domain presents, each once. */
export function presentedCertificates(accountId: string, state: AccountState): readonly CertificateLife[] {
  const ids = new Set(state.list("DomainName", "").map(({ spec }) => certificateOf(spec, accountId)));
  return [...ids].flatMap((id) => {
    const entity = id === undefined ? undefined : state.find("Certificate", "", id);
    return (entity && lifeOf(entity)) ?? [];
  });
}

/** namesOf are the DNS names of a certificate. */
export const namesOf = ({ subjectAltName }: X509Certificate): string[] =>
  (subjectAltName ?? "").split(", ").flatMap((part) => (part.startsWith("DNS:") ? part.slice(4) : []));

/** isDue says whether less than a third of a certificate's life is left. */
export const isDue = ({ fromMs, toMs }: CertificateLife, nowMs: number): boolean =>
  toMs - nowMs < (toMs - fromMs) / 3;
