import { randomUUID } from "node:crypto";
import { z } from "zod";
import { challengesArtifactName } from "../artifact-name.ts";
import { type ChallengesConfig, challenge } from "../certificate/challenge.ts";
import { certifiedName } from "../certificate/host-name.ts";
import { defineKind } from "../define-kind.ts";
import { tags } from "../tags.ts";

/** ACM's quota of names of a certificate. */
const NAMES_MAX = 10;

/** What came of it so far. Control planes write it, and nobody else. */
const progress = z.strictObject({
  /** What it was about: a request that is changed begins anew. */
  subject: z.string().optional(),
  /** Who was asked: once a certificate has come from an authority, its successors do, too. */
  issuer: z.enum(["ACME", "INTERNAL"]).optional(),
  /** The fingerprint (SHA-256, as X509Certificate has it) of the certificate that the public authority has issued last: only that one proves its names. */
  issued: z.string().optional(),
  /** Since when it is tried without having been issued. */
  beganUnixMs: z.int().optional(),
  /** Attempts that have failed one after the other. */
  failedAttempts: z.int().min(0).default(0),
  /** Why the last one failed, by the type of RFC 8555, 6.7, where the authority gave one. */
  failure: z.strictObject({ type: z.string(), message: z.string().max(4_096), unixMs: z.int() }).optional(),
  /** When somebody asked for another certificate before its time; absent: since it was issued, nobody has. */
  renewalAskedUnixMs: z.int().optional(),
  /** Nothing is tried before. */
  nextUnixMs: z.int().optional(),
  /** FAILED: the authority will not issue it. TIMED_OUT: 72 hours were not enough. Nothing is tried any more. */
  end: z.enum(["FAILED", "TIMED_OUT"]).optional(),
  /** What nodes respond to while the authority looks. */
  challenges: z.array(challenge).max(NAMES_MAX).optional(),
});

const spec = z.strictObject({
  /** Host names and *.names; the first is the subject's. */
  names: z
    .array(certifiedName)
    .min(1)
    .max(NAMES_MAX)
    .refine((names) => new Set(names).size === names.length, "must not have a name twice"),
  keyType: z.enum(["EC_prime256v1", "RSA_2048"]).default("EC_prime256v1"),
  /** Who signs it: ACME, the authority of TOLLGATE_ACME_DIRECTORY; INTERNAL; absent: the first where there is one. */
  authority: z.enum(["ACME", "INTERNAL"]).optional(),
  /** DNS: names are proved by a record of DNS, which their owner creates once; absent: by the nodes, and wildcards by DNS. */
  validation: z.literal("DNS").optional(),
  progress: progress.optional(),
  tags: tags.optional(),
});

export const CertificateRequest = defineKind({
  name: "CertificateRequest",
  about:
    "A certificate that control planes get, and renew, under the same id as a Certificate (AWS: a certificate that was requested of ACM).",
  spec,
  collection: "certificaterequests",
  id: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/,
    help: "must be 1 to 64 characters of a-z, A-Z, 0-9 and -",
    make: () => randomUUID(),
  },
  quota: "certificateRequests",
  delivery: {
    within: "itself",
    nameOf: (accountId, { id }) => challengesArtifactName(accountId, id),
    contentOf: (_accountId, { spec: { progress: { challenges } = {} } }): ChallengesConfig | undefined =>
      challenges === undefined || challenges.length === 0 ? undefined : { challenges },
  },
  runtimeMembers: ["progress"],
  keptMembers: ["progress"],
});
