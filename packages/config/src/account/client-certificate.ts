import { z } from "zod";

/**
 * A certificate that the gateway shows to HTTP upstreams of a stage. Its key never enters the configuration: a node reads
 * {TOLLGATE_CLIENT_CERTIFICATES}/{id}/tls.crt and tls.key, the layout of a mounted Kubernetes TLS secret.
 */
export const clientCertificateSpec = z.strictObject({
  description: z.string().max(1024).optional(),
});
