import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { newChildId, shortIdRule } from "../identifier.ts";
import { tags } from "../tags.ts";

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).validTo !== "";
  } catch {
    return false;
  }
}

/**
 * A certificate that the gateway presents to HTTP upstreams of a stage. A node reads it from
 * {TOLLGATE_CLIENT_CERTIFICATES}/{id}/tls.crt and tls.key, the layout of a mounted Kubernetes TLS secret. One that the control plane
 * created is stored here too, so that it can be copied there.
 */
const spec = z.strictObject({
  description: z.string().max(1024).optional(),
  pemEncodedCertificate: z
    .string()
    .max(16_384)
    .refine(isCertificate, "must be a certificate in PEM: -----BEGIN CERTIFICATE-----")
    .optional(),
  /** PEM (PKCS #8). A secret. If absent, the stored one is kept. */
  privateKey: z.string().max(16_384).optional(),
  tags: tags.optional(),
});

export const ClientCertificate = defineKind({
  name: "ClientCertificate",
  about: "A certificate that the gateway presents to its upstreams (AWS: ClientCertificate).",
  spec,
  collection: "clientcertificates",
  id: shortIdRule(newChildId),
  quota: "clientCertificates",
  runtimeMembers: ["pemEncodedCertificate"],
  secret: { path: ["privateKey"] },
});
