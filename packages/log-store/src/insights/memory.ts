import { LogRefusal } from "../refusal.ts";

/** Memory counts what a query keeps, and ends it where that is more than it may. */
export class Memory {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  take(bytes: number): void {
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Another that may have as much. */
  another(): Memory {
    return new Memory(this.#maxBytes);
  }

  check(): void {
    if (this.isFull)
      throw new LogRefusal(
        "limit",
        `the query keeps more than ${this.#maxBytes / (1024 * 1024)} MB: a filter, a shorter time, or fewer groups need less`,
      );
  }
}
