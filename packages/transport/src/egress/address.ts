import { BlockList, isIP, isIPv6, SocketAddress } from "node:net";

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

/** AddressSet is what a rule can say of addresses. */
export interface AddressSet {
  has(address: string): boolean;
}

const RANGE = /^([^/]+)(?:\/(\d{1,3}))?$/;

/** setOf is the set of ranges such as 10.0.0.0/8, or single addresses; undefined: one of them is neither. */
export function setOf(ranges: readonly string[]): AddressSet | undefined {
  const list = new BlockList();
  for (const range of ranges) {
    const [, address = "", bits] = RANGE.exec(range) ?? [];
    const version = isIP(address);
    const width = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? width : Number(bits);
    if (version === 0 || prefix > width || address.includes("%")) return undefined;
    list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  }
  return { has: (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4") };
}

const sets = new Map<string, AddressSet>();

export function groupOf(name: AddressGroup): AddressSet {
  let set = sets.get(name);
  if (!set) {
    set = setOf(GROUPS[name]) as AddressSet;
    sets.set(name, set);
  }
  return set;
}

/** The eight parts of an IPv6 address. */
function partsOf(address: string): readonly number[] {
  const { address: normal } = new SocketAddress({ address, family: "ipv6" });
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(normal);
  const [, head = "", ...bytes] = dotted ?? [];
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  const text = dotted ? `${head}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}` : normal;
  const [left = "", right] = text.split("::");
  const read = (part: string) =>
    part === "" ? [] : part.split(":").map((piece) => Number.parseInt(piece, 16));
  const [before, after] = [read(left), read(right ?? "")];
  const gap = right === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: gap }, () => 0), ...after];
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
  const parts = partsOf(plain);
  const text = parts.map((part) => part.toString(16).padStart(4, "0")).join(":");
  return [
    plain,
    ...EMBEDDED.flatMap(({ form, at }) => (form.test(text) ? at.map((find) => find(parts)) : [])),
  ];
}
