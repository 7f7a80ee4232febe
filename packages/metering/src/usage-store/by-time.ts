/** ByTime is what was added up in each of some periods. Events come one after the other: most are of the period of the one before. */
export class ByTime<T> {
  readonly #all = new Map<number, T>();
  #lastUnixMs = Number.NaN;
  #last: T | undefined;

  /** at is what belongs to the period that begins at a time. */
  at(startUnixMs: number, make: (startUnixMs: number) => T): T {
    if (startUnixMs === this.#lastUnixMs) return this.#last as T;
    let one = this.#all.get(startUnixMs);
    if (one === undefined) this.#all.set(startUnixMs, (one = make(startUnixMs)));
    this.#lastUnixMs = startUnixMs;
    this.#last = one;
    return one;
  }

  /** The periods by their starts, in the order of time. */
  get inOrder(): readonly (readonly [startUnixMs: number, value: T])[] {
    return this.#all.size === 1 ? [...this.#all] : [...this.#all].sort(([one], [other]) => one - other);
  }
}
