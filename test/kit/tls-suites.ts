/** The versions of TLS, as OpenSSL and Java name them, the oldest first. */
export const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** A certificate's type of key. */
export type CertificateKey = "rsa" | "ecdsa";

/** TlsSuite is what a client may offer. */
export interface TlsSuite {
  /** IANA's name. */
  readonly name: string;
  readonly openSsl: string;
  /** The first and last version that has it. */
  readonly versions: readonly [TlsVersion, TlsVersion];
  /** The key that it needs; undefined: any. */
  readonly key: CertificateKey | undefined;
}

const of13 = (name: string): TlsSuite => ({
  name,
  openSsl: name,
  versions: ["TLSv1.3", "TLSv1.3"],
  key: undefined,
});

/** AES128-GCM-SHA256 has RSA as its key exchange, and ECDHE-ECDSA-AES128-SHA a CBC mode: OpenSSL leaves both out. */
function older(openSsl: string): TlsSuite {
  const [, exchange = "RSA", cipher = "", hash = ""] =
    /^(?:(ECDHE-RSA|ECDHE-ECDSA|DHE-RSA)-)?(.*?)-?(SHA\d*|POLY1305)$/.exec(openSsl) ?? [];
  const algorithm = hash === "POLY1305" ? "CHACHA20_POLY1305" : cipher.replace(/^AES(\d+)/, "AES_$1");
  const mode = /GCM|CHACHA/.test(cipher) ? "" : "_CBC";
  const digest = hash === "POLY1305" ? "SHA256" : hash;
  const name = `TLS_${exchange.replace("-", "_")}_WITH_${algorithm.replace("-", "_")}${mode}_${digest}`;
  return {
    name,
    openSsl,
    versions: [hash === "SHA" ? "TLSv1" : "TLSv1.2", "TLSv1.2"],
    key: exchange.endsWith("ECDSA") ? "ecdsa" : "rsa",
  };
}

const suites = (names: string): readonly TlsSuite[] => names.split(" ").map(older);

/** The suites that security policies speak of, and some that none has. */
export const SUITES = {
  aes: ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"].map(of13),
  chacha13: ["TLS_CHACHA20_POLY1305_SHA256"].map(of13),
  gcm: suites(
    "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384",
  ),
  chacha: suites("ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305"),
  cbc: suites(
    "ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384",
  ),
  rsa: suites("AES128-GCM-SHA256 AES256-GCM-SHA384 AES128-SHA256 AES256-SHA256"),
  sha1: suites(
    "ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA AES128-SHA AES256-SHA",
  ),
  none: suites("DHE-RSA-AES128-GCM-SHA256 DHE-RSA-AES256-SHA256 DHE-RSA-AES128-SHA"),
} as const;

export const ALL_SUITES: readonly TlsSuite[] = Object.values(SUITES).flat();

/** suitesOf are those that a version has, for a certificate's key. */
export const suitesOf = (version: TlsVersion, key: CertificateKey): readonly TlsSuite[] => {
  const at = TLS_VERSIONS.indexOf(version);
  return ALL_SUITES.filter(
    ({ versions: [first, last], key: needs }) =>
      TLS_VERSIONS.indexOf(first) <= at &&
      at <= TLS_VERSIONS.indexOf(last) &&
      (needs === undefined || needs === key),
  );
};
