/** Sizes of chunks: each is twice as large as the one before. Most accounts have few records. A record that is larger has a chunk of its own. */
const CHUNK_MIN_BYTES = 1 << 12;
const CHUNK_BYTES = 1 << 20;
/** Records begin at multiples of it, so that 32 bits name one of 32 GiB. */
const ALIGN_BITS = 3;
const OFFSET_BITS = 20 - ALIGN_BITS;
const SIZE_BYTES = 4;
/** Set in the size of a record that was dropped. Sizes are multiples of 8. */
const DROPPED = 1;

/** Arena holds records of bytes outside of V8's heap, one after another: they cost no objects, and the garbage collector does not visit them. */
export class Arena {
  readonly #chunks: Buffer[] = [];
  #usedBytes = 0;
  /** Bytes of records, and those of dropped ones. */
  #allBytes = 0;
  #droppedBytes = 0;

  /** Whether more than half of it was dropped, and is worth to be got back. */
  get isSparse(): boolean {
    return this.#droppedBytes > CHUNK_BYTES && this.#droppedBytes * 2 > this.#allBytes;
  }

  /** add appends a record, and returns where it is. */
  add(record: Buffer): number {
    const sizeBytes = (SIZE_BYTES + record.length + 7) & ~7;
    const last = this.#chunks.at(-1);
    if (!last || this.#usedBytes + sizeBytes > last.length) {
      const chunkBytes = last ? Math.min(last.length * 2, CHUNK_BYTES) : CHUNK_MIN_BYTES;
      this.#chunks.push(Buffer.alloc(Math.max(chunkBytes, sizeBytes + SIZE_BYTES)));
      this.#usedBytes = 0;
    }
    const offset = this.#usedBytes;
    const index = this.#chunks.length - 1;
    const chunk = this.#chunks[index] as Buffer;
    chunk.writeUInt32LE(sizeBytes, offset);
    record.copy(chunk, offset + SIZE_BYTES);
    this.#usedBytes += sizeBytes;
    this.#allBytes += sizeBytes;
    return ((index << OFFSET_BITS) | (offset >> ALIGN_BITS)) >>> 0;
  }

  /** get returns a record, with up to 7 bytes after it. It is a view that is valid as long as the record is not dropped. */
  get(at: number): Buffer {
    const { chunk, offset } = this.#place(at);
    return chunk.subarray(offset + SIZE_BYTES, offset + (chunk.readUInt32LE(offset) & ~DROPPED));
  }

  drop(at: number): void {
    const { chunk, offset } = this.#place(at);
    const sizeBytes = chunk.readUInt32LE(offset);
    chunk.writeUInt32LE(sizeBytes | DROPPED, offset);
    this.#droppedBytes += sizeBytes;
  }

  /** All records that were not dropped, in the order in which they were added. */
  *values(): Generator<Buffer> {
    for (const chunk of this.#chunks)
      for (let offset = 0; offset + SIZE_BYTES <= chunk.length; ) {
        const sizeBytes = chunk.readUInt32LE(offset);
        if (sizeBytes === 0) break;
        const end = offset + (sizeBytes & ~DROPPED);
        if ((sizeBytes & DROPPED) === 0) yield chunk.subarray(offset + SIZE_BYTES, end);
        offset = end;
      }
  }

  #place(at: number): { chunk: Buffer; offset: number } {
    const chunk = this.#chunks[at >>> OFFSET_BITS] as Buffer;
    return { chunk, offset: (at & ((1 << OFFSET_BITS) - 1)) << ALIGN_BITS };
  }
}
