import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import { createApplicationPort } from "./application-port.ts";
import { type AwsClient, startAwsClient } from "./aws-client.fixture.ts";

const ACCOUNT = "000000000000";
const DAY_MS = 24 * 60 * 60 * 1000;
const ARN = `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/ordered`;
const folder = mkdtempSync(join(tmpdir(), "tollgate-renewed-"));
let authority: Authority;
let aws: AwsClient;
beforeEach(async () => {
  authority = await openAuthority(join(folder, "own"));
  aws = await startAwsClient({
    issueCertificate: async ({ names, keyType }) => ({
      ...(await authority.issue({ names, keyType, validMs: DAY_MS })),
      certificateChain: authority.certificate,
    }),
  });
});
afterEach(async () => {
  await aws[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const renew = (CertificateArn: unknown) => aws.acm("RenewCertificate", { CertificateArn });
const shown = async (CertificateArn: unknown) => {
  const { Certificate } = await aws.acm("DescribeCertificate", { CertificateArn });
  return Certificate as { readonly Serial: string; readonly SubjectAlternativeNames: readonly string[] };
};

it.each(["RSA_2048", "EC_prime256v1"])(
  "RenewCertificate replaces a certificate of the internal authority at once, with its names, type of key (%s) and tags",
  async (KeyAlgorithm) => {
    const DomainName = "a.example.com";
    const asked = { DomainName, SubjectAlternativeNames: ["*.b.example.com"], KeyAlgorithm };
    const { CertificateArn } = await aws.acm("RequestCertificate", {
      ...asked,
      Tags: [{ Key: "team", Value: "a" }],
    });
    const before = await shown(CertificateArn);
    expect(await renew(CertificateArn)).toMatchObject({ status: 200 });
    const { Serial, ...after } = await shown(CertificateArn);
    expect(Serial).not.toBe(before.Serial);
    expect(after).toMatchObject({
      SubjectAlternativeNames: [DomainName, "*.b.example.com"],
      KeyAlgorithm: KeyAlgorithm.replace("RSA_", "RSA-"),
    });
    expect(await aws.acm("ListTagsForCertificate", { CertificateArn })).toMatchObject({
      Tags: [{ Key: "team", Value: "a" }],
    });
  },
);

it("RenewCertificate leaves a certificate to the control plane whose authority signed it, as clients trust no other", async () => {
  const { CertificateArn } = await aws.acm("RequestCertificate", { DomainName: "a.example.com" });
  const before = await shown(CertificateArn);
  authority = await openAuthority(join(folder, "another"));
  expect(await renew(CertificateArn)).toMatchObject({ status: 400, type: "InvalidStateException" });
  expect(await shown(CertificateArn)).toEqual(before);
});

it.each([
  ["at once, whatever else failed before", "dns", false],
  ["not before its authority takes orders again, which counts those of all accounts", "rateLimited", true],
])("RenewCertificate has the control plane order from a public authority: %s", async (_when, type, waits) => {
  const names = ["a.example.com"] as const;
  const failure = { type, message: "later", unixMs: Date.now() };
  const waiting = { failedAttempts: 3, failure, nextUnixMs: Date.now() + DAY_MS };
  const puts = [
    {
      kind: "CertificateRequest" as const,
      apiId: "",
      id: "ordered",
      spec: { names, authority: "ACME", progress: { issuer: "ACME", ...waiting } },
    },
    {
      kind: "Certificate" as const,
      apiId: "",
      id: "ordered",
      spec: { ...(await authority.issue({ names, validMs: DAY_MS })), origin: "ISSUED" },
    },
  ];
  await createApplicationPort(aws.application).change(ACCOUNT, () => ({ puts }));
  expect(await renew(ARN)).toMatchObject({ status: 200 });
  const asked = aws.application.mirror.account(ACCOUNT).find("CertificateRequest", "", "ordered")
    ?.spec.progress;
  expect(asked).toEqual({
    issuer: "ACME",
    ...(waits ? waiting : { failedAttempts: 0 }),
    renewalAskedUnixMs: expect.any(Number) as number,
  });
});
