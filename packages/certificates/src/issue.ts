import "reflect-metadata";
import { createHash, createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { pemOf } from "./pem.ts";

/** P-256 with SHA-256: what every client of today's TLS takes, at a fifth of the cost of RSA. */
const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const;

/** Clocks differ: what was just issued is valid for those that are behind. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;
/** AWS's common names have at most so many characters (X.520, ub-common-name). */
const COMMON_NAME_MAX = 64;

cryptoProvider.set(webcrypto as unknown as Crypto);

/** Issued is a certificate and its private key, in PEM. */
export interface Issued {
  readonly certificate: string;
  /** PKCS #8. */
  readonly privateKey: string;
}

/** KeyType is the type of a new key. */
export type KeyType = "EC_prime256v1" | "RSA_2048";

const newKeys = (type: KeyType) =>
  webcrypto.subtle.generateKey(type === "RSA_2048" ? RSA : EC, true, [
    "sign",
    "verify",
  ]) as Promise<webcrypto.CryptoKeyPair>;

const privatePem = async (key: webcrypto.CryptoKey) =>
  pemOf("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", key));

/** A positive number of 16 bytes (RFC 5280, 4.1.2.2). */
const newSerial = (): string => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return bytes.toString("hex");
};

/** issueAuthority makes a certificate that signs others, signed by itself. */
export async function issueAuthority(name: string, validMs: number): Promise<Issued> {
  const keys = await newKeys("EC_prime256v1");
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }, { O: ["Tollgate"] }],
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(now + validMs),
    signingAlgorithm: EC,
    keys: keys as never,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: await privatePem(keys.privateKey) };
}

export interface IssueOptions {
  /** Host names, *.names and addresses; the first is the subject's. */
  readonly names: readonly [string, ...string[]];
  readonly validMs: number;
  readonly keyType?: KeyType;
  /** What it is for; absent: a server. */
  readonly usage?: "serverAuth" | "clientAuth";
}

/** acmeIdentifier (RFC 8737, 3). */
const ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
const OCTET_STRING = 0x04;
const DAY_MS = 24 * 60 * 60 * 1000;

/** challengeCertificate is what a server presents to an ACME authority that looks whether it has a name (tls-alpn-01, RFC 8737, 3). */
export async function challengeCertificate(name: string, keyAuthorization: string): Promise<Issued> {
  const keys = await newKeys("EC_prime256v1");
  const digest = createHash("sha256").update(keyAuthorization).digest();
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: ["ACME challenge"] }],
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(now + DAY_MS),
    signingAlgorithm: EC,
    keys: keys as never,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
      new Extension(ACME_IDENTIFIER, true, new Uint8Array([OCTET_STRING, digest.length, ...digest])),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: await privatePem(keys.privateKey) };
}

/** issuedFor makes a certificate, signed by an authority. */
export async function issuedFor(
  authority: Issued,
  { names, validMs, keyType = "EC_prime256v1", usage = "serverAuth" }: IssueOptions,
): Promise<Issued> {
  const keys = await newKeys(keyType);
  const issuer = new X509Certificate(authority.certificate);
  const pkcs8 = createPrivateKey(authority.privateKey).export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", new Uint8Array(pkcs8), EC, false, ["sign"]);
  const now = Date.now();
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(
      keyType === "RSA_2048"
        ? KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment
        : KeyUsageFlags.digitalSignature,
      true,
    ),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
    new SubjectAlternativeNameExtension(alternatives),
    await SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
  const [first] = names;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: first.length > COMMON_NAME_MAX ? [] : [{ CN: [first] }],
    issuer: issuer.subjectName,
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(Math.min(now + validMs, issuer.notAfter.getTime())),
    signingAlgorithm: EC,
    signingKey: signingKey as never,
    publicKey: keys.publicKey as never,
    extensions,
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: await privatePem(keys.privateKey) };
}
