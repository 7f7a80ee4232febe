import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressRanges, canonicalAddress, isAddressRange } from "./address-ranges.ts";

const network = (bits: number) =>
  fc.record({ address: bits === 32 ? fc.ipV4() : fc.ipV6(), prefix: fc.integer({ min: 0, max: bits }) });

describe("ranges of addresses", () => {
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
          const ranges = new AddressRanges(networks.map(({ address, prefix }) => `${address}/${prefix}`));
          for (const one of [...asked, ...networks.map(({ address }) => address)])
            expect([one, ranges.has(one)]).toEqual([one, list.check(one, type)]);
        },
      ),
    );
  });

  it.each<[range: string, address: string, expected: boolean | undefined]>([
    ["192.0.2.0/24", "192.0.2.7", true],
    ["192.0.2.0/24", "192.0.3.7", false],
    ["192.0.2.7/24", "192.0.2.9", true],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    // IPv4 in the form of IPv6 (RFC 4291, 2.5.5.2), in each spelling.
    ["192.0.2.0/24", "::ffff:192.0.2.7", true],
    ["192.0.2.0/24", "::ffff:c000:207", true],
    ["192.0.2.0/24", "0:0:0:0:0:FFFF:C000:0207", true],
    ["192.0.2.0/24", "::192.0.2.7", false],
    ["::ffff:198.51.100.0/120", "198.51.100.7", true],
    ["::ffff:198.51.100.0/120", "::ffff:198.51.100.7", true],
    ["::ffff:198.51.100.0/120", "198.51.101.7", false],
    ["::ffff:0:0/96", "198.51.101.7", true],
    // All addresses, of one family.
    ["0.0.0.0/0", "255.255.255.255", true],
    ["0.0.0.0/0", "::ffff:10.0.0.1", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "::ffff:10.0.0.1", true],
    ["::/0", "10.0.0.1", false],
    ["2001:db8::/32", "2001:DB8:0::7", true],
    ["2001:db8::/32", "2001:db9::7", false],
    ["2001:db8::7", "2001:db8:0:0::7", true],
    // The zone of an address says on which link it is.
    ["fe80::/10", "fe80::1%eth0", true],
    ["192.0.2.0/24", "192.0.2", undefined],
    ["192.0.2.0/24", "192.0.2.256", undefined],
    ["192.0.2.0/24", "192.0.2.7/32", undefined],
    ["192.0.2.0/24", " 192.0.2.7", undefined],
    ["192.0.2.0/24", "0xc0.0.2.7", undefined],
    ["192.0.2.0/24", "192.0.2.07", undefined],
    ["192.0.2.0/24", "192.00.2.7", undefined],
    ["0.0.0.0/8", "0.0.0.0", true],
    ["192.0.2.0/24", "me", undefined],
    ["192.0.2.0/24", "", undefined],
  ])("%s has %s: %s", (range, address, expected) => {
    expect(new AddressRanges([range]).has(address)).toBe(expected);
  });

  it.each([
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10.0.0.0/",
    "10.0.0.0/08x",
    "10.0.0",
    "10.0.0.0.0",
    "1e1.0.0.0",
    "010.0.0.0/8",
    "::1/129",
    "::1::",
    "fe80::1%eth0",
    "fe80::1%eth0/64",
    "[::1]",
    "example.com",
    "/8",
    "",
  ])("'%s' is none", (range) => {
    expect(isAddressRange(range)).toBe(false);
    expect(() => new AddressRanges([range])).toThrow(RangeError);
  });

  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:DB8::7", "20010db8000000000000000000000007"],
    ["fe80::1%eth0", "fe800000000000000000000000000001"],
    ["192.0.2", undefined],
  ])("%s has one spelling: %s", (address, canonical) => {
    expect(canonicalAddress(address)).toBe(canonical);
  });
});
