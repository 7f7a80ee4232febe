import { CombinationNumbers } from "./combination-numbers.ts";

const FIRST_SUMS = 128;

/** CombinationSums adds up by combinations of whole numbers: write a combination to `key`, then add. Many keys are as fast as few: a sum is a number in an array. */
export class CombinationSums {
  readonly #numbers: CombinationNumbers;
  readonly key: Int32Array;
  #sums = new Float64Array(FIRST_SUMS);

  constructor(width: number) {
    this.#numbers = new CombinationNumbers(width);
    this.key = this.#numbers.key;
  }

  /** add adds to the sum of the key. */
  add(amount: number): void {
    let number = this.#numbers.get();
    if (number < 0) {
      number = this.#numbers.add();
      if (number === this.#sums.length) this.#grow();
    }
    (this.#sums[number] as number) += amount;
  }

  /** map makes something of each combination and its sum, in the order in which they were added; `at` is a number of the combination. */
  map<T>(make: (at: (column: number) => number, sum: number) => T): T[] {
    const made: T[] = [];
    let number = 0;
    const at = (column: number): number => this.#numbers.at(number, column);
    for (; number < this.#numbers.count; number++) made.push(make(at, this.#sums[number] as number));
    return made;
  }

  #grow(): void {
    const sums = new Float64Array(this.#sums.length * 2);
    sums.set(this.#sums);
    this.#sums = sums;
  }
}

/** Listed gives values small numbers, from 0 on. Events come one after the other: most say the same as the one before. */
export class Listed<T> {
  readonly #values: T[] = [];
  readonly #numbers = new Map<T, number>();
  #last = 0;

  numberOf(value: T): number {
    if (this.#values[this.#last] === value) return this.#last;
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(value, number);
    }
    this.#last = number;
    return number;
  }

  valueOf(number: number): T {
    return this.#values[number] as T;
  }
}
