import { hash } from "node:crypto";
import type { Memory } from "./memory.ts";
import type { Row } from "./row.ts";
import { compare, numberOf, owned, textOf, type Value } from "./value.ts";

/** Aggregate computes a value of many rows. */
export interface Aggregate {
  /** `values` are those of its arguments. */
  add(values: readonly Value[], row: Row): void;
  value(): Value;
}

/** AggregateFunction makes an aggregate for a group of rows. `takesAll`: it may have no argument, or `*`. */
export interface AggregateFunction {
  readonly args: number;
  readonly takesAll?: boolean;
  readonly create: (memory: Memory) => Aggregate;
}

/** Of the arguments that are numbers. */
const ofNumbers = (create: () => { add(value: number): void; value(): Value }): AggregateFunction => ({
  args: 1,
  create() {
    const inner = create();
    return {
      add([value]) {
        const number = numberOf(value);
        if (number !== undefined) inner.add(number);
      },
      value: () => inner.value(),
    };
  },
});

/** Exact up to this many values; then by buckets that are 2 % wide. */
const EXACT_VALUES = 4_096;
const BUCKET_BASE = Math.log(1.02);

class Percentile implements Aggregate {
  readonly #memory: Memory;
  #exact: number[] | undefined = [];
  /** Counts by the logarithm of the value, of negative values by that of the opposite, and of zero. */
  readonly #positive = new Map<number, number>();
  readonly #negative = new Map<number, number>();
  #zeros = 0;
  #count = 0;
  #percent = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  add([value, percent]: readonly Value[]): void {
    const number = numberOf(value);
    if (number === undefined) return;
    this.#percent = Math.min(Math.max(numberOf(percent) ?? 0, 0), 100);
    this.#count++;
    if (!this.#exact) return this.#bucket(number);
    this.#exact.push(number);
    this.#memory.take(8);
    if (this.#exact.length <= EXACT_VALUES) return;
    for (const one of this.#exact) this.#bucket(one);
    this.#memory.give(8 * this.#exact.length);
    this.#exact = undefined;
  }

  #bucket(number: number): void {
    if (number === 0) {
      this.#zeros++;
      return;
    }
    const buckets = number > 0 ? this.#positive : this.#negative;
    const key = Math.floor(Math.log(Math.abs(number)) / BUCKET_BASE);
    if (!buckets.has(key)) this.#memory.take(64);
    buckets.set(key, (buckets.get(key) ?? 0) + 1);
  }

  /** The nearest rank. */
  value(): Value {
    if (this.#count === 0) return undefined;
    let rank = Math.max(1, Math.ceil((this.#percent / 100) * this.#count - 1e-9));
    if (this.#exact) return this.#exact.toSorted((a, b) => a - b)[rank - 1];
    const middle = (key: number) => Math.exp((key + 0.5) * BUCKET_BASE);
    const rows: (readonly [value: number, count: number])[] = [
      ...[...this.#negative].sort(([a], [b]) => b - a).map(([key, count]) => [-middle(key), count] as const),
      [0, this.#zeros] as const,
      ...[...this.#positive].sort(([a], [b]) => a - b).map(([key, count]) => [middle(key), count] as const),
    ];
    for (const [value, count] of rows) {
      rank -= count;
      if (rank <= 0) return value;
    }
    return undefined;
  }
}

/** Exact up to this many different values; then estimated by the smallest of their hashes, within about 2 %. */
const HASHES_KEPT = 4_096;
const HASH_END = 2 ** 48;

class CountDistinct implements Aggregate {
  readonly #memory: Memory;
  #hashes = new Set<number>();
  /** Larger ones are left out. */
  #highest = HASH_END;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  add([value]: readonly Value[]): void {
    const text = textOf(value);
    if (text === undefined) return;
    const one = hash("sha1", text, "buffer").readUIntBE(0, 6);
    if (one > this.#highest || this.#hashes.has(one)) return;
    this.#hashes.add(one);
    this.#memory.take(32);
    if (this.#hashes.size >= 2 * HASHES_KEPT) this.#cut();
  }

  #cut(): void {
    const kept = [...this.#hashes].sort((a, b) => a - b).slice(0, HASHES_KEPT);
    this.#memory.give(32 * (this.#hashes.size - kept.length));
    this.#hashes = new Set(kept);
    this.#highest = kept.at(-1) as number;
  }

  value(): Value {
    if (this.#highest === HASH_END) return this.#hashes.size;
    this.#cut();
    return Math.round(((HASHES_KEPT - 1) / this.#highest) * HASH_END);
  }
}

interface Kept {
  readonly value: Value;
  readonly unixMs: number;
}

/** Keeps one of the values: that which is better than the one before. */
const kept = (isBetter: (one: Kept, than: Kept) => boolean): AggregateFunction => ({
  args: 1,
  create(memory) {
    let best: Kept | undefined;
    const bytesOf = (value: Value) => (typeof value === "string" ? 2 * value.length : 16);
    return {
      add([value], row) {
        const one = { value, unixMs: row.event?.unixMs ?? numberOf(row.get("@timestamp")) ?? 0 };
        if (value === undefined || (best && !isBetter(one, best))) return;
        memory.take(bytesOf(value) - (best ? bytesOf(best.value) : 0));
        best = { ...one, value: owned(value) };
      },
      value: () => best?.value,
    };
  },
});

/** Population variance by Welford's method, which loses no digits to large values. */
function deviation() {
  let [count, mean, squares] = [0, 0, 0];
  return {
    add(value: number) {
      const before = value - mean;
      mean += before / ++count;
      squares += before * (value - mean);
    },
    value: () => (count === 0 ? undefined : Math.sqrt(squares / count)),
  };
}

function average() {
  let [count, sum] = [0, 0];
  return {
    add(value: number) {
      count++;
      sum += value;
    },
    value: () => (count === 0 ? undefined : sum / count),
  };
}

function best(choose: (a: number, b: number) => number) {
  let found: number | undefined;
  return {
    add(value: number) {
      found = found === undefined ? value : choose(found, value);
    },
    value: () => found,
  };
}

/** AGGREGATE_FUNCTIONS are the functions of stats by their names in lower case (AWS: Logs Insights, stats). */
export const AGGREGATE_FUNCTIONS: Readonly<Record<string, AggregateFunction>> = {
  count: {
    args: 1,
    takesAll: true,
    create() {
      let count = 0;
      return {
        add(values) {
          if (values.length === 0 || values[0] !== undefined) count++;
        },
        value: () => count,
      };
    },
  },
  count_distinct: { args: 1, create: (memory) => new CountDistinct(memory) },
  avg: ofNumbers(average),
  sum: ofNumbers(() => {
    let sum: number | undefined;
    return {
      add(value) {
        sum = (sum ?? 0) + value;
      },
      value: () => sum,
    };
  }),
  min: ofNumbers(() => best(Math.min)),
  max: ofNumbers(() => best(Math.max)),
  stddev: ofNumbers(deviation),
  pct: { args: 2, create: (memory) => new Percentile(memory) },
  earliest: kept((one, than) => one.unixMs < than.unixMs),
  latest: kept((one, than) => one.unixMs >= than.unixMs),
  sortsfirst: kept((one, than) => compare(one.value, than.value) < 0),
  sortslast: kept((one, than) => compare(one.value, than.value) > 0),
};
