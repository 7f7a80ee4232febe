import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { cryptoProvider, X509CertificateGenerator } from "@peculiar/x509";

const KEY = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const pem = (label: string, der: ArrayBuffer): string => {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
};

/** NewCertificate is a private key and its self-signed certificate, in PEM. */
export interface NewCertificate {
  readonly pemEncodedCertificate: string;
  readonly privateKey: string;
}

/** newCertificate creates an RSA key of 2048 bits and a self-signed certificate, as AWS's client certificates are. */
export async function newCertificate({
  commonName,
  validMs,
}: {
  readonly commonName: string;
  readonly validMs: number;
}): Promise<NewCertificate> {
  cryptoProvider.set(webcrypto as unknown as Crypto);
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const notBefore = new Date();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    notBefore,
    notAfter: new Date(notBefore.getTime() + validMs),
    signingAlgorithm: KEY,
    keys: keys as webcrypto.CryptoKeyPair,
  });
  return {
    pemEncodedCertificate: `${certificate.toString("pem")}\n`,
    privateKey: pem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)),
  };
}
