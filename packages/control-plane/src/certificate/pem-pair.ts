import { pemBlocks } from "@tollgate/certificates";
import { Refusal } from "../refusal.ts";

/** PemPair is a certificate with those that signed it and its key, all in PEM, as Secrets of type kubernetes.io/tls have it. */
export interface PemPair {
  readonly certificate: string;
  /** Empty: there are none. */
  readonly certificateChain: string;
  readonly privateKey: string;
}

/** pairOf takes the certificate, its chain and its key out of texts. It throws a Refusal with what is wrong, in words. */
export function pairOf(texts: readonly string[]): PemPair {
  const blocks = texts.flatMap((text) => pemBlocks(text));
  const [certificate, ...chain] = blocks.filter(({ label }) => label === "CERTIFICATE");
  const keys = blocks.filter(({ label }) => label.endsWith("PRIVATE KEY"));
  const [key] = keys;
  if (!certificate) throw new Refusal("invalid", "has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  if (!key) throw new Refusal("invalid", "has no private key in PEM (-----BEGIN PRIVATE KEY-----)");
  if (keys.length > 1) throw new Refusal("invalid", "has more than one private key");
  return {
    certificate: certificate.text,
    certificateChain: chain.map(({ text }) => text).join(""),
    privateKey: key.text,
  };
}

/** certificateSpecOf is what a pair gives the spec of a Certificate. */
export const certificateSpecOf = ({ certificateChain, ...rest }: PemPair): object =>
  certificateChain === "" ? rest : { ...rest, certificateChain };
