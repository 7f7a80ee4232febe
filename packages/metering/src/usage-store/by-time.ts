/** ByTime is what was added up in each of some periods. Events come one after the other: most are of the period of the one before. */
export class ByTime<T> {
  #lastUnixMs = Number.NaN;
  #last: T | undefined;
  /** All periods, once there are several. */
  #all: Map<number, T> | undefined;

  /** at is what belongs to the period that begins at a time. */
  at(startUnixMs: number, make: (startUnixMs: number) => T): T {
    return startUnixMs === this.#lastUnixMs ? (this.#last as T) : this.#change(startUnixMs, make);
  }

  #change(startUnixMs: number, make: (startUnixMs: number) => T): T {
    let one = this.#all?.get(startUnixMs);
    if (one === undefined) {
      one = make(startUnixMs);
      if (this.#last !== undefined) {
        this.#all ??= new Map([[this.#lastUnixMs, this.#last]]);
        this.#all.set(startUnixMs, one);
      }
    }
    this.#lastUnixMs = startUnixMs;
    this.#last = one;
    return one;
  }

  /** The periods by their starts, in the order of time. */
  get inOrder(): readonly (readonly [startUnixMs: number, value: T])[] {
    if (this.#all) return [...this.#all].sort(([one], [other]) => one - other);
    return this.#last === undefined ? [] : [[this.#lastUnixMs, this.#last]];
  }
}
