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

/** PresentedPem is what a domain presents, PEM: the certificate alone, those that signed it, from its issuer on, and its key. */
export interface PresentedPem {
  readonly certificate: string;
  readonly certificateChain?: string | undefined;
  readonly privateKey?: string | undefined;
}

/** checkPresented is what keeps a certificate from being presented, and the member that it is about; undefined: nothing. */
export function checkPresented({
  certificate,
  certificateChain,
  privateKey,
}: PresentedPem): readonly [Fact, keyof PresentedPem] | undefined {
  const leaves = chainOf(certificate);
  const [leaf] = leaves ?? [];
  if (leaves === undefined || leaf === undefined) return [facts.CERTIFICATE_UNREADABLE(), "certificate"];
  if (leaves.length > 1) return [facts.CERTIFICATE_NOT_ALONE(), "certificate"];
  const chain = certificateChain === undefined ? [] : chainOf(certificateChain);
  if (chain === undefined) return [facts.CERTIFICATE_UNREADABLE(), "certificateChain"];
  const wrongAt = [leaf, ...chain].findIndex((one, i, all) => {
    const issuer = all[i + 1];
    return issuer !== undefined && !(one.checkIssued(issuer) && one.verify(issuer.publicKey));
  });
  if (wrongAt >= 0) return [facts.CERTIFICATE_CHAIN_BROKEN({ index: wrongAt }), "certificateChain"];
  const problem = privateKey === undefined ? undefined : checkPair(leaf, privateKey);
  return problem && [problem, "privateKey"];
}
