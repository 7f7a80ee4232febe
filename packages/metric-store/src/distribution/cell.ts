import { bucketsInOrder } from "./buckets.ts";
import { Distribution } from "./distribution.ts";

/** Cell is the metrics of one dimension set in one period, by their numbers in the list of its metrics. */
export type Cell = Map<number, Distribution>;

/*
 * A cell in bytes is, for each metric: its number, the length of the rest, the count, the sum, the minimum and the maximum of its samples, and for
 * each bucket the distance of its key from the one before, and its samples. All numbers are varints; those of samples are doubled where they are
 * whole, and 1 precedes a float64. So a metric is skipped, and its sums are read, without its buckets.
 */
const WHOLE_MAX = 2 ** 46;

/** A cell ends early, or is not what encodeCell writes. */
class CellDamaged extends Error {}

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

  /** Appends what another has written, behind its length, and empties the other. */
  part(other: Writer): void {
    this.whole(other.#at);
    while (this.#at + other.#at > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)]);
    this.#at += other.#bytes.copy(this.#bytes, this.#at, 0, other.#at);
    other.#at = 0;
  }

  text(): string {
    return this.#bytes.toString("base64", 0, this.#at);
  }
}

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, "base64");
  }

  get length(): number {
    return this.#bytes.length;
  }

  whole(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined || scale > WHOLE_MAX) throw new CellDamaged();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  number(): number {
    const coded = this.whole();
    if (coded !== 1) return coded / 2;
    if (this.at + 8 > this.#bytes.length) throw new CellDamaged();
    this.at += 8;
    return this.#bytes.readDoubleLE(this.at - 8);
  }
}

/** encodeCell writes a cell as text for a database. */
export function encodeCell(cell: Cell): string {
  const out = new Writer();
  const part = new Writer();
  for (const [number, { sampleCount, sum, minimum, maximum, buckets }] of cell) {
    for (const value of [sampleCount, sum, minimum, maximum]) part.number(value);
    let before = 0;
    for (const [key, samples] of bucketsInOrder(buckets)) {
      part.whole(key - before);
      part.number(samples);
      before = key;
    }
    out.whole(number);
    out.part(part);
  }
  return out.text();
}

/** CellPart is what of a cell is read. */
export interface CellPart {
  readonly only: ReadonlySet<number>;
  /** Without them, there are no percentiles. */
  readonly hasBuckets: boolean;
}

/** DecodedCell is what could be read of a cell. */
export interface DecodedCell {
  readonly cell: Cell;
  /** The metrics from one on cannot be read: the database, or whoever wrote to it, has damaged them. */
  readonly isDamaged: boolean;
}

/** decodeCell reads a cell, or a part of it: all metrics in front of damage. */
export function decodeCell(text: string, part: Partial<CellPart> = {}): DecodedCell {
  const cell: Cell = new Map();
  try {
    readCell(new Reader(text), cell, part);
    return { cell, isDamaged: false };
  } catch (error) {
    if (!(error instanceof CellDamaged)) throw error;
    return { cell, isDamaged: true };
  }
}

function readCell(input: Reader, cell: Cell, { only, hasBuckets = true }: Partial<CellPart>): void {
  while (input.at < input.length) {
    const number = input.whole();
    const length = input.whole();
    const end = input.at + length;
    if (end > input.length) throw new CellDamaged();
    if (!only || only.has(number)) {
      const values = readDistribution(input, hasBuckets ? end : 0);
      if (input.at > end) throw new CellDamaged();
      cell.set(number, values);
    }
    input.at = end;
  }
}

function readDistribution(input: Reader, end: number): Distribution {
  const values = new Distribution();
  values.sampleCount = input.number();
  values.sum = input.number();
  values.minimum = input.number();
  values.maximum = input.number();
  let key = 0;
  while (input.at < end) {
    key += input.whole();
    values.buckets.set(key, input.number());
  }
  return values;
}
