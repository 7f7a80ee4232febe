import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { openAuthority } from "@tollgate/certificates";
import { ClientCertificates, clientCertificatesEnd } from "./client-certificates.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const authority = await (async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-authority-"));
  const opened = await openAuthority(folder);
  rmSync(folder, { recursive: true });
  return opened;
})();
const issue = (name: string, days = 1) =>
  authority.issue({ names: [name], validMs: days * DAY_MS, usage: "clientAuth" });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tollgate-client-certificates-"));
  const made = folder;
  onTestFinished(() => rmSync(made, { recursive: true }));
});

function write(id: string, files: { readonly certificate?: string; readonly privateKey?: string }): void {
  mkdirSync(join(folder, id), { recursive: true });
  if (files.certificate !== undefined) writeFileSync(join(folder, id, "tls.crt"), files.certificate);
  if (files.privateKey !== undefined) writeFileSync(join(folder, id, "tls.key"), files.privateKey);
}

it("replaced files are used after two seconds, and the same object until then", async () => {
  let nowMs = 0;
  const certificates = new ClientCertificates({ folder, nowMs: () => nowMs, report: () => undefined });
  const [first, second] = [await issue("first"), await issue("second")];
  write("one", first);
  const got = certificates.get("one");
  expect(got).toEqual(first);
  write("one", second);
  nowMs += 1_000;
  expect(certificates.get("one")).toBe(got);
  nowMs += 2_000;
  expect(certificates.get("one")).toEqual(second);
  nowMs += 2_000;
  expect(certificates.get("one")).toBe(certificates.get("one"));
});

it("what cannot be used is reported once, and what was read before stays", async () => {
  let nowMs = 0;
  const reports: string[] = [];
  const certificates = new ClientCertificates({
    folder,
    nowMs: () => nowMs,
    report: (message) => reports.push(message),
  });
  const [first, second] = [await issue("first"), await issue("second")];
  write("one", first);
  expect(certificates.get("one")).toEqual(first);
  write("one", { certificate: second.certificate });
  for (let i = 0; i < 3; i++) {
    nowMs += 2_000;
    expect(certificates.get("one")).toEqual(first);
  }
  expect(reports).toEqual([expect.stringMatching(/^client certificate 'one' is used as it was: .*key/)]);
  write("one", { privateKey: second.privateKey });
  nowMs += 2_000;
  expect(certificates.get("one")).toEqual(second);
  rmSync(join(folder, "one"), { recursive: true });
  nowMs += 2_000;
  expect(certificates.get("one")).toEqual(second);
  expect(reports).toHaveLength(2);
});

it("one that was never there is an error of whoever asks for it", () => {
  const options = { nowMs: () => 0, report: () => undefined };
  expect(() => new ClientCertificates({ ...options, folder }).get("one")).toThrow(/ENOENT/);
  expect(() => new ClientCertificates({ ...options, folder: undefined }).get("one")).toThrow(
    "client certificate 'one' is required, but TOLLGATE_CLIENT_CERTIFICATES is not set",
  );
});

it("the end of the first that ends is known, whatever else is in the folder", async () => {
  expect(clientCertificatesEnd(join(folder, "none"))).toBeUndefined();
  expect(clientCertificatesEnd(folder)).toBeUndefined();
  const [short, long] = [await issue("short", 1), await issue("long", 5)];
  write("long", long);
  write("short", short);
  write("broken", { certificate: "no certificate" });
  writeFileSync(join(folder, "file"), "no folder");
  expect(clientCertificatesEnd(folder)).toBe(new X509Certificate(short.certificate).validToDate.getTime());
});
