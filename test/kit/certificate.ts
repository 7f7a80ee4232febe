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
