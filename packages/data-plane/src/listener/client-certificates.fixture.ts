import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const rsa = (modulusLength: number) =>
  ({
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength,
  }) as const;
const ALGORITHMS = { "P-256": EC, "RSA 1024": rsa(1024), "RSA 2048": rsa(2048) };
type KeyType = keyof typeof ALGORITHMS;
const HOUR_MS = 60 * 60 * 1000;

cryptoProvider.set(webcrypto as unknown as Crypto);

interface Made {
  readonly name: string;
  readonly keyType: KeyType;
  readonly keys: webcrypto.CryptoKeyPair;
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

interface MadeOptions {
  /** undefined: it signs itself. */
  readonly issuer?: Made | undefined;
  readonly isAuthority?: boolean;
  /** Hours from now. */
  readonly validHours?: readonly [from: number, to: number];
  readonly usage?: "clientAuth" | "serverAuth";
  /** Of its key. */
  readonly keyType?: KeyType;
  /** undefined: new ones. */
  readonly keys?: webcrypto.CryptoKeyPair;
  /** Of its signature. */
  readonly hash?: "SHA-256" | "SHA-1";
}

/** makeCertificate makes a certificate of a name such as "CN=shop, O=Example", for clients unless something else is said. */
export async function makeCertificate(
  name: string,
  {
    issuer,
    isAuthority = false,
    validHours: [from, to] = [-1, 1],
    usage = "clientAuth",
    keyType = "P-256",
    hash = "SHA-256",
    keys: given,
  }: MadeOptions = {},
): Promise<Made> {
  const keys =
    given ??
    ((await webcrypto.subtle.generateKey(ALGORITHMS[keyType], true, [
      "sign",
      "verify",
    ])) as webcrypto.CryptoKeyPair);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "0a1b2c3d4e5f",
    subject: name,
    issuer: issuer?.name ?? name,
    notBefore: new Date(Date.now() + from * HOUR_MS),
    notAfter: new Date(Date.now() + to * HOUR_MS),
    signingAlgorithm: { ...ALGORITHMS[(issuer ?? { keyType }).keyType], hash },
    signingKey: (issuer ?? { keys }).keys.privateKey as never,
    publicKey: keys.publicKey as never,
    extensions: [
      new BasicConstraintsExtension(isAuthority, undefined, true),
      new KeyUsagesExtension(isAuthority ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature, true),
      ...(isAuthority ? [] : [new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]])]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    name,
    keyType,
    keys,
    cert: `${certificate.toString("pem")}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`,
  };
}
