const FIRST_PLACES = 256;

/**
 * Combinations finds what belongs to some whole numbers, such as those of the texts of an event, without a string for each event: write the numbers to
 * `key`, then ask. Numbers have 32 bits.
 */
export class Combinations<T> {
  readonly key: Int32Array;
  readonly #width: number;
  #keys: Int32Array;
  #places = new Int32Array(FIRST_PLACES);
  readonly #values: T[] = [];

  constructor(width: number) {
    this.#width = width;
    this.key = new Int32Array(width);
    this.#keys = new Int32Array((FIRST_PLACES / 2) * width);
  }

  /** In the order in which they were added. */
  get values(): readonly T[] {
    return this.#values;
  }

  /** get is what belongs to the key; undefined: nothing yet. */
  get(): T | undefined {
    const mask = this.#places.length - 1;
    for (let place = this.#hash() & mask; ; place = (place + 1) & mask) {
      const number = this.#places[place] as number;
      if (number === 0) return undefined;
      if (this.#isKey((number - 1) * this.#width)) return this.#values[number - 1];
    }
  }

  /** add says what belongs to the key, which nothing belongs to yet. */
  add(value: T): T {
    const width = this.#width;
    if ((this.#values.length + 1) * 2 > this.#places.length) this.#grow();
    this.#keys.set(this.key, this.#values.length * width);
    this.#values.push(value);
    this.#put(this.#hash(), this.#values.length);
    return value;
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
    this.#places[place] = number;
  }

  #grow(): void {
    const width = this.#width;
    const keys = new Int32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#places = new Int32Array(this.#places.length * 2);
    const asked = this.key.slice();
    for (let i = 0; i < this.#values.length; i++) {
      this.key.set(keys.subarray(i * width, (i + 1) * width));
      this.#put(this.#hash(), i + 1);
    }
    this.key.set(asked);
  }
}
