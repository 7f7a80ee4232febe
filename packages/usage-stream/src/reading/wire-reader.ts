const VARINT = 0;
const BIT64 = 1;
const LENGTH_DELIMITED = 2;
const BIT32 = 5;
/** Bytes of the longest varint: 64 bits, 7 in each byte. */
const VARINT_MAX_BYTES = 10;
/** So many bytes hold what a number of JavaScript does exactly: 49 bits. */
const EXACT_BYTES = 7;

/** WireReader reads the protocol buffer encoding of a span of bytes. It throws a RangeError where the bytes end within a value, or are none. */
export class WireReader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;

  /** open begins with a span of bytes. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** varint is an unsigned integer; of one of more than 2^49, the nearest number. */
  varint(): number {
    const first = this.bytes[this.at] as number;
    if (first < 0x80 && this.at < this.end) {
      this.at++;
      return first;
    }
    return this.#long(false);
  }

  /** signed is an integer of 64 bits with a sign. */
  signed(): number {
    const first = this.bytes[this.at] as number;
    if (first < 0x80 && this.at < this.end) {
      this.at++;
      return first;
    }
    return this.#long(true);
  }

  #long(isSigned: boolean): number {
    const { bytes, at } = this;
    const last = Math.min(this.end, at + VARINT_MAX_BYTES);
    let value = 0;
    let factor = 1;
    for (let p = at; p < last; p++) {
      const byte = bytes[p] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.at = p + 1;
        return p - at < EXACT_BYTES ? value : this.#longest(at, isSigned);
      }
      factor *= 128;
    }
    throw new RangeError(`there is no varint at byte ${at}`);
  }

  #longest(from: number, isSigned: boolean): number {
    let value = 0n;
    for (let p = this.at - 1; p >= from; p--)
      value = (value << 7n) | BigInt((this.bytes[p] as number) & 0x7f);
    return Number(isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));
  }

  /** fixed32 is an unsigned integer of four bytes. */
  fixed32(): number {
    const { bytes, at } = this;
    this.#move(4);
    return (
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)) >>>
      0
    );
  }

  /** span reads the length of what follows, skips it, and returns where it begins; it ends at `at`. */
  span(): number {
    const length = this.varint();
    const start = this.at;
    this.#move(length);
    return start;
  }

  /** skip passes over the value of a field that nobody knows. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint();
        return;
      case BIT64:
        this.#move(8);
        return;
      case LENGTH_DELIMITED:
        this.span();
        return;
      case BIT32:
        this.#move(4);
        return;
      default:
        // Groups, which proto3 has not.
        throw new RangeError(`the wire type ${tag & 7} at byte ${this.at} is not known`);
    }
  }

  #move(count: number): void {
    if (count > this.end - this.at) throw new RangeError(`a value at byte ${this.at} is cut off`);
    this.at += count;
  }
}
