import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import type { Entity } from "@tollgate/config";
import { changeAccount } from "../change/change.ts";
import { createApplicationPort } from "./application-port.ts";
import { type AwsClient, startAwsClient } from "./aws-client.fixture.ts";

const ACCOUNT = "000000000000";
const DAY_MS = 24 * 60 * 60 * 1000;
const DOMAIN = "shop.example.com";
const OPERATOR = { name: "someone", roles: ["admin"] as const };
const arnOf = (id: string) => `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/${id}`;
const MUTUAL = { mutualTlsAuthentication: { truststoreUri: "s3://trust/partners.pem" } };
const MUTUAL_ELSEWHERE = { mutualTlsAuthentication: { truststoreUri: "s3://trust/others.pem" } };

let authority: Authority;
let aws: AwsClient;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-ownership-"));
  authority = await openAuthority(folder);
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  vi.useRealTimers();
  await aws[Symbol.asyncDispose]();
});

/** Certificates of an account: one that was imported, and others of a public authority, one of which ends after a day. */
async function start(ordersCertificates: boolean, imported: readonly string[] = [DOMAIN]) {
  aws = await startAwsClient({ ordersCertificates });
  const certificate = async (id: string, names: readonly string[], days: number, more: object = {}) => {
    const issued = await authority.issue({ names: names as [string], validMs: days * DAY_MS });
    return { kind: "Certificate" as const, apiId: "", id, spec: { ...issued, ...more } };
  };
  const publicOf = async (id: string, names: readonly string[], days: number) => {
    const one = await certificate(id, names, days, { origin: "ISSUED" });
    const progress = { issuer: "ACME", issued: new X509Certificate(one.spec.certificate).fingerprint256 };
    return [
      { kind: "CertificateRequest" as const, apiId: "", id, spec: { names, authority: "ACME", progress } },
      one,
    ];
  };
  const puts = [
    await certificate("imported", imported, 30),
    ...(await publicOf("public", [DOMAIN], 30)),
    ...(await publicOf("short", [DOMAIN], 1)),
    ...(await publicOf("other", ["other.example.com"], 30)),
    ...(await publicOf("replaced", ["own.example.com"], 30)),
  ];
  await createApplicationPort(aws.application).change(ACCOUNT, () => ({ puts }));
}

const v1 = (ownership: string | undefined, more: object = MUTUAL, presented = "imported") =>
  aws.call("POST /domainnames", {
    domainName: DOMAIN,
    regionalCertificateArn: arnOf(presented),
    endpointConfiguration: { types: ["REGIONAL"] },
    ...(ownership === undefined ? {} : { ownershipVerificationCertificateArn: ownership }),
    ...more,
  });
const v2 = (ownership: string | undefined) =>
  aws.call("POST /v2/domainnames", {
    domainName: DOMAIN,
    domainNameConfigurations: [
      {
        certificateArn: arnOf("imported"),
        endpointType: "REGIONAL",
        ...(ownership === undefined ? {} : { ownershipVerificationCertificateArn: ownership }),
      },
    ],
    ...MUTUAL,
  });

describe("where certificates come from a public authority, a domain with mutual TLS", () => {
  it.each([
    ["version 1", v1],
    ["version 2", v2],
  ])(
    "proves with a public certificate whose name it is, if it presents an imported one (%s)",
    async (_, create) => {
      await start(true);
      expect(await create(undefined)).toMatchObject({
        status: 400,
        message: "Missing ownershipVerificationCertificate.",
      });
      for (const [id, message] of [
        ["imported", /must be a certificate of this account that was requested from the public authority/],
        ["none", /must be a certificate of this account/],
        ["other", /is not valid for shop\.example\.com/],
      ] as const)
        expect(await create(arnOf(id))).toMatchObject({
          status: 400,
          message: expect.stringMatching(message) as string,
        });
      const elsewhere = "arn:aws:acm:us-east-1:999999999999:certificate/public";
      expect(await create(elsewhere)).toMatchObject({ status: 400 });
      expect(await create(arnOf("public"))).toMatchObject({ status: 201 });
    },
  );

  it("needs no other certificate if it presents a public one, nor does one without mutual TLS", async () => {
    await start(true);
    expect(await v1(undefined, MUTUAL, "public")).toMatchObject({ status: 201 });
    await aws.made(`DELETE /domainnames/${DOMAIN}`);
    expect(await v1(undefined, {})).toMatchObject({ status: 201 });
    const patch = {
      op: "add",
      path: "/mutualTlsAuthentication/truststoreUri",
      value: "s3://trust/partners.pem",
    };
    expect(await aws.call(`PATCH /domainnames/${DOMAIN}`, { patchOperations: [patch] })).toMatchObject({
      status: 400,
      message: "Missing ownershipVerificationCertificate.",
    });
  });
});

it("no way in takes a domain with mutual TLS whose name is not proved: what manifests and stacks write is checked where all is written", async () => {
  await start(true);
  const put = (more: object) =>
    createApplicationPort(aws.application).change(ACCOUNT, () => ({
      puts: [
        {
          kind: "DomainName",
          apiId: "",
          id: DOMAIN,
          spec: {
            regionalCertificateArn: "imported",
            endpointConfiguration: { types: ["REGIONAL"] },
            mutualTlsAuthentication: { truststore: authority.certificate },
            ...more,
          },
        },
      ],
    }));
  const path = `DomainName/${DOMAIN}.ownershipVerificationCertificateArn`;
  const refusedWith = (code: string) => ({ problems: [expect.objectContaining({ code, path }) as object] });
  await expect(put({})).rejects.toMatchObject(refusedWith("OWNERSHIP_MISSING"));
  const proved = (id: string) => put({ ownershipVerificationCertificateArn: id });
  await expect(proved("imported")).rejects.toMatchObject(refusedWith("OWNERSHIP_NOT_PUBLIC"));
  await expect(proved("other")).rejects.toMatchObject(refusedWith("OWNERSHIP_LAPSED"));
  await proved("public");
  await expect(put({})).rejects.toMatchObject(refusedWith("OWNERSHIP_MISSING"));
});

