import { isIPv4, isIPv6 } from "node:net";

/** The value of an IPv4 address; -1: it is none. */
function quadOf(address: string): number {
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      part = part * 10 + code - 48;
      if (++digits > 3 || part > 255) return -1;
    } else if (code === 46 && digits > 0 && dots < 3) {
      value = value * 256 + part;
      part = 0;
      digits = 0;
      dots++;
    } else return -1;
  }
  return dots === 3 && digits > 0 ? value * 256 + part : -1;
}

const quadText = (quad: number): string => [24, 16, 8, 0].map((bits) => (quad >>> bits) & 255).join(".");

const quadDigits = (quad: string): string => quadOf(quad).toString(16).padStart(8, "0");

const groupDigits = (groups: string): string =>
  groups === ""
    ? ""
    : groups
        .split(":")
        .map((group) => (group.includes(".") ? quadDigits(group) : group.padStart(4, "0").toLowerCase()))
        .join("");

/** The 16 bytes of an IPv6 address as 32 hexadecimal digits, which sort as addresses do. */
function digitsOf(address: string): string {
  const plain = address.split("%")[0] as string;
  const [head = "", tail] = plain.split("::");
  const before = groupDigits(head);
  const after = tail === undefined ? "" : groupDigits(tail);
  return before + "0".repeat(32 - before.length - after.length) + after;
}

/** An IPv4 address in the form of IPv6 (RFC 4291, 2.5.5.2) is that IPv4 address. */
const MAPPED = `${"0".repeat(20)}ffff`;

/** quadOfMapped is the IPv4 address that such an address is. */
const quadOfMapped = (digits: string): number => Number.parseInt(digits.slice(24), 16);

type Range<T> = readonly [first: T, last: T];

function quadRange(network: string): Range<number> {
  const [address = "", bits = ""] = network.split("/");
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(quadOf(address) / size) * size;
  return [first, first + size - 1];
}

function digitsRange(network: string): Range<string> {
  const [address = "", bits = ""] = network.split("/");
  const hostBits = BigInt(128 - Number(bits));
  const first = (BigInt(`0x${digitsOf(address)}`) >> hostBits) << hostBits;
  const hex = (of: bigint) => of.toString(16).padStart(32, "0");
  return [hex(first), hex(first | ((1n << hostBits) - 1n))];
}

const isMapped = ([first, last]: Range<string>): boolean =>
  first.startsWith(MAPPED) && last.startsWith(MAPPED);

/** Ranges are merged and sorted, so that a value is found by halving. */
class Ranges<T extends number | string> {
  readonly #first: T[] = [];
  readonly #last: T[] = [];

  constructor(ranges: readonly Range<T>[]) {
    for (const [first, last] of ranges.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
      const top = this.#last.length - 1;
      if (top >= 0 && first <= (this.#last[top] as T)) {
        if (last > (this.#last[top] as T)) this.#last[top] = last;
        continue;
      }
      this.#first.push(first);
      this.#last.push(last);
    }
  }

  has(value: T): boolean {
    let low = 0;
    let high = this.#first.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (value < (this.#first[middle] as T)) high = middle - 1;
      else if (value > (this.#last[middle] as T)) low = middle + 1;
      else return true;
    }
    return false;
  }
}

/** canonicalAddress is one spelling of an address for all of them. undefined: the text is no address. */
export function canonicalAddress(address: string): string | undefined {
  if (quadOf(address) >= 0) return quadText(quadOf(address));
  if (!isIPv6(address)) return undefined;
  const digits = digitsOf(address);
  return digits.startsWith(MAPPED) ? quadText(quadOfMapped(digits)) : digits;
}

/** IpRanges are the networks of a set, in CIDR notation. */
export class IpRanges {
  readonly #quads: Ranges<number>;
  readonly #digits: Ranges<string>;

  constructor(networks: readonly string[]) {
    const isQuad = (network: string) => isIPv4(network.split("/")[0] ?? "");
    const digits = networks.filter((network) => !isQuad(network)).map(digitsRange);
    const mapped = digits
      .filter(isMapped)
      .map(([first, last]) => [quadOfMapped(first), quadOfMapped(last)] as const);
    this.#quads = new Ranges([...networks.filter(isQuad).map(quadRange), ...mapped]);
    this.#digits = new Ranges(digits);
  }

  /** undefined: the text is no address. */
  has(address: string): boolean | undefined {
    const quad = quadOf(address);
    if (quad >= 0) return this.#quads.has(quad);
    if (!isIPv6(address)) return undefined;
    const digits = digitsOf(address);
    return digits.startsWith(MAPPED) ? this.#quads.has(quadOfMapped(digits)) : this.#digits.has(digits);
  }
}
