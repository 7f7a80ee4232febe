/** So many buffers are kept for requests to come, none of them larger than this: the largest request of usage has less than 800 KB. */
const KEPT_MAX = 2;
const KEPT_MAX_BYTES = 2 * 1024 * 1024;
const SMALLEST_BYTES = 64 * 1024;

/** RequestMemory is memory of requests that is used again: a new buffer for each costs collections of all memory, though it is not in V8's heap. */
export class RequestMemory {
  readonly #free: Buffer[] = [];

  /** take returns a buffer of that size or larger. What is in it is not cleared. */
  take(bytes: number): Buffer {
    const at = this.#free.findIndex(({ length }) => length >= bytes);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    return known ?? Buffer.allocUnsafeSlow(Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(bytes))));
  }

  /** give takes back a buffer that nobody reads any more. */
  give(buffer: Buffer): void {
    if (buffer.length > KEPT_MAX_BYTES) return;
    if (this.#free.length === KEPT_MAX) this.#free.shift();
    this.#free.push(buffer);
  }
}
