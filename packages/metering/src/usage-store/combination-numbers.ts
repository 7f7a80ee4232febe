const FIRST_PLACES = 256;

/**
 * CombinationNumbers gives combinations of whole numbers, such as those of the texts of an event, numbers of their own, from 0 on: write a combination to
 * `key`, then ask. They are kept in arrays of numbers: there is neither a string nor an object for each of them. Numbers have 32 bits.
 */
export class CombinationNumbers {
  readonly key: Int32Array;
  readonly #width: number;
  #keys: Int32Array;
  #places = new Int32Array(FIRST_PLACES);
  #count = 0;

  constructor(width: number) {
    this.#width = width;
    this.key = new Int32Array(width);
    this.#keys = new Int32Array((FIRST_PLACES / 2) * width);
  }

  /** How many combinations have a number. */
  get count(): number {
    return this.#count;
  }

  /** at is a number of a combination that has one. */
  at(number: number, column: number): number {
    return this.#keys[number * this.#width + column] as number;
  }

  /** get is the number of the key; -1: it has none yet. */
  get(): number {
    const mask = this.#places.length - 1;
    for (let place = this.#hash() & mask; ; place = (place + 1) & mask) {
      const number = (this.#places[place] as number) - 1;
      if (number < 0 || this.#isKey(number * this.#width)) return number;
    }
  }

  /** add gives the key, which has none yet, a number. */
  add(): number {
    if ((this.#count + 1) * 2 > this.#places.length) this.#grow();
    this.#keys.set(this.key, this.#count * this.#width);
    this.#put(this.#hash(), this.#count);
    return this.#count++;
  }

  #isKey(at: number): boolean {
    const { key } = this;
    const keys = this.#keys;
    for (let i = 0; i < key.length; i++) if (keys[at + i] !== key[i]) return false;
    return true;
  }

  #hash(): number {
    const { key } = this;
    let hash = 0;
    for (let i = 0; i < key.length; i++)
      hash = Math.imul(hash ^ (key[i] as number), 0x9e3779b1) ^ (hash >>> 15);
    return hash ^ (hash >>> 16);
  }

  #put(hash: number, number: number): void {
    const mask = this.#places.length - 1;
    let place = hash & mask;
    while (this.#places[place] !== 0) place = (place + 1) & mask;
    this.#places[place] = number + 1;
  }

  #grow(): void {
    const width = this.#width;
    const keys = new Int32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#places = new Int32Array(this.#places.length * 2);
    const asked = this.key.slice();
    for (let number = 0; number < this.#count; number++) {
      this.key.set(keys.subarray(number * width, (number + 1) * width));
      this.#put(this.#hash(), number);
    }
    this.key.set(asked);
  }
}
