import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AwsClient } from "./aws-client.fixture.ts";
import { BAD, patch } from "./refusal-row.fixture.ts";
import { patchOf, refusalsOfDomains } from "./refusals-of-domains.fixture.ts";
import {
  ACCOUNT,
  arnOf,
  DAY_MS,
  given,
  NOWHERE,
  refused,
  shown,
  startWithCertificates,
} from "./refused-certificates.fixture.ts";

let aws: AwsClient;
beforeAll(async () => {
  aws = await startWithCertificates();
});
afterAll(() => aws[Symbol.asyncDispose]());

const OTHER_ACCOUNT = arnOf("short", { account: "123456789012" });
const OWNED = "The certificate provided must be owned by the account creating the domain.";
const inRegion = (arn: string) => `Invalid certificate ARN: ${arn}. Certificate must be in 'us-east-1'.`;

/** What each way to name a certificate refuses. */
const named: readonly [what: string, arn: () => string, message: () => string | RegExp][] = [
  ["an id", () => "short", () => "Invalid certificate ARN: short"],
  [
    "an ARN of another service",
    () => arnOf("short", { service: "iam" }),
    () => `Invalid certificate ARN: ${arnOf("short", { service: "iam" })}`,
  ],
  [
    "an ARN with more behind it",
    () => arnOf("short/more"),
    () => `Invalid certificate ARN: ${arnOf("short/more")}`,
  ],
  ["an ARN without a certificate", () => arnOf(""), () => `Invalid certificate ARN: ${arnOf("")}`],
  [
    "a certificate of another region",
    () => arnOf("short", { region: "eu-west-1" }),
    () => inRegion(arnOf("short", { region: "eu-west-1" })),
  ],
  ["a certificate of another account", () => OTHER_ACCOUNT, () => OWNED],
  ["what is not there", () => NOWHERE, () => "The provided certificate does not exist."],
  [
    "what is not issued yet",
    () => arnOf("pending"),
    () => `Certificate ${arnOf("pending")} in account ${ACCOUNT} not yet issued`,
  ],
  [
    "a certificate of other names",
    () => given.imported as string,
    () => "The domain name to be created is not covered by the provided certificate.",
  ],
];

const v1 = (type: string, member: string) => (arn: string) =>
  aws.call("POST /domainnames", {
    domainName: "new.example.com",
    endpointConfiguration: { types: [type] },
    [member]: arn,
  });
const v2 = (call: string) => (arn: string) =>
  aws.call(call, { domainName: "new.example.com", domainNameConfigurations: [{ certificateArn: arn }] });
const ways: readonly [what: string, create: (arn: string) => ReturnType<AwsClient["call"]>][] = [
  ["CreateDomainName of version 1, REGIONAL", v1("REGIONAL", "regionalCertificateArn")],
  ["CreateDomainName of version 1, EDGE", v1("EDGE", "certificateArn")],
  ["CreateDomainName of version 1, PRIVATE", v1("PRIVATE", "certificateArn")],
  [
    "UpdateDomainName of version 1, REGIONAL",
    (arn) => aws.call("PATCH /domainnames/regional.example.com", patchOf("/regionalCertificateArn", arn)),
  ],
  [
    "UpdateDomainName of version 1, EDGE",
    (arn) => aws.call("PATCH /domainnames/edge.example.com", patchOf("/certificateArn", arn)),
  ],
  ["CreateDomainName of version 2", v2("POST /v2/domainnames")],
  ["UpdateDomainName of version 2", v2("PATCH /v2/domainnames/regional.example.com")],
];

describe.each(ways)("%s refuses", (_way, create) => {
  it.each(named)("%s", async (_what, arn, message) => {
    expect(shown(await create(arn()))).toEqual(refused(400, BAD, message()));
  });

  it("a certificate that has expired", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * DAY_MS });
    try {
      const message = `Certificate ${arnOf("short")} in account ${ACCOUNT} has expired`;
      expect(shown(await create(arnOf("short")))).toEqual(refused(400, BAD, message));
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("domains: AWS's clients are refused", () => {
  it.each(refusalsOfDomains)("%s", async (_what, request, body, message, code = BAD) => {
    const { type, message: said } = await aws.call(request, body());
    const { status: _status, ...wanted } = refused(400, code, message);
    expect({ type, message: said }).toEqual(wanted);
  });

  it("a hint beside AWS's sentence says what would be right", async () => {
    const body = { domainName: "a.example.com", regionalCertificateArn: OTHER_ACCOUNT };
    const answer = await aws.call("POST /domainnames", {
      ...body,
      endpointConfiguration: { types: ["REGIONAL"] },
    });
    expect(answer.hint).toBe(`${OTHER_ACCOUNT} is of the account 123456789012: it must be ${arnOf("{id}")}`);
  });
});

it("an EDGE domain becomes REGIONAL in one update, which replaces its certificate by that of the other type and by nothing, as Terraform does", async () => {
  const domainName = "right.example.com";
  await aws.made("POST /domainnames", { domainName, certificateArn: given.imported });
  const update = patch(
    ["replace", "/certificateArn", ""],
    ["replace", "/regionalCertificateArn", given.imported as string],
    ["replace", "/endpointConfiguration/types/EDGE", "REGIONAL"],
  );
  const { certificateArn, ...changed } = await aws.call(`PATCH /domainnames/${domainName}`, update);
  expect([changed, certificateArn]).toMatchObject([
    { status: 200, regionalCertificateArn: given.imported, endpointConfiguration: { types: ["REGIONAL"] } },
    undefined,
  ]);
  await aws.made(`DELETE /domainnames/${domainName}`);
});

it("a domain keeps the certificate that it has, in both versions of the API and whatever becomes of it, until another one is named", async () => {
  const domainName = "right.example.com";
  const types = { endpointConfiguration: { types: ["REGIONAL"] } };
  await aws.made("POST /domainnames", { domainName, regionalCertificateArn: arnOf("short"), ...types });
  expect(await aws.call(`GET /v2/domainnames/${domainName}`)).toMatchObject({
    domainNameConfigurations: [{ certificateArn: arnOf("short"), endpointType: "REGIONAL" }],
  });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * DAY_MS });
  try {
    const path = `PATCH /domainnames/${domainName}`;
    expect(await aws.call(path, patchOf("/securityPolicy", "TLS_1_2"))).toMatchObject({ status: 200 });
    expect(await aws.call(path, patchOf("/regionalCertificateArn", given.imported as string))).toMatchObject({
      status: 200,
    });
    expect(await aws.call(path, patchOf("/regionalCertificateArn", arnOf("short")))).toMatchObject({
      status: 400,
    });
  } finally {
    vi.useRealTimers();
  }
});
