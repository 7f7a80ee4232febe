/** Sizes of chunks: each is twice as large as the one before. Most accounts have few records. A record that is larger has a chunk of its own. */
const CHUNK_MIN_BYTES = 1 << 12;
const CHUNK_BYTES = 1 << 20;
/** Records begin at multiples of it, so that 32 bits name one of 32 GiB. */
const ALIGN_BITS = 3;
const OFFSET_BITS = 20 - ALIGN_BITS;
const SIZE_BYTES = 4;
/** Set in the size of a record that was dropped. Sizes are multiples of 8. */
const DROPPED = 1;

interface ArenaRecord {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly isDropped: boolean;
}

/** The records of a chunk, dropped ones too. */
function* recordsOf(chunk: Buffer): Generator<ArenaRecord> {
  for (let offset = 0; offset + SIZE_BYTES <= chunk.length; ) {
    const marked = chunk.readUInt32LE(offset);
    if (marked === 0) break;
    const sizeBytes = marked & ~DROPPED;
    yield { offset, sizeBytes, isDropped: (marked & DROPPED) !== 0 };
    offset += sizeBytes;
  }
}

const placeOf = (index: number, offset: number): number =>
  ((index << OFFSET_BITS) | (offset >> ALIGN_BITS)) >>> 0;

/** Arena holds records of bytes outside of V8's heap, one after another: they cost no objects, and the garbage collector does not visit them. */
export class Arena {
  readonly #chunks: Buffer[] = [];
  #usedBytes = 0;
  /** Bytes of records, and those of dropped ones. */
  #allBytes = 0;
  #droppedBytes = 0;

  /** of is an arena of the parts of another one, which become its own. */
  static of(parts: readonly Buffer[]): Arena {
    const arena = new Arena();
    for (const part of parts) {
      arena.#chunks.push(part);
      arena.#usedBytes = part.length;
      for (const { sizeBytes, isDropped } of recordsOf(part)) {
        arena.#allBytes += sizeBytes;
        if (isDropped) arena.#droppedBytes += sizeBytes;
      }
    }
    return arena;
  }

  /** Its parts as they are: records are added to the last one, and may be dropped in all of them. */
  get parts(): readonly Buffer[] {
    const last = this.#chunks.length - 1;
    return this.#chunks.map((chunk, i) => (i === last ? chunk.subarray(0, this.#usedBytes) : chunk));
  }

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
    return placeOf(index, offset);
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
      for (const { offset, sizeBytes, isDropped } of recordsOf(chunk))
        if (!isDropped) yield chunk.subarray(offset + SIZE_BYTES, offset + sizeBytes);
  }

  /** The places of all records that were not dropped. */
  *places(): Generator<number> {
    for (const [index, chunk] of this.#chunks.entries())
      for (const { offset, isDropped } of recordsOf(chunk)) if (!isDropped) yield placeOf(index, offset);
  }

  #place(at: number): { chunk: Buffer; offset: number } {
    const chunk = this.#chunks[at >>> OFFSET_BITS] as Buffer;
    return { chunk, offset: (at & ((1 << OFFSET_BITS) - 1)) << ALIGN_BITS };
  }
}
