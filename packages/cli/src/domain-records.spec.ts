import { describe, expect, it } from "vitest";
import { checkRecords, type DnsReader } from "./domain-records.ts";

const ZONE: Readonly<
  Record<string, { readonly cnames?: readonly string[]; readonly addresses?: readonly string[] }>
> = {
  "gateway.example.com": { addresses: ["192.0.2.1", "2001:db8::1"] },
  "alias.example.com": { cnames: ["Gateway.Example.COM."], addresses: ["192.0.2.1"] },
  "moved.example.com": { cnames: ["gateway.example.com"], addresses: ["192.0.2.9"] },
  "direct.example.com": { addresses: ["2001:db8::1", "192.0.2.1"] },
  "six.example.com": { addresses: ["2001:db8::1"] },
  "half.example.com": { addresses: ["192.0.2.1", "198.51.100.7"] },
  "old.example.com": { cnames: ["old.example.net"], addresses: ["198.51.100.7", "198.51.100.8"] },
  "dead.example.com": { cnames: ["gone.example.net"] },
  "tollgate-domain-check.wild.example.com": { cnames: ["gateway.example.com"], addresses: ["192.0.2.1"] },
};
const dns: DnsReader = {
  cnames: async (name) => ZONE[name]?.cnames ?? [],
  addresses: async (name) => ZONE[name]?.addresses ?? [],
};
const TARGET = "gateway.example.com";

describe("the records of a domain", () => {
  it.each<[domain: string, target: string, status: string, record: string, advice: string]>([
    ["alias.example.com", TARGET, "right", "alias.example.com. CNAME gateway.example.com.", ""],
    [
      "moved.example.com",
      "Gateway.example.com.",
      "right",
      "moved.example.com. CNAME gateway.example.com.",
      "",
    ],
    ["direct.example.com", TARGET, "right", "direct.example.com. CNAME gateway.example.com.", ""],
    ["*.wild.example.com", TARGET, "right", "*.wild.example.com. CNAME gateway.example.com.", ""],
    [
      "none.example.com",
      TARGET,
      "missing",
      "none.example.com. CNAME gateway.example.com.",
      "the record is missing: add none.example.com. CNAME gateway.example.com., or A and AAAA records with 192.0.2.1, 2001:db8::1",
    ],
    [
      "*.other.example.com",
      TARGET,
      "missing",
      "*.other.example.com. CNAME gateway.example.com.",
      "the record is missing: add *.other.example.com. CNAME gateway.example.com., or A and AAAA records with 192.0.2.1, 2001:db8::1",
    ],
    [
      "half.example.com",
      TARGET,
      "wrong",
      "half.example.com. CNAME gateway.example.com.",
      "198.51.100.7 is not of gateway.example.com: replace by half.example.com. CNAME gateway.example.com.",
    ],
    [
      "old.example.com",
      TARGET,
      "wrong",
      "old.example.com. CNAME gateway.example.com.",
      "198.51.100.7, 198.51.100.8 are not of gateway.example.com: replace by old.example.com. CNAME gateway.example.com.",
    ],
    [
      "dead.example.com",
      TARGET,
      "wrong",
      "dead.example.com. CNAME gateway.example.com.",
      "its CNAME leads to a name without addresses: replace it by dead.example.com. CNAME gateway.example.com.",
    ],
    [
      "none.example.com",
      "192.0.2.1",
      "missing",
      "none.example.com. A 192.0.2.1",
      "the record is missing: add none.example.com. A 192.0.2.1",
    ],
    [
      "none.example.com",
      "2001:db8::1",
      "missing",
      "none.example.com. AAAA 2001:db8::1",
      "the record is missing: add none.example.com. AAAA 2001:db8::1",
    ],
    ["alias.example.com", "192.0.2.1", "right", "alias.example.com. A 192.0.2.1", ""],
    ["six.example.com", "2001:DB8:0:0::1", "right", "six.example.com. AAAA 2001:db8::1", ""],
  ])("%s, for a gateway at %s: %s", async (domain, target, status, record, advice) => {
    expect(await checkRecords([domain], target, dns)).toMatchObject([{ domain, status, record, advice }]);
  });

  it("show what there is", async () => {
    expect(await checkRecords(["old.example.com"], TARGET, dns)).toMatchObject([
      { found: "CNAME old.example.net., 198.51.100.7, 198.51.100.8" },
    ]);
  });

  it("cannot be right while the gateway's own host has none", async () => {
    await expect(checkRecords(["alias.example.com"], "nowhere.example.com", dns)).rejects.toThrow(
      /the gateway's own host nowhere.example.com has no addresses in the DNS/,
    );
  });
});
