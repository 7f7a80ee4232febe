import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsClient } from "./aws-client.fixture.ts";
import {
  arnOf,
  blobs,
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

const VALIDATION = "ValidationException";
const CHAIN = (index: number) =>
  `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`;
const SELF =
  "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.";

const imports: readonly [what: string, input: () => object, message: string | RegExp, code?: string][] = [
  [
    "a certificate that is not PEM",
    () => blobs("none", "right.key"),
    "The certificate is not PEM-encoded or is not valid.",
  ],
  [
    "PEM that is broken",
    () => blobs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "right.key"),
    "The certificate is not PEM-encoded or is not valid.",
  ],
  [
    "a key in place of the certificate",
    () => blobs("right.key", "right.key"),
    "The certificate is not PEM-encoded or is not valid.",
  ],
  [
    "a key beside the certificate",
    () => blobs("right.certificate+right.key", "right.key", "ca"),
    "The certificate is not PEM-encoded or is not valid.",
  ],
  ["no certificate", () => blobs("", "right.key"), /certificate/],
  [
    "two certificates",
    () => blobs("right.certificate+ca", "right.key"),
    "The certificate field contains more than one certificate. You can specify only one certificate in this field.",
  ],
  [
    "a key that is not PEM",
    () => blobs("right.certificate", "none", "ca"),
    "The private key is not PEM-encoded or is not valid.",
  ],
  [
    "a certificate in place of the key",
    () => blobs("right.certificate", "right.certificate", "ca"),
    "The private key is not PEM-encoded or is not valid.",
  ],
  [
    "a key with a passphrase",
    () => blobs("right.certificate", "encrypted", "ca"),
    "The private key is not supported.",
  ],
  [
    "the key of another certificate",
    () => blobs("right.certificate", "second.key", "ca"),
    "The private key does not match the certificate.",
  ],
  [
    "a chain that is not PEM",
    () => blobs("right.certificate", "right.key", "none"),
    "The certificate chain is not PEM-encoded or is not valid.",
  ],
  [
    "a key in the chain",
    () => blobs("right.certificate", "right.key", "ca+right.key"),
    "The certificate chain is not PEM-encoded or is not valid.",
  ],
  ["a chain of another authority", () => blobs("right.certificate", "right.key", "otherCa"), CHAIN(0)],
  [
    "a chain with another authority at its end",
    () => blobs("right.certificate", "right.key", "ca+otherCa"),
    CHAIN(1),
  ],
  ["a chain in the wrong order", () => blobs("right.certificate", "right.key", "otherCa+ca"), CHAIN(0)],
  [
    "a chain that begins with the certificate",
    () => blobs("own.certificate", "own.key", "own.certificate"),
    "The certificate chain must not contain the certificate itself, which is at index 0 of the chain.",
  ],
  ["no chain of what is not signed by itself", () => blobs("right.certificate", "right.key"), SELF],
  [
    "what has expired",
    () => blobs("old.certificate", "old.key", "ca"),
    "The certificate has expired, is not valid.",
  ],
  [
    "what is not valid yet",
    () => blobs("future.certificate", "future.key", "ca"),
    "The certificate is not in effect yet, is not valid.",
  ],
  [
    "a key of Ed25519",
    () => blobs("ed.certificate", "ed.key"),
    /^The key algorithm ed25519 is not supported: use one of RSA_1024, /,
  ],
  [
    "an RSA key of another length",
    () => blobs("odd.certificate", "odd.key"),
    "The private key length 1536 is not supported for key algorithm.",
  ],
  [
    "a certificate that is too large",
    () => blobs(`right.certificate+${" ".repeat(40_000)}`, "right.key", "ca"),
    /certificate/,
  ],
  [
    "tags with another import",
    () => blobs("right.certificate", "right.key", "ca", { CertificateArn: given.imported, Tags: [] }),
    "Tagging is not permitted on re-import.",
  ],
  [
    "another import of what is not there",
    () => blobs("right.certificate", "right.key", "ca", { CertificateArn: NOWHERE }),
    `Could not find certificate ${NOWHERE}.`,
    "ResourceNotFoundException",
  ],
  [
    "another import of no ARN",
    () => blobs("right.certificate", "right.key", "ca", { CertificateArn: "own" }),
    "Invalid certificate ARN: own",
    "InvalidArnException",
  ],
];

describe("ImportCertificate refuses", () => {
  it.each(imports)("%s", async (_what, input, message, code = VALIDATION) => {
    expect(shown(await aws.acm("ImportCertificate", input()))).toEqual(refused(400, code, message));
  });
});

it.each([
  ["of an authority", "own"],
  ["whose key may not sign certificates, as those of servers are", "server"],
])(
  "ImportCertificate takes a certificate without a chain that signed itself: one %s",
  async (_what, name) => {
    const imported = await aws.acm("ImportCertificate", blobs(`${name}.certificate`, `${name}.key`));
    expect(imported).toMatchObject({ status: 200 });
    await aws.acm("DeleteCertificate", { CertificateArn: imported.CertificateArn });
  },
);

