import { isIPv6 } from "node:net";
import { AddressRanges, addressDigits, isAddressRange } from "@tollgate/iam";

/** Groups of addresses that a rule can name. */
const GROUPS = {
  loopback: ["127.0.0.0/8", "::1/128"],
  unspecified: ["0.0.0.0/8", "::/128"],
  "link-local": ["169.254.0.0/16", "fe80::/10"],
  // Of AWS (instances, containers, pods), Azure, Oracle, Alibaba; Google and others use the first.
  metadata: [
    "169.254.169.254/32",
    "169.254.170.2/32",
    "169.254.170.23/32",
    "168.63.129.16/32",
    "192.0.0.192/32",
    "100.100.100.200/32",
    "fd00:ec2::254/128",
    "fd00:ec2::23/128",
    "fd20:ce::254/128",
  ],
  multicast: ["224.0.0.0/4", "255.255.255.255/32", "ff00::/8"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"],
  any: ["0.0.0.0/0", "::/0"],
} as const;

export type AddressGroup = keyof typeof GROUPS;

export const groupNames = Object.keys(GROUPS) as readonly AddressGroup[];

/** setOf is the set of ranges such as 10.0.0.0/8, or single addresses; undefined: one of them is neither. */
export const setOf = (ranges: readonly string[]): AddressRanges | undefined =>
  ranges.every(isAddressRange) ? new AddressRanges(ranges) : undefined;

const sets = new Map<string, AddressRanges>();

export function groupOf(name: AddressGroup): AddressRanges {
  let set = sets.get(name);
  if (!set) {
    set = new AddressRanges(GROUPS[name]);
    sets.set(name, set);
  }
  return set;
}

const dottedOf = (high: number, low: number) => [high >> 8, high & 255, low >> 8, low & 255].join(".");

type Find = (parts: readonly number[]) => string;
const last: Find = ([, , , , , , p6 = 0, p7 = 0]) => dottedOf(p6, p7);
const partsAt =
  (i: number): Find =>
  (parts) =>
    dottedOf(parts[i] ?? 0, parts[i + 1] ?? 0);
const lastInverted: Find = ([, , , , , , p6 = 0, p7 = 0]) => dottedOf(p6 ^ 0xffff, p7 ^ 0xffff);

/** Forms of IPv6 addresses, in eight parts of four digits, that have an IPv4 address within. */
const EMBEDDED: readonly { readonly form: RegExp; readonly at: readonly Find[] }[] = [
  // Mapped, compatible, and translated ones.
  { form: /^(0000:){5}(ffff|0000):/, at: [last] },
  { form: /^(0000:){4}ffff:0000:/, at: [last] },
  // NAT64 (RFC 6052, 8215).
  { form: /^0064:ff9b:/, at: [last] },
  // 6to4 (RFC 3056).
  { form: /^2002:/, at: [partsAt(1)] },
  // Teredo (RFC 4380): its server, its client.
  { form: /^2001:0000:/, at: [partsAt(2), lastInverted] },
  // ISATAP (RFC 5214).
  { form: /^(....:){4}0[02]00:5efe:/, at: [last] },
];

/** formsOf are an address, and the IPv4 addresses within it that a network may take it to. */
export function formsOf(address: string): readonly string[] {
  const plain = address.replace(/%.*$/, "");
  if (!isIPv6(plain)) return [plain];
  const groups = addressDigits(plain).match(/.{4}/g) ?? [];
  const parts = groups.map((group) => Number.parseInt(group, 16));
  const text = groups.join(":");
  return [
    plain,
    ...EMBEDDED.flatMap(({ form, at }) => (form.test(text) ? at.map((find) => find(parts)) : [])),
  ];
}
