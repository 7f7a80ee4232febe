import { CombinationNumbers } from "./combination-numbers.ts";

/** Combinations finds what belongs to some whole numbers, without a string for each event: write the numbers to `key`, then ask. */
export class Combinations<T> {
  readonly #numbers: CombinationNumbers;
  readonly #values: T[] = [];
  readonly key: Int32Array;

  constructor(width: number) {
    this.#numbers = new CombinationNumbers(width);
    this.key = this.#numbers.key;
  }

  /** In the order in which they were added. */
  get values(): readonly T[] {
    return this.#values;
  }

  /** get is what belongs to the key; undefined: nothing yet. */
  get(): T | undefined {
    const number = this.#numbers.get();
    return number < 0 ? undefined : this.#values[number];
  }

  /** add says what belongs to the key, which nothing belongs to yet. */
  add(value: T): T {
    this.#values[this.#numbers.add()] = value;
    return value;
  }
}
