import { describe, expect, it } from "vitest";
import { validationRecord } from "@tollgate/config";
import { type CaaRecord, type CertificateDns, checkCertificateRecords } from "./certificate-records.ts";

const ACCOUNT = "000000000000";
const ZONE = "acme.example.net";
const issue = (...values: readonly string[]): readonly CaaRecord[] =>
  values.map((value) => ({ critical: 0, issue: value }));
const wild = (value: string): CaaRecord => ({ critical: 0, issuewild: value });

const check = async (
  name: string,
  {
    caas = {},
    cnames = {},
    txtRecords = {},
    isUnknown = false,
  }: {
    readonly caas?: Readonly<Record<string, readonly CaaRecord[]>>;
    readonly cnames?: Readonly<Record<string, string>>;
    readonly txtRecords?: Readonly<Record<string, string>>;
    /** Neither the authority nor the zone is known. */
    readonly isUnknown?: boolean;
  },
  isByDns = false,
) => {
  const dns: CertificateDns = {
    caas: async (at) => caas[at] ?? [],
    cnames: async (at) => (cnames[at] === undefined ? [] : [cnames[at]]),
    txtRecords: async (at) => (txtRecords[at] === undefined ? [] : [txtRecords[at]]),
  };
  const requested = [{ domain: name, names: [name], isByDns }];
  const known = isUnknown
    ? { authority: undefined, zone: undefined }
    : { authority: "letsencrypt.org", zone: ZONE };
  return checkCertificateRecords(requested, { accountId: ACCOUNT, ...known }, dns);
};

describe("CAA records of a domain whose certificate comes from letsencrypt.org", () => {
  const A = "a.example.com";
  it.each<[what: string, name: string, caas: Record<string, readonly CaaRecord[]>, RegExp | undefined]>([
    ["none", A, {}, undefined],
    ["one that allows it", A, { [A]: issue("letsencrypt.org") }, undefined],
    ["one with parameters", A, { [A]: issue("LetsEncrypt.org; validationmethods=dns-01") }, undefined],
    ["one of several", A, { [A]: issue("ca.example", "letsencrypt.org") }, undefined],
    ["one above that allows it", A, { "example.com": issue("letsencrypt.org") }, undefined],
    ["only where to report to", A, { [A]: [{ critical: 0, iodef: "mailto:a@example.com" }] }, undefined],
    ["only for wildcards, of a name that is none", A, { [A]: [wild("ca.example")] }, undefined],
    ["the closest, whatever is above", A, { [A]: issue("letsencrypt.org"), com: issue(";") }, undefined],
    [
      "one that forbids all",
      A,
      { [A]: issue(";") },
      /CAA records of a\.example\.com\. forbid all .*: add a\.example\.com\. CAA 0 issue "letsencrypt\.org"/,
    ],
    ["one above that forbids all", A, { "example.com": issue(";") }, /of example\.com\. forbid all/],
    [
      "one for another authority",
      A,
      { "example.com": issue("ca.example") },
      /of example\.com\. allow ca\.example alone .* and not letsencrypt\.org: add example\.com\. CAA 0 issue/,
    ],
    [
      "one that is critical and unknown",
      A,
      { [A]: [{ critical: 128, tbs: "x" }] },
      /is critical and not known/,
    ],
    ["of a wildcard: issue", `*.${A}`, { [A]: issue("letsencrypt.org") }, undefined],
    [
      "of a wildcard: issuewild goes first",
      `*.${A}`,
      { [A]: [...issue("ca.example"), wild("letsencrypt.org")] },
      undefined,
    ],
    [
      "of a wildcard: issuewild forbids it",
      `*.${A}`,
      { [A]: [...issue("letsencrypt.org"), wild(";")] },
      /forbid all .* for \*\.a\.example\.com: add a\.example\.com\. CAA 0 issuewild/,
    ],
  ])("%s", async (_what, name, caas, advice) => {
    const caa = (await check(name, { caas })).find(({ record }) => record.includes(" CAA "));
    if (advice)
      expect(caa).toMatchObject({ status: "wrong", advice: expect.stringMatching(advice) as string });
    else expect(caa).toMatchObject({ status: "right", advice: "" });
  });

  it("say what forbids all, where the authority is not known", async () => {
    const of = async (value: string) =>
      (await check(A, { caas: { [A]: issue(value) }, isUnknown: true }))[0]?.status;
    expect([await of("ca.example"), await of(";")]).toEqual(["right", "wrong"]);
  });
});

describe("the record that proves a name", () => {
  const OWNER = "_acme-challenge.a.example.com";
  const { value } = validationRecord(ZONE, ACCOUNT, "a.example.com");
  const elsewhere = value.replace(ZONE, "other.example.net");
  const ofAnother = validationRecord(ZONE, "123456789012", "a.example.com").value;
  it.each<[what: string, given: Parameters<typeof check>[1], status: string, advice: RegExp]>([
    ["is there", { cnames: { [OWNER]: `${value.toUpperCase()}.` } }, "right", /^$/],
    ["is missing", {}, "missing", new RegExp(`is missing: add ${OWNER}\\. CNAME ${value}\\.`)],
    [
      "leads elsewhere",
      { cnames: { [OWNER]: "x.example.org" } },
      "wrong",
      /leads to x\.example\.org, .*: replace by/,
    ],
    ["leads to another zone", { cnames: { [OWNER]: elsewhere } }, "wrong", /replace by/],
    [
      "leads to any zone, where it is not known",
      { cnames: { [OWNER]: elsewhere }, isUnknown: true },
      "right",
      /^$/,
    ],
    [
      "is that of another account",
      { cnames: { [OWNER]: ofAnother }, isUnknown: true },
      "wrong",
      /proves .* to nobody here/,
    ],
    [
      "is kept away by TXT records",
      { txtRecords: { [OWNER]: "left" } },
      "wrong",
      /has TXT records, .*: remove them, and add/,
    ],
  ])("%s", async (_what, given, status, advice) => {
    const [proof] = await check("a.example.com", given, true);
    expect(proof).toMatchObject({ status, advice: expect.stringMatching(advice) as string });
    expect(await check("*.a.example.com", given)).toMatchObject([{ status }, {}]);
  });

  it("is not asked for where nodes prove the name", async () => {
    expect(await check("a.example.com", {})).toMatchObject([
      { record: expect.stringContaining(" CAA ") as string },
    ]);
  });
});