it("a domain that was there before its gateway had a public authority is served as it was, and may lead elsewhere", async () => {
  await start(false);
  expect(await v1(undefined)).toMatchObject({ status: 201 });
  const later = { ...aws.application, ordersCertificates: true };
  const write = (more: object) =>
    createApplicationPort(later).change(ACCOUNT, (account) => {
      const { entity } = account.get("DomainName", "", DOMAIN) ?? {};
      return { puts: [{ ...(entity as NonNullable<typeof entity>), spec: { ...entity?.spec, ...more } }] };
    });
  await write({ tags: { team: "shop" } });
  // As a truststore that can be read by now is written, with whatever else changes.
  const truststore = authority.certificate;
  await write({
    tags: {},
    mutualTlsAuthentication: { ...MUTUAL.mutualTlsAuthentication, truststore },
  });
  for (const other of [MUTUAL_ELSEWHERE, { securityPolicy: "TLS_1_2" }])
    await expect(write(other)).rejects.toMatchObject({ problems: [{ code: "OWNERSHIP_MISSING" }] });
});

it("what is imported in place of a certificate that was requested proves nothing, and what is presented by it has to be proved", async () => {
  await start(true);
  const spec = await authority.issue({ names: [DOMAIN], validMs: DAY_MS });
  // As ImportCertificate with the ARN writes it.
  await createApplicationPort(aws.application).change(ACCOUNT, () => ({
    puts: [{ kind: "Certificate", apiId: "", id: "replaced", spec }],
  }));
  expect(await v1(arnOf("replaced"))).toMatchObject({
    status: 400,
    message: expect.stringMatching(/was requested from the public authority/) as string,
  });
  expect(await v1(undefined, MUTUAL, "replaced")).toMatchObject({
    status: 400,
    message: "Missing ownershipVerificationCertificate.",
  });
});

it("what says itself that it was issued proves nothing: control planes know which one was", async () => {
  await start(true);
  const forged = { ...(await authority.issue({ names: [DOMAIN], validMs: DAY_MS })), origin: "ISSUED" };
  const progress = { issuer: "ACME", issued: new X509Certificate(forged.certificate).fingerprint256 };
  // As a manifest writes it: the request of another name, which was issued, and one that never was.
  await changeAccount(aws.application, {
    accountId: ACCOUNT,
    asker: OPERATOR,
    want: () => ({
      entities: ["replaced", "never"].flatMap((id) => [
        {
          kind: "CertificateRequest",
          apiId: "",
          id,
          labels: {},
          spec: { names: [DOMAIN], authority: "ACME", progress },
        },
        { kind: "Certificate", apiId: "", id, labels: {}, spec: forged },
      ]) as Entity[],
    }),
  });
  for (const id of ["replaced", "never"]) {
    expect(await v1(arnOf(id))).toMatchObject({
      status: 400,
      message: expect.stringMatching(/was requested from the public authority/) as string,
    });
    expect(await v1(undefined, MUTUAL, id)).toMatchObject({
      status: 400,
      message: "Missing ownershipVerificationCertificate.",
    });
  }
});

it("without a public authority nothing can prove a name, and nothing has to", async () => {
  await start(false);
  expect(await v1(undefined)).toMatchObject({ status: 201 });
});

it("a domain whose proof has ended shows so, and is changed only by naming another one", async () => {
  await start(false);
  expect(await v1(arnOf("short"), {})).toMatchObject({ status: 201, domainNameStatus: "AVAILABLE" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * DAY_MS });
  const pending = {
    domainNameStatus: "PENDING_OWNERSHIP_VERIFICATION",
    domainNameStatusMessage: `the ownership verification certificate ${arnOf("short")} has expired: renew it, or name another one`,
  };
  expect(await aws.call(`GET /domainnames/${DOMAIN}`)).toMatchObject(pending);
  expect(await aws.call(`GET /v2/domainnames/${DOMAIN}`)).toMatchObject({
    domainNameConfigurations: [pending],
  });
  const patch = (path: string, value: string) =>
    aws.call(`PATCH /domainnames/${DOMAIN}`, { patchOperations: [{ op: "replace", path, value }] });
  expect(await patch("/securityPolicy", "TLS_1_2")).toMatchObject({ status: 400 });
  expect(await patch("/ownershipVerificationCertificateArn", arnOf("public"))).toMatchObject({
    status: 200,
    domainNameStatus: "AVAILABLE",
  });
});

it("a domain that presents a name that its owner has not proved waits for another import", async () => {
  await start(false);
  await v1(arnOf("public"), {});
  const again = await authority.issue({ names: [DOMAIN, "bank.example.com"], validMs: DAY_MS });
  await createApplicationPort(aws.application).change(ACCOUNT, () => ({
    puts: [{ kind: "Certificate", apiId: "", id: "imported", spec: again }],
  }));
  expect(await aws.call(`GET /domainnames/${DOMAIN}`)).toMatchObject({
    domainNameStatus: "PENDING_CERTIFICATE_REIMPORT",
    domainNameStatusMessage: expect.stringContaining("is for bank.example.com") as string,
  });
});
