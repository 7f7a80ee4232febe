import { randomUUID } from "node:crypto";
import { z } from "zod";
import { certificateArtifactName } from "../artifact-name.ts";
import { checkPresented } from "../certificate/check.ts";
import { defineKind } from "../define-kind.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";

/** AWS's limits of an import (ACM: ImportCertificate). */
const CERTIFICATE_MAX = 32_768;
const CHAIN_MAX = 2_097_152;
const KEY_MAX = 8_192;

const spec = z
  .strictObject({
    /** PEM: the certificate alone. */
    certificate: z.string().min(1).max(CERTIFICATE_MAX),
    /** PEM: those that signed it, from its issuer on, without a root that clients have. */
    certificateChain: z.string().min(1).max(CHAIN_MAX).optional(),
    /** PEM, not encrypted. A secret. If absent, the stored one is kept; without any, no domain presents the certificate. */
    privateKey: z.string().min(1).max(KEY_MAX).optional(),
    /** ISSUED: by the internal authority; absent: it was imported. */
    origin: z.enum(["IMPORTED", "ISSUED"]).optional(),
    tags: tags.optional(),
  })
  .superRefine((presented, context) => {
    const [problem, member] = checkPresented(presented) ?? [];
    if (problem && member) raise(context, problem, [member]);
  });

/** CertificateConfig is a certificate as it is delivered. */
export interface CertificateConfig {
  readonly accountId: string;
  readonly id: string;
  /** PEM: the certificate, and those that signed it. */
  readonly certificate: string;
  readonly privateKey: string;
}

export const Certificate = defineKind({
  name: "Certificate",
  about: "A certificate that custom domains present with HTTPS (AWS: a certificate of ACM).",
  spec,
  collection: "certificates",
  id: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/,
    help: "must be 1 to 64 characters of a-z, A-Z, 0-9 and -",
    make: () => randomUUID(),
  },
  /** (2,500) */
  quota: "certificates",
  delivery: {
    within: "itself",
    nameOf: (accountId, { id }) => certificateArtifactName(accountId, id),
    contentOf: (
      accountId,
      { id, spec: { certificate, certificateChain = "", privateKey } },
    ): CertificateConfig | undefined =>
      privateKey === undefined
        ? undefined
        : { accountId, id, certificate: `${certificate.trim()}\n${certificateChain}`, privateKey },
  },
  secret: { path: ["privateKey"] },
});
