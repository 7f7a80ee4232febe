import { createHash } from "node:crypto";

const HASH_CHARACTERS = 32;

/** ValidationRecord is the CNAME by which the owner of a name lets control planes prove it, once and for all renewals. */
export interface ValidationRecord {
  /** Without a dot at the end. */
  readonly name: string;
  readonly value: string;
}

/** validationRecord is the record of a name, the same for its wildcard (RFC 8555, 8.4), in the zone where an account's proofs are written. */
export function validationRecord(zone: string, accountId: string, name: string): ValidationRecord {
  const domain = name.replace(/^\*\./, "");
  const hash = createHash("sha256").update(`${accountId}/${domain}`).digest("hex");
  return { name: `_acme-challenge.${domain}`, value: `_${hash.slice(0, HASH_CHARACTERS)}.${zone}` };
}
