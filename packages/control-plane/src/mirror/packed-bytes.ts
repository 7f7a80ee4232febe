/** PackedWriter appends to a buffer that grows. */
export class PackedWriter {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Drops what was written after a length, or everything. */
  cut(length = 0): void {
    this.#length = length;
  }

  /** What was written, valid until more is. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], Math.max(this.#length, this.#bytes.length * 2));
    return at;
  }

  byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  /** A count in as many bytes as it needs. */
  count(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  number(value: number): void {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  text(value: string, encoding: "utf8" | "base64"): void {
    const length = Buffer.byteLength(value, encoding);
    this.count(length);
    const at = this.#reserve(length);
    this.#bytes.write(value, at, length, encoding);
  }

  /** The same as `text` with a part of a text in UTF-8. */
  textOf(source: Buffer, from: number, to: number): void {
    this.count(to - from);
    this.raw(source, from, to);
  }

  /** Bytes as they are. */
  raw(source: Buffer, from = 0, to = source.length): void {
    const at = this.#reserve(to - from);
    // Most are short: a call of copy() takes longer than this.
    for (let i = from; i < to; i++) this.#bytes[at + i - from] = source[i] as number;
  }
}

/** PackedReader reads what a PackedWriter has written. */
export class PackedReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  count(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  number(): number {
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  text(encoding: "utf8" | "base64"): string {
    const length = this.count();
    this.#at += length;
    return this.#bytes.toString(encoding, this.#at - length, this.#at);
  }
}
