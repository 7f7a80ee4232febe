import type { X509Certificate } from "node:crypto";

const RSA_LEAST_BITS = 2048;
/** Curves of 256 bits and more, by the names of OpenSSL. */
const CURVES: ReadonlySet<string | undefined> = new Set([
  "prime256v1",
  "secp256k1",
  "secp384r1",
  "secp521r1",
  "brainpoolP256r1",
  "brainpoolP384r1",
  "brainpoolP512r1",
]);
const WEAK_SIGNATURE = /md[245]|sha-?1(?!\d)/i;

/** weaknessOf is what makes a certificate too weak to prove who somebody is (AWS, mutual TLS: RSA of 2,048 bits, ECDSA of 256, SHA-256, or more); undefined: nothing. */
export function weaknessOf({
  publicKey,
  signatureAlgorithm,
  subject,
  issuer,
}: X509Certificate): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { modulusLength = 0, namedCurve } = {} } = publicKey;
  if ((type === "rsa" || type === "rsa-pss") && modulusLength < RSA_LEAST_BITS)
    return `its RSA key has ${modulusLength} bits: at least ${RSA_LEAST_BITS} are needed`;
  if (type === "ec" && !CURVES.has(namedCurve))
    return `its key is of the curve ${namedCurve}: one of at least 256 bits is needed`;
  if (type === "dsa") return "its key is of the type DSA: RSA or ECDSA is needed";
  // What signed itself is trusted as it is, not by its signature.
  if (subject !== issuer && WEAK_SIGNATURE.test(signatureAlgorithm ?? ""))
    return `it is signed with ${signatureAlgorithm}: SHA-256 or better is needed`;
  return undefined;
}
