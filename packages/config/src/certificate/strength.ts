import type { KeyObject, X509Certificate } from "node:crypto";

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

/** The key of a certificate; undefined: OpenSSL cannot read it. */
function keyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

/** weakKeyOf is what makes the key of a certificate too weak for mutual TLS (AWS: RSA of 2,048 bits, ECDSA of 256, or more); undefined: nothing. */
export function weakKeyOf(certificate: X509Certificate): string | undefined {
  const key = keyOf(certificate);
  if (!key) return "its key cannot be read";
  const { asymmetricKeyType: type, asymmetricKeyDetails: { modulusLength = 0, namedCurve } = {} } = key;
  if ((type === "rsa" || type === "rsa-pss") && modulusLength < RSA_LEAST_BITS)
    return `its RSA key has ${modulusLength} bits: at least ${RSA_LEAST_BITS} are needed`;
  if (type === "ec" && !CURVES.has(namedCurve))
    return `its key is of the curve ${namedCurve}: one of at least 256 bits is needed`;
  return type === "dsa" ? "its key is of the type DSA: RSA or ECDSA is needed" : undefined;
}

/** weaknessOf is what makes a certificate too weak that others must believe by its signature (AWS: SHA-256 or better); undefined: nothing. */
export function weaknessOf(certificate: X509Certificate): string | undefined {
  const { signatureAlgorithm = "" } = certificate;
  if (WEAK_SIGNATURE.test(signatureAlgorithm))
    return `it is signed with ${signatureAlgorithm}: SHA-256 or better is needed`;
  return weakKeyOf(certificate);
}
