/** TurnQueue hands over what is added in a turn of the event loop, all together at its end. */
export class TurnQueue<T> {
  readonly #handOver: (items: readonly T[]) => void;
  #items: T[] = [];

  constructor(handOver: (items: readonly T[]) => void) {
    this.#handOver = handOver;
  }

  add(item: T): void {
    if (this.#items.length === 0) setImmediate(this.#flush);
    this.#items.push(item);
  }

  readonly #flush = (): void => {
    const items = this.#items;
    this.#items = [];
    this.#handOver(items);
  };
}
