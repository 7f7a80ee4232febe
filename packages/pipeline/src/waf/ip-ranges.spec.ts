import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IpRanges } from "./ip-ranges.ts";

const network = (bits: number) =>
  fc.record({ address: bits === 32 ? fc.ipV4() : fc.ipV6(), prefix: fc.integer({ min: 1, max: bits }) });

describe("networks of a set", () => {
  it.each([32, 128])("have the addresses that Node's BlockList has (%i bits)", (bits) => {
    const type = bits === 32 ? "ipv4" : "ipv6";
    const address = bits === 32 ? fc.ipV4() : fc.ipV6();
    fc.assert(
      fc.property(
        fc.array(network(bits), { maxLength: 8 }),
        fc.array(address, { minLength: 1, maxLength: 8 }),
        (networks, asked) => {
          const list = new BlockList();
          for (const { address, prefix } of networks) list.addSubnet(address, prefix, type);
          const ranges = new IpRanges(networks.map(({ address, prefix }) => `${address}/${prefix}`));
          for (const one of [...asked, ...networks.map(({ address }) => address)])
            expect([one, ranges.has(one)]).toEqual([one, list.check(one, type)]);
        },
      ),
      { seed: 16 },
    );
  });

  it.each<[string, boolean | undefined]>([
    ["192.0.2.7", true],
    ["192.0.3.7", false],
    ["::ffff:192.0.2.7", true],
    ["::ffff:c000:207", true],
    ["2001:db8::7", true],
    ["192.0.2", undefined],
    ["192.0.2.256", undefined],
    ["::ffff:198.51.100.7", true],
    ["198.51.100.7", true],
    ["198.51.101.7", false],
    ["me", undefined],
    ["", undefined],
  ])("%s: %s", (address, expected) => {
    expect(new IpRanges(["192.0.2.0/24", "2001:db8::/32", "::ffff:198.51.100.0/120"]).has(address)).toBe(
      expected,
    );
  });
});
