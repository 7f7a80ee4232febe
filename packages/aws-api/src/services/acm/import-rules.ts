import type { KeyObject, X509Certificate } from "node:crypto";
import { chainOf } from "@tollgate/config";
import { keyAlgorithmOf } from "./certificate-detail.ts";
import { acmError } from "./errors.ts";

/** What ACM imports (AWS: prerequisites for importing certificates). */
const ALGORITHMS: ReadonlySet<string> = new Set([
  "RSA_1024",
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "EC_prime256v1",
  "EC_secp384r1",
  "EC_secp521r1",
]);

/** That the key of a server may sign certificates is asked of authorities alone (RFC 5280, 4.2.1.3). */
const isSelfSigned = (one: X509Certificate): boolean =>
  one.subject === one.issuer && one.verify(one.publicKey);

const refused = (message: string) => acmError("ValidationException", message);

function refuseAlgorithm(key: KeyObject): void {
  const algorithm = keyAlgorithmOf(key);
  if (ALGORITHMS.has(algorithm)) return;
  const bits = key.asymmetricKeyDetails?.modulusLength;
  throw bits === undefined
    ? refused(`The key algorithm ${algorithm} is not supported: use one of ${[...ALGORITHMS].join(", ")}`)
    : refused(`The private key length ${bits} is not supported for key algorithm.`);
}

/**
 * refuseImport refuses a certificate that can be read, and that ACM does not import all the same: one of another algorithm, without its chain, or in its own chain.
 * What is wrong with any certificate is refused when it is written.
 */
export function refuseImport(certificate: string, chain: string | undefined): void {
  const [leaf, ...others] = chainOf(certificate) ?? [];
  const issuers = chain === undefined ? [] : chainOf(chain);
  if (!leaf || others.length > 0 || !issuers) return;
  refuseAlgorithm(leaf.publicKey);
  if (issuers.length === 0 && !isSelfSigned(leaf))
    throw refused(
      "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.",
    );
  const at = issuers.findIndex(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256);
  if (at >= 0)
    throw refused(
      `The certificate chain must not contain the certificate itself, which is at index ${at} of the chain.`,
    );
}
