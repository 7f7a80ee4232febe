import { X509Certificate } from "node:crypto";
import { certificateOf, type Entity, uploadedOf } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

type CertificateEntity = Entity<"Certificate">;

/** Life is a certificate, and from when on until when it is valid. */
export interface Life {
  readonly leaf: X509Certificate;
  readonly fromMs: number;
  readonly toMs: number;
}

/** CertificateLife is the life of a certificate that is stored. */
export interface CertificateLife extends Life {
  readonly entity: CertificateEntity;
}

/** What was read of certificates, by the entity that they are in: entities do not change. */
const known = new WeakMap<Entity, Life | null>();

/** The life of a certificate that an entity has, PEM; undefined: it cannot be read. */
function lifeIn(entity: Entity, certificate: string): Life | undefined {
  const before = known.get(entity);
  if (before !== undefined) return before ?? undefined;
  let life: Life | null = null;
  try {
    const leaf = new X509Certificate(certificate);
    life = { leaf, fromMs: leaf.validFromDate.getTime(), toMs: leaf.validToDate.getTime() };
  } catch {
    // What an earlier version has stored, and this one cannot read, is presented by nobody.
  }
  known.set(entity, life);
  return life ?? undefined;
}

/** lifeOf is the life of a certificate that is stored; undefined: it cannot be read. */
export function lifeOf(entity: CertificateEntity): CertificateLife | undefined {
  const life = lifeIn(entity, entity.spec.certificate);
  return life && { entity, ...life };
}

/** presentedCertificates are those of an account that a domain presents, each once. */
export function presentedCertificates(accountId: string, state: AccountState): readonly CertificateLife[] {
  const ids = new Set(state.list("DomainName", "").map(({ spec }) => certificateOf(spec, accountId)));
  return [...ids].flatMap((id) => {
    const entity = id === undefined ? undefined : state.find("Certificate", "", id);
    return (entity && lifeOf(entity)) ?? [];
  });
}

/** presentedLives are the lives of all certificates that domains of an account present, those that were uploaded with a domain too. */
export const presentedLives = (accountId: string, state: AccountState): readonly Life[] => [
  ...presentedCertificates(accountId, state),
  ...state.list("DomainName", "").flatMap((domain) => {
    const uploaded = uploadedOf(accountId, domain.spec);
    return (uploaded && lifeIn(domain, uploaded.certificate)) ?? [];
  }),
];

/** namesOf are the DNS names of a certificate. */
export const namesOf = ({ subjectAltName }: X509Certificate): string[] =>
  (subjectAltName ?? "").split(", ").flatMap((part) => (part.startsWith("DNS:") ? part.slice(4) : []));

/** isDue says whether less than a third of a certificate's life is left. */
export const isDue = ({ fromMs, toMs }: Life, nowMs: number): boolean => toMs - nowMs < (toMs - fromMs) / 3;
