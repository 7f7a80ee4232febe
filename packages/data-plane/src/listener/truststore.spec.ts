import { X509Certificate } from "node:crypto";
import { expect, it, onTestFinished, vi } from "vitest";
import { readTruststore } from "@tollgate/config";
import { makeCertificate } from "./client-certificates.fixture.ts";
import { Truststore } from "./truststore.ts";

const HOUR_MS = 60 * 60 * 1000;
const root = await makeCertificate("CN=Root", { isAuthority: true });
const strongRsa = await makeCertificate("CN=Strong RSA", { isAuthority: true, keyType: "RSA 2048" });
const weakRoot = await makeCertificate("CN=Weak", { isAuthority: true, keyType: "RSA 1024" });
const oldRoot = await makeCertificate("CN=Old", { isAuthority: true, hash: "SHA-1" });
const weakMiddle = await makeCertificate("CN=Weak middle", {
  issuer: root,
  isAuthority: true,
  keyType: "RSA 1024",
});
const oldMiddle = await makeCertificate("CN=Old middle", { issuer: root, isAuthority: true, hash: "SHA-1" });
const authorities = [root, strongRsa, weakRoot, oldRoot, weakMiddle, oldMiddle];
const truststore = new Truststore(authorities.map(({ cert }) => cert).join(""));

it.each([
  ["ECDSA", { issuer: root }, true],
  ["RSA of 2,048 bits", { issuer: root, keyType: "RSA 2048" }, true],
  ["RSA of 2,048 bits, by RSA", { issuer: strongRsa, keyType: "RSA 2048" }, true],
  ["RSA of 1,024 bits", { issuer: root, keyType: "RSA 1024" }, false],
  ["a signature with SHA-1", { issuer: root, hash: "SHA-1" }, false],
  ["a weak root", { issuer: weakRoot }, false],
  ["a root that signed itself with SHA-1, which is trusted as it is", { issuer: oldRoot }, true],
  ["a weak authority below a root", { issuer: weakMiddle }, false],
  ["an authority below a root, signed with SHA-1", { issuer: oldMiddle }, false],
] as const)("a certificate with %s", async (_what, options, isTrusted) => {
  const { cert } = await makeCertificate("CN=shop", options);
  expect(truststore.trusts(new X509Certificate(cert), Date.now())).toBe(isTrusted);
});

it("a certificate that has the name of its authority is not taken for one that is trusted as it is", async () => {
  const { cert } = await makeCertificate("CN=Root", { issuer: root, hash: "SHA-1" });
  expect(truststore.trusts(new X509Certificate(cert), Date.now())).toBe(false);
});

it("authorities of one name and one key at each level are not all tried", async () => {
  const levels = [[root]];
  for (const name of ["CN=A", "CN=B", "CN=C", "CN=D"]) {
    const [issuer] = levels.at(-1) ?? [];
    const first = await makeCertificate(name, { issuer, isAuthority: true });
    const { keys } = first;
    const more = Array.from({ length: 4 }, () => makeCertificate(name, { issuer, isAuthority: true, keys }));
    levels.push([first, ...(await Promise.all(more))]);
  }
  const wide = new Truststore(levels.flatMap((level) => level.map(({ cert }) => cert)).join(""));
  const [issuer] = levels.at(-1) ?? [];
  const certificate = new X509Certificate((await makeCertificate("CN=shop", { issuer })).cert);
  const verify = vi.spyOn(X509Certificate.prototype, "verify");
  onTestFinished(() => verify.mockRestore());
  expect(wide.trusts(certificate, Date.now())).toBe(false);
  expect(verify.mock.calls.length).toBeLessThanOrEqual(64);
});

it("is trusted while it and its authorities are valid", async () => {
  const certificate = new X509Certificate((await makeCertificate("CN=shop", { issuer: root })).cert);
  const at = (hours: number) => truststore.trusts(certificate, Date.now() + hours * HOUR_MS);
  expect([at(-2), at(0), at(2)]).toEqual([false, true, false]);
});

it("weak authorities are warnings of a truststore", () => {
  const { warnings } = readTruststore(authorities.map(({ cert }) => cert).join(""), Date.now());
  expect(warnings).toEqual([
    "Certificate is too weak: its RSA key has 1024 bits: at least 2048 are needed. Subject: CN=Weak",
    "Certificate is too weak: its RSA key has 1024 bits: at least 2048 are needed. Subject: CN=Weak middle",
    "Certificate is too weak: it is signed with ecdsa-with-SHA1: SHA-256 or better is needed. Subject: CN=Old middle",
  ]);
});
