import { createPrivateKey, X509Certificate } from "node:crypto";
import { facts } from "../facts.ts";
import type { Fact } from "../problem.ts";

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** chainOf is the certificates of a PEM text, in their order; undefined: there is none, or something else in it. */
export function chainOf(pem: string): readonly X509Certificate[] | undefined {
  const blocks = [...pem.matchAll(BLOCK)];
  const rest = pem.replaceAll(BLOCK, "");
  if (blocks.length === 0 || rest.includes("-----")) return undefined;
  try {
    return blocks.map(([block, label]) => {
      if (label !== "CERTIFICATE") throw new Error(`a block of ${label}`);
      return new X509Certificate(block);
    });
  } catch {
    return undefined;
  }
}

/** checkPair is what keeps a private key from being used with a certificate; undefined: nothing. */
export function checkPair(certificate: X509Certificate, privateKey: string): Fact | undefined {
  if (/ENCRYPTED/.test(privateKey)) return facts.PRIVATE_KEY_ENCRYPTED();
  try {
    const key = createPrivateKey(privateKey);
    return certificate.checkPrivateKey(key) ? undefined : facts.PRIVATE_KEY_OF_ANOTHER();
  } catch {
    return facts.PRIVATE_KEY_UNREADABLE();
  }
}