const requests: readonly [what: string, input: object, message: string | RegExp, code?: string][] = [
  [
    "one label",
    { DomainName: "localhost" },
    "Value 'localhost' must be a domain name, such as www.example.com or *.example.com",
  ],
  [
    "a wildcard in the middle",
    { DomainName: "a.*.example.com" },
    /^Value 'a\.\*\.example\.com' must be a domain name/,
  ],
  [
    "a wildcard that is part of a label",
    { DomainName: "a*.example.com" },
    /^Value 'a\*\.example\.com' must be/,
  ],
  ["two wildcards", { DomainName: "*.*.example.com" }, /^Value '\*\.\*\.example\.com' must be/],
  ["a wildcard alone", { DomainName: "*" }, /^Value '\*' must be/],
  [
    "a wrong name among right ones",
    { DomainName: "a.example.com", SubjectAlternativeNames: ["b_.example.com"] },
    /^Value 'b_\.example\.com' must be/,
  ],
  [
    "a first name that is too long",
    { DomainName: `${"a".repeat(60)}.example.com` },
    /at 'domainName' must have at most 64 characters/,
  ],
  [
    "eleven names",
    {
      DomainName: "a.example.com",
      SubjectAlternativeNames: Array.from({ length: 10 }, (_, i) => `a${i}.example.com`),
    },
    "A certificate may have at most 10 names.",
    "LimitExceededException",
  ],
  [
    "an algorithm that is not issued",
    { DomainName: "a.example.com", KeyAlgorithm: "RSA_512" },
    "Value 'RSA_512' at 'keyAlgorithm' must be one of EC_prime256v1, RSA_2048",
  ],
  [
    "another method of validation",
    { DomainName: "a.example.com", ValidationMethod: "FAX" },
    "Value 'FAX' at 'validationMethod' must be one of DNS, EMAIL, HTTP",
  ],
  [
    "a token with blanks",
    { DomainName: "a.example.com", IdempotencyToken: "a b" },
    /^Value 'a b' at 'idempotencyToken' must have 1 to 32 characters/,
  ],
  [
    "the ARN of a certificate as that of an authority",
    { DomainName: "a.example.com", CertificateAuthorityArn: NOWHERE },
    `Invalid certificate authority ARN: ${NOWHERE}`,
    "InvalidArnException",
  ],
];

describe("RequestCertificate refuses", () => {
  it.each(requests)("%s", async (_what, input, message, code = VALIDATION) => {
    expect(shown(await aws.acm("RequestCertificate", input))).toEqual(refused(400, code, message));
  });
});

const wrongArns: readonly [what: string, arn: string, code: string, message: string | RegExp][] = [
  ["no ARN", "own", "InvalidArnException", "Invalid certificate ARN: own"],
  [
    "an ARN of another service",
    arnOf("a", { service: "iam" }),
    "InvalidArnException",
    `Invalid certificate ARN: ${arnOf("a", { service: "iam" })}`,
  ],
  ["what is not there", NOWHERE, "ResourceNotFoundException", `Could not find certificate ${NOWHERE}.`],
  [
    "a certificate of another region",
    arnOf("short", { region: "eu-west-1" }),
    "ResourceNotFoundException",
    `Could not find certificate ${arnOf("short", { region: "eu-west-1" })}.`,
  ],
  [
    "a certificate of another account",
    arnOf("short", { account: "123456789012" }),
    "ResourceNotFoundException",
    `Could not find certificate ${arnOf("short", { account: "123456789012" })}.`,
  ],
];
const BY_ARN = [
  "DescribeCertificate",
  "GetCertificate",
  "DeleteCertificate",
  "RenewCertificate",
  "ListTagsForCertificate",
  "AddTagsToCertificate",
  "RemoveTagsFromCertificate",
];

describe.each(BY_ARN)("%s refuses", (operation) => {
  it.each(wrongArns)("%s", async (_what, CertificateArn, code, message) => {
    expect(shown(await aws.acm(operation, { CertificateArn, Tags: [{ Key: "a" }] }))).toEqual(
      refused(400, code, message),
    );
  });
});

it("RenewCertificate refuses what was imported, and what is not issued yet", async () => {
  expect(shown(await aws.acm("RenewCertificate", { CertificateArn: given.imported }))).toEqual(
    refused(
      400,
      VALIDATION,
      `Certificate ${given.imported} was imported, and is not renewed: import another one under its ARN.`,
    ),
  );
  expect(shown(await aws.acm("RenewCertificate", { CertificateArn: arnOf("pending") }))).toEqual(
    refused(400, "RequestInProgressException", `Certificate ${arnOf("pending")} is not issued yet.`),
  );
});
