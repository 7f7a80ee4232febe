import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import type { Kind } from "@tollgate/config";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { certificateReadings } from "../http/metrics.ts";
import { startMemoryApplication } from "../memory-application.ts";
import type { IssueCertificate } from "./issue-certificate.ts";
import { renewCertificates } from "./renew-certificates.ts";

const ACCOUNT = "000000000000";
const DAY_MS = 24 * 60 * 60 * 1000;
const folder = mkdtempSync(join(tmpdir(), "tollgate-renewals-"));
let authority: Authority;
let application: Application & AsyncDisposable;
beforeAll(async () => {
  authority = await openAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  application = await startMemoryApplication();
});
afterEach(() => application[Symbol.asyncDispose]());

const put = (kind: Kind, id: string, spec: object) =>
  createApplicationPort(application).change(ACCOUNT, () => ({ puts: [{ kind, apiId: "", id, spec }] }));
const stored = (id: string) => application.mirror.account(ACCOUNT).find("Certificate", "", id)?.spec;
const leafOf = (id: string) => new X509Certificate(stored(id)?.certificate ?? "");

/** A certificate of thirty days, which a domain of the same name presents. */
async function presented(id: string, name: string, origin: "ISSUED" | "IMPORTED" = "ISSUED"): Promise<void> {
  const issued = await authority.issue({ names: [name, `www.${name}`], validMs: 30 * DAY_MS });
  await put("Certificate", id, {
    ...issued,
    certificateChain: authority.certificate,
    origin,
    tags: { team: "shop" },
  });
  await put("DomainName", name, {
    endpointConfiguration: { types: ["REGIONAL"] },
    regionalCertificateArn: id,
  });
}

const issue: IssueCertificate = async ({ names, keyType }) => ({
  ...(await authority.issue({ names, keyType, validMs: 90 * DAY_MS })),
  certificateChain: authority.certificate,
});
const renewAt = (days: number, by = issue) =>
  renewCertificates({
    application,
    issue: by,
    logger: { info: () => undefined, warn: () => undefined },
    nowMs: () => Date.now() + days * DAY_MS,
  });

it("a certificate that the gateway issued is renewed when less than a third of its life is left", async () => {
  await presented("own", "a.example.com");
  const before = stored("own");
  await renewAt(19);
  expect(stored("own")).toEqual(before);
  await renewAt(21);
  const after = stored("own");
  expect(after).toMatchObject({ origin: "ISSUED", tags: { team: "shop" } });
  expect(after?.privateKey).not.toBe(before?.privateKey);
  const { subjectAltName, validToDate, publicKey } = leafOf("own");
  expect([subjectAltName, publicKey.asymmetricKeyType]).toEqual([
    "DNS:a.example.com, DNS:www.a.example.com",
    "ec",
  ]);
  expect(validToDate.getTime() - Date.now()).toBeGreaterThan(89 * DAY_MS);
});

it("certificates that were imported, or that nobody presents, are not renewed", async () => {
  await presented("imported", "b.example.com", "IMPORTED");
  const spare = await authority.issue({ names: ["c.example.com"], validMs: 30 * DAY_MS });
  await put("Certificate", "spare", { ...spare, certificateChain: authority.certificate, origin: "ISSUED" });
  const before = [stored("imported"), stored("spare")];
  await renewAt(29);
  expect([stored("imported"), stored("spare")]).toEqual(before);
});

it("what another control plane has renewed meanwhile stays", async () => {
  await presented("own", "a.example.com");
  const next = await authority.issue({ names: ["a.example.com"], validMs: 60 * DAY_MS });
  await renewAt(25, async (request) => {
    await put("Certificate", "own", { ...next, certificateChain: authority.certificate, origin: "ISSUED" });
    return issue(request);
  });
  expect(stored("own")?.certificate).toBe(next.certificate);
});

it("one that the authority of another state directory signed is left to that one's control plane", async () => {
  await presented("own", "a.example.com");
  const before = stored("own");
  const other = await openAuthority(join(folder, "other"));
  let issuedCount = 0;
  const byOther: IssueCertificate = async ({ names, keyType }) => {
    issuedCount++;
    const issued = await other.issue({ names, keyType, validMs: 90 * DAY_MS });
    return { ...issued, certificateChain: other.certificate };
  };
  await renewAt(25, byOther);
  await renewAt(25, byOther);
  expect([stored("own"), issuedCount]).toEqual([before, 1]);
});

it("what was changed of a certificate while it is renewed stays", async () => {
  await presented("own", "a.example.com");
  const before = stored("own");
  await renewAt(25, async (request) => {
    await put("Certificate", "own", { ...before, tags: { team: "pets" } });
    return issue(request);
  });
  expect(stored("own")?.tags).toEqual({ team: "pets" });
  expect(stored("own")?.certificate).not.toBe(before?.certificate);
});

it("one that cannot be renewed keeps no other from it, and is reported", async () => {
  await presented("one", "a.example.com");
  await presented("two", "b.example.com");
  const before = [stored("one")?.certificate, stored("two")?.certificate];
  await expect(
    renewAt(25, async (request) => {
      if (request.names[0] === "a.example.com") throw new Error("the authority is away");
      return issue(request);
    }),
  ).rejects.toThrow("the authority is away");
  expect([stored("one")?.certificate, stored("two")?.certificate === before[1]]).toEqual([before[0], false]);
});

it("metrics say how long the certificates that domains present are valid, and how many are due", async () => {
  expect(certificateReadings(application, Date.now())).toEqual([]);
  await presented("one", "a.example.com");
  await presented("two", "b.example.com", "IMPORTED");
  const at = (days: number) =>
    certificateReadings(application, Date.now() + days * DAY_MS).map(({ value }) =>
      Math.round(Number(value)),
    );
  const [left = 0, due] = at(0);
  expect([Math.round(left / 86_400), due]).toEqual([30, 0]);
  const [later = 0, dueLater] = at(31);
  expect([Math.round(later / 86_400), dueLater]).toEqual([-1, 2]);
  // One that was uploaded with its domain, and does not name one, too.
  const { certificate, privateKey } = await authority.issue({
    names: ["c.example.com"],
    validMs: 6 * DAY_MS,
  });
  const uploaded = { certificateBody: certificate, certificatePrivateKey: privateKey };
  await put("DomainName", "c.example.com", { endpointConfiguration: { types: ["EDGE"] }, ...uploaded });
  const [leastLeft = 0, dueFirst] = at(5);
  expect([Math.round(leastLeft / 86_400), dueFirst]).toEqual([1, 1]);
});
