import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, onPath, run } from "./cache.ts";

export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** selfSigned makes a key and a certificate that no authority vouches for. */
export async function selfSigned(commonName: string): Promise<Certificate> {
  if (!(await onPath("openssl"))) await aptInstall("openssl");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-certificate-"));
  try {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const names = ["-subj", `/CN=${commonName}`, "-addext", `subjectAltName=DNS:${commonName},IP:127.0.0.1`];
    await run("openssl", ["req", "-x509", ...options, ...names, "-keyout", key, "-out", certificate]);
    return { certificate: readFileSync(certificate, "utf8"), privateKey: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Authority is a certificate authority of a test's own. Everything is in PEM files, which go with it. */
export interface Authority extends AsyncDisposable {
  /** Its certificate. */
  readonly file: string;
  /**
   * A certificate of a common name and an organizational unit, valid for `names`: 127.0.0.1 and localhost, unless others are given. Negative
   * `days`: it has expired.
   */
  issue(
    commonName: string,
    unit: string,
    names?: string,
    days?: number,
  ): Promise<{ readonly certificate: string; readonly key: string }>;
}

export async function startAuthority(): Promise<Authority> {
  if (!(await onPath("openssl"))) await aptInstall("openssl");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-authority-"));
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const [file, ownKey] = [join(folder, "ca.pem"), join(folder, "ca-key.pem")];
  await run("openssl", [
    "req",
    "-x509",
    ...key,
    "-days",
    "2",
    "-subj",
    "/CN=Test CA",
    "-keyout",
    ownKey,
    "-out",
    file,
  ]);
  let issued = 0;
  return {
    file,
    async issue(commonName, unit, names = "DNS:localhost,IP:127.0.0.1", days = 2) {
      const at = join(folder, String(++issued));
      const [certificate, certificateKey] = [`${at}.pem`, `${at}-key.pem`];
      const request = `${at}.csr`;
      const subject = ["-subj", `/OU=${unit}/CN=${commonName}`, "-addext", `subjectAltName=${names}`];
      await run("openssl", ["req", ...key, ...subject, "-keyout", certificateKey, "-out", request]);
      const by = ["-CA", file, "-CAkey", ownKey, "-days", String(days), "-copy_extensions", "copy"];
      await run("openssl", ["x509", "-req", "-in", request, ...by, "-out", certificate]);
      return { certificate, key: certificateKey };
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}
