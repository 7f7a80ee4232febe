import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { certificateParts } from "./certificate-parts.ts";

/** Valid for 30 days. */
const PEM = `-----BEGIN CERTIFICATE-----
MIIBizCCATGgAwIBAgIUR3SiSNC9h1+Qs+LhiAWKtGqnT5IwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTAeFw0yNjExMzAxODUxMjVaFw0y
NjEyMzAxODUxMjVaMBsxGTAXBgNVBAMMEHNob3AuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASrjofvNFOnOxaA1z0MKJoqgIXrecSRlnE81zIQ
hsWPm9mEZSYzxRkyRZfJAMcj9VXMGIZam/Q0SOA03wR3Il/jo1MwUTAdBgNVHQ4E
FgQUYoGAzELe5YNObygh/h7VXB+UYEwwHwYDVR0jBBgwFoAUYoGAzELe5YNObygh
/h7VXB+UYEwwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAo0Iv
gyHjkF3bQNkjkhuZF3rCuyAykoS4bbTTGFG6GVYCIGcQiKaBcrDHAVJvGoRlbT6q
1b3BviVLxlPXczvaVB+s
-----END CERTIFICATE-----
`;
const ACCOUNT = "123456789012";
const DAY_MS = 24 * 60 * 60 * 1000;
const BEGAN_MS = new X509Certificate(PEM).validFromDate.getTime();

const given = (id: string, spec: object) => ({ id, specJson: JSON.stringify(spec) });
const domain = (named: string) => given("shop.example.com", { regionalCertificateArn: named });
const FAILURE = { message: "no such host" };

const partsAt = (
  day: number,
  origin: "IMPORTED" | "ISSUED",
  {
    domains = [domain("shop")],
    progress = {},
  }: { domains?: { id: string; specJson: string }[]; progress?: object } = {},
) =>
  certificateParts(
    {
      domains,
      certificates: [given("shop", { certificate: PEM, origin })],
      requests: origin === "ISSUED" ? [given("shop", { progress })] : [],
    },
    ACCOUNT,
    BEGAN_MS + day * DAY_MS,
  );

describe("a certificate that a domain presents", () => {
  it.each([
    ["an imported one in two thirds of its life", partsAt(19, "IMPORTED")],
    ["one that is being renewed", partsAt(22, "ISSUED")],
    ["one that no domain presents", partsAt(29, "IMPORTED", { domains: [] })],
    [
      "one of another account",
      partsAt(29, "IMPORTED", { domains: [domain("arn:aws:acm:us-east-1:999999999999:certificate/shop")] }),
    ],
  ])("is no concern: %s", (_what, parts) => {
    expect(parts).toEqual([]);
  });

  it.each<[string, ReturnType<typeof partsAt>, string, RegExp]>([
    [
      "imported, in the last third",
      partsAt(21, "IMPORTED"),
      "ends soon",
      /^it ends 2026-12-30T.*, and is presented by shop\.example\.com: import another one under its id$/,
    ],
    [
      "named by an ARN",
      partsAt(21, "IMPORTED", { domains: [domain(`arn:aws:acm:us-east-1:${ACCOUNT}:certificate/shop`)] }),
      "ends soon",
      /import another/,
    ],
    [
      "imported, and over",
      partsAt(31, "IMPORTED"),
      "expired",
      /^it ended 2026-12-30T.*, and clients of shop\.example\.com refuse it: import another/,
    ],
    [
      "whose renewal fails",
      partsAt(21, "ISSUED", { progress: { failure: FAILURE, nextUnixMs: BEGAN_MS + 22 * DAY_MS } }),
      "ends soon",
      /: no such host: it is tried again at 2026-12-22T/,
    ],
    [
      "that was not renewed",
      partsAt(26, "ISSUED"),
      "ends soon",
      /it should have been renewed: see the logs of the control planes$/,
    ],
  ])("is one: %s", (_what, parts, state, problem) => {
    expect(parts).toEqual([{ id: "shop", state, problem: expect.stringMatching(problem) as string }]);
  });
});

it.each([
  [
    21,
    PEM,
    "ends soon",
    /^it ends 2026-12-30T.*, and is presented by shop\.example\.com: give the domain another one/,
  ],
  [
    1,
    "of an earlier version",
    "unreadable",
    /^it is not a PEM certificate, so no node presents it: give the domain/,
  ],
])("one that was uploaded with its domain is a concern on day %d", (day, certificateBody, state, problem) => {
  const at = (spec: object) =>
    certificateParts(
      { domains: [given("shop.example.com", spec)], certificates: [], requests: [] },
      ACCOUNT,
      BEGAN_MS + day * DAY_MS,
    );
  expect(at({ certificateBody })).toEqual([
    { id: "shop.example.com", state, problem: expect.stringMatching(problem) as string },
  ]);
  expect(at({ certificateBody, regionalCertificateArn: "other" })).toEqual([]);
});

it("a certificate that could not be issued says why, and whether it is tried again", () => {
  const requests = [
    given("one", { progress: { failure: FAILURE, nextUnixMs: BEGAN_MS } }),
    given("two", { progress: { failure: { message: "it is refused" }, end: "FAILED" } }),
    given("three", {}),
  ];
  expect(certificateParts({ domains: [], certificates: [], requests }, ACCOUNT, BEGAN_MS)).toEqual([
    {
      id: "one",
      state: "not issued",
      problem: `no such host: it is tried again at ${new Date(BEGAN_MS).toISOString()}`,
    },
    { id: "two", state: "not issued", problem: "it is refused: it is not tried again, request another one" },
  ]);
});
