import { Distribution } from "./distribution.ts";

/** Cell is the metrics of one dimension set in one period, by their numbers in the list of its metrics. */
export type Cell = Map<number, Distribution>;

/*
 * A cell in bytes is, for each metric: its number, the count, the sum, the minimum and the maximum of its samples, how many buckets it has, and for
 * each the distance of its key from the one before, and its samples. All numbers are varints: whole ones doubled; 1 precedes a float64.
 */
const WHOLE_MAX = 2 ** 46;

class Writer {
  #bytes = Buffer.allocUnsafe(256);
  #at = 0;

  #reserve(): void {
    if (this.#at + 16 > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)]);
  }

  whole(value: number): void {
    this.#reserve();
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  number(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < WHOLE_MAX) return this.whole(value * 2);
    this.whole(1);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  text(): string {
    return this.#bytes.toString("base64", 0, this.#at);
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, "base64");
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  whole(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error("a cell of the metric store ends early");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  number(): number {
    const coded = this.whole();
    if (coded !== 1) return coded / 2;
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }
}

/** encodeCell writes a cell as text for a database. */
export function encodeCell(cell: Cell): string {
  const out = new Writer();
  for (const [number, { sampleCount, sum, minimum, maximum, buckets }] of cell) {
    out.whole(number);
    for (const value of [sampleCount, sum, minimum, maximum]) out.number(value);
    out.whole(buckets.size);
    let before = 0;
    for (const [key, samples] of [...buckets].sort(([a], [b]) => a - b)) {
      out.whole(key - before);
      out.number(samples);
      before = key;
    }
  }
  return out.text();
}

/** decodeCell reads a cell. With `only`, metrics with other numbers are left out. */
export function decodeCell(text: string, only?: ReadonlySet<number>): Cell {
  const input = new Reader(text);
  const cell: Cell = new Map();
  while (!input.isAtEnd) {
    const number = input.whole();
    const isWanted = only === undefined || only.has(number);
    const values = new Distribution();
    values.sampleCount = input.number();
    values.sum = input.number();
    values.minimum = input.number();
    values.maximum = input.number();
    let key = 0;
    for (let left = input.whole(); left > 0; left--) {
      key += input.whole();
      const samples = input.number();
      if (isWanted) values.buckets.set(key, samples);
    }
    if (isWanted) cell.set(number, values);
  }
  return cell;
}
