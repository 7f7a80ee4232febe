/** As large as what one read of a busy connection gives: larger ones would make turns of the event loop longer. */
export const CHUNK_BYTES = 128 * 1024;
/** So much memory is kept for bodies to come: 16 MB. */
const IDLE_MAX = 128;

/**
 * ChunkPool lends memory for large bodies, of a size that is always the same, and takes it back: memory that is new for each piece has to be zeroed by
 * the kernel, and found again by the collector. Whoever has a chunk gives it back once, when nobody else reads it or writes to it any more: after a
 * write, when that has called back. Whoever does not know that keeps it, and the collector takes it.
 */
export class ChunkPool {
  readonly #idle: Buffer[] = [];
  /** Those that are lent, by their memory. */
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>();

  get idleChunks(): number {
    return this.#idle.length;
  }

  /** take lends a chunk of CHUNK_BYTES, whose bytes are those of the body before. */
  take(): Buffer {
    const chunk = this.#idle.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#lent.set(chunk.buffer, chunk);
    return chunk;
  }

  /** giveBack takes back the chunk that some bytes are of. Other bytes, and a chunk that it already has, are left alone. */
  giveBack(bytes: Buffer): void {
    const chunk = this.#lent.get(bytes.buffer);
    if (!chunk) return;
    this.#lent.delete(bytes.buffer);
    if (this.#idle.length < IDLE_MAX) this.#idle.push(chunk);
  }
}

/** chunks is the pool of this process. */
export const chunks = new ChunkPool();
