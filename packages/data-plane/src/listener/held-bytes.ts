/** ReclaimBytes frees so many bytes, or as many as can be freed, for a call of a source. */
export type ReclaimBytes = (bytes: number, source: string) => void;

/** HeldBytes counts what the calls of a worker keep in memory: bodies of requests, and responses that wait for their clients. */
export class HeldBytes {
  readonly #maxBytes: number;
  readonly #reclaim: ReclaimBytes;
  #usedBytes = 0;
  #refused = 0;

  constructor(maxBytes: number, reclaim: ReclaimBytes) {
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

  /** hold takes room for what a call of a source cannot do without. Where there is none, slow clients lose theirs first. */
  hold(bytes: number, source: string): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) {
      this.#reclaim(bytes, source);
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
