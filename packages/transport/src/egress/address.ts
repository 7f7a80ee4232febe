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

/**
 * formsOf are an address and the IPv4 addresses within it that a network may take it to: mapped and compatible ones, those of NAT64
 * (RFC 6052, 8215), 6to4 (RFC 3056), Teredo (RFC 4380) and ISATAP (RFC 5214).
 */
export function formsOf(address: string): readonly string[] {
  const plain = address.replace(/%.*$/, "");
  if (!isIPv6(plain)) return [plain];
  const parts = partsOf(plain);
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0] = parts;
  const forms = [plain];
  const isZero = (...some: readonly number[]) => some.every((part) => part === 0);
  if (isZero(p0, p1, p2, p3, p4) && (p5 === 0xffff || p5 === 0)) forms.push(dottedOf(p6, p7));
  if (isZero(p0, p1, p2, p3) && p4 === 0xffff && p5 === 0) forms.push(dottedOf(p6, p7));
  if (p0 === 0x64 && p1 === 0xff9b) forms.push(dottedOf(p6, p7));
  if (p0 === 0x2002) forms.push(dottedOf(p1, p2));
  if (p0 === 0x2001 && p1 === 0) forms.push(dottedOf(p2, p3), dottedOf(p6 ^ 0xffff, p7 ^ 0xffff));
  if ((p4 & 0xfdff) === 0 && p5 === 0x5efe) forms.push(dottedOf(p6, p7));
  return forms;
}
