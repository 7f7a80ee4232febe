import type { Memory } from "./memory.ts";
import type { Row } from "./row.ts";

/** Order is negative where the first row is before the second. */
export type Order = (a: Row, b: Row) => number;

export interface KeptRowsOptions {
  /** Computes what a row is sorted by. */
  readonly rank: (row: Row) => void;
  readonly order: Order;
  /** How many are needed. */
  readonly count: number;
  /** Rows with the same key are one, which is the first of them; absent, or without a key: each row is. */
  readonly keyOf?: ((row: Row) => string | undefined) | undefined;
  readonly memory: Memory;
}

/** Rows are put in order when there are as many more than are needed. */
const CUT_LEAST = 1_024;

/** KeptRows keeps the first rows in an order, whatever order they arrive in. */
export class KeptRows {
  readonly #options: KeptRowsOptions;
  #rows: Row[] = [];
  readonly #byKey = new Map<string, Row>();

  constructor(options: KeptRowsOptions) {
    this.#options = options;
  }

  add(row: Row): void {
    const { rank, keyOf, memory, count } = this.#options;
    const key = keyOf?.(row);
    rank(row);
    row.release();
    if (key !== undefined) this.#addOnce(key, row);
    else {
      this.#rows.push(row);
      memory.take(row.bytes);
      if (this.#rows.length >= count + Math.max(count, CUT_LEAST) || memory.isFull) this.#cut();
    }
    memory.check();
  }

  #addOnce(key: string, row: Row): void {
    const { order, memory } = this.#options;
    const known = this.#byKey.get(key);
    if (known && order(known, row) <= 0) return;
    this.#byKey.set(key, row);
    memory.take(row.bytes - (known ? known.bytes : -4 * key.length));
  }

  #cut(): void {
    const { order, memory, count } = this.#options;
    this.#rows.sort(order);
    for (const row of this.#rows.splice(count)) memory.give(row.bytes);
  }

  rows(): Row[] {
    const { order, count } = this.#options;
    return [...this.#rows, ...this.#byKey.values()].sort(order).slice(0, count);
  }
}
