import { isIPv6 } from "node:net";

/** The value of an IPv4 address; -1: it is none. Zeros at the start of a part are refused: some take them for octal digits (RFC 6943, 3.1.1). */
function quadOf(address: string): number {
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      if (digits > 0 && part === 0) return -1;
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

/** addressDigits are the 16 bytes of an IPv6 address, without its zone, as 32 hexadecimal digits, which sort as addresses do. */
export function addressDigits(address: string): string {
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

const RANGE = /^([^/]+)(?:\/(\d{1,3}))?$/;

/** A range in CIDR notation, or a single address, taken apart; undefined: it is neither. Zones (RFC 4007) have no ranges. */
function partsOf(range: string) {
  const [, address = "", bits] = RANGE.exec(range) ?? [];
  const isQuad = quadOf(address) >= 0;
  const width = isQuad ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  const isAddress = isQuad || (isIPv6(address) && !address.includes("%"));
  return isAddress && prefix <= width ? { address, isQuad, hostBits: width - prefix } : undefined;
}

/** isAddressRange says whether a text is a range such as 203.0.113.0/24 or 2001:db8::/32, or a single address. */
export const isAddressRange = (text: string): boolean => partsOf(text) !== undefined;

function quadRange(address: string, hostBits: number): Range<number> {
  const size = 2 ** hostBits;
  const first = Math.floor(quadOf(address) / size) * size;
  return [first, first + size - 1];
}

function digitsRange(address: string, bits: number): Range<string> {
  const hostBits = BigInt(bits);
  const first = (BigInt(`0x${addressDigits(address)}`) >> hostBits) << hostBits;
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
  const digits = addressDigits(address);
  return digits.startsWith(MAPPED) ? quadText(quadOfMapped(digits)) : digits;
}

/** AddressRanges are ranges of addresses in CIDR notation, or single addresses. Throws for what is neither: ask isAddressRange before. */
export class AddressRanges {
  readonly #quads: Ranges<number>;
  readonly #digits: Ranges<string>;

  constructor(ranges: readonly string[]) {
    const quads: Range<number>[] = [];
    const digits: Range<string>[] = [];
    for (const range of ranges) {
      const parts = partsOf(range);
      if (!parts) throw new RangeError(`'${range}' is not an address or a range of addresses`);
      const { address, isQuad, hostBits } = parts;
      if (isQuad) quads.push(quadRange(address, hostBits));
      else digits.push(digitsRange(address, hostBits));
    }
    const mapped = digits
      .filter(isMapped)
      .map(([first, last]) => [quadOfMapped(first), quadOfMapped(last)] as const);
    this.#quads = new Ranges([...quads, ...mapped]);
    this.#digits = new Ranges(digits);
  }

  /** undefined: the text is no address. An IPv4 address in the form of IPv6 is in the ranges of both. */
  has(address: string): boolean | undefined {
    const quad = quadOf(address);
    if (quad >= 0) return this.#quads.has(quad);
    if (!isIPv6(address)) return undefined;
    const digits = addressDigits(address);
    return this.#digits.has(digits) || (digits.startsWith(MAPPED) && this.#quads.has(quadOfMapped(digits)));
  }
}
