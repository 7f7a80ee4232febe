/** HeldBytes counts what the calls of a worker keep in memory: bodies of requests, and responses that wait for their clients. */
export class HeldBytes {
  readonly #maxBytes: number;
  /** Frees bytes of calls whose clients are slow. */
  readonly #reclaim: (bytes: number) => void;
  #usedBytes = 0;
  #refused = 0;

  constructor(maxBytes: number, reclaim: (bytes: number) => void) {
    this.#maxBytes = maxBytes;
    this.#reclaim = reclaim;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** How often there was no room. */
  get refused(): number {
    return this.#refused;
  }

  /** hold takes room for what a call cannot do without. Where there is none, slow clients lose theirs first. */
  hold(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) {
      this.#reclaim(bytes);
      if (this.#usedBytes + bytes > this.#maxBytes) {
        this.#refused++;
        return false;
      }
    }
    this.#usedBytes += bytes;
    return true;
  }

  /** spare takes room that a call can do without: at most half of all is given away like that. */
  spare(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes / 2) return false;
    this.#usedBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
