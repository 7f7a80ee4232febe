import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openAuthority } from "./authority.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-authority-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "certificates");
}

it("an authority is made once, also by several that begin together, and only its owner reads its key", async () => {
  const folder = newFolder();
  const all = await Promise.all([openAuthority(folder), openAuthority(folder), openAuthority(folder)]);
  const later = await openAuthority(folder);
  expect(new Set([...all, later].map(({ certificate }) => certificate)).size).toBe(1);
  expect(statSync(join(folder, "authority.pem")).mode & 0o777).toBe(0o600);
  expect(readFileSync(later.file, "utf8")).toBe(later.certificate);
  const certificate = new X509Certificate(later.certificate);
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
});

it.each(["EC_prime256v1", "RSA_2048"] as const)(
  "what it issues (%s) is valid for its names alone",
  async (keyType) => {
    const authority = await openAuthority(newFolder());
    const names = ["localhost", "*.execute-api.example.com", "127.0.0.1", "::1"] as const;
    const { certificate, privateKey } = await authority.issue({ names, validMs: DAY_MS, keyType });
    const leaf = new X509Certificate(certificate);
    const issuer = new X509Certificate(authority.certificate);
    expect(leaf.verify(issuer.publicKey)).toBe(true);
    expect(leaf.checkIssued(issuer)).toBe(true);

    expect(leaf.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
    expect(leaf.checkHost("localhost")).toBe("localhost");
    expect(leaf.checkHost("a1b2.execute-api.example.com")).toBeDefined();
    expect(leaf.checkHost("example.com")).toBeUndefined();
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.ca).toBe(false);
    expect(Date.parse(leaf.validTo)).toBeLessThanOrEqual(Date.now() + DAY_MS);
  },
);

it("an authority whose file is damaged is not replaced: its clients trust it", async () => {
  const folder = newFolder();
  await openAuthority(folder);
  writeFileSync(join(folder, "authority.pem"), "-----BEGIN CERTIFICATE-----\n");
  await expect(openAuthority(folder)).rejects.toThrow(/must have a certificate and its private key in PEM/);
});
