import { CHUNK_BYTES, type ChunkPool, chunks } from "./chunk-pool.ts";
import { GrowingBytes } from "./growing-bytes.ts";

/** Up to this size a body takes no more memory than it has bytes, so that many that have just begun take little. */
const START_MAX_BYTES = 32 * 1024;
/** Less than this at the end of a chunk is not worth a read of its own. */
const ROOM_MIN_BYTES = 16 * 1024;

/** BodyParts is a body that is put together in chunks of a pool, as parts that are sent one after the other. */
export class BodyParts {
  readonly #pool: ChunkPool;
  readonly #start = new GrowingBytes(START_MAX_BYTES);
  readonly #parts: Buffer[] = [];
  /** The chunk that is being filled. */
  #chunk: Buffer | undefined = undefined;
  #filledBytes = 0;
  #room: Buffer | undefined = undefined;
  /** In bytes. */
  length = 0;

  constructor(pool: ChunkPool = chunks) {
    this.#pool = pool;
  }

  /** How much more memory it takes with so many more bytes. */
  moreWith(bytes: number): number {
    if (this.#isAtStart(bytes)) return this.#start.capacityWith(bytes) - this.#start.capacityBytes;
    const left = this.#chunk ? CHUNK_BYTES - this.#filledBytes : 0;
    return Math.max(0, Math.ceil((bytes - left) / CHUNK_BYTES)) * CHUNK_BYTES;
  }

  #isAtStart(bytes: number): boolean {
    return (
      this.#start.sizeBytes === this.length &&
      this.#chunk === undefined &&
      this.length + bytes <= START_MAX_BYTES
    );
  }

  /** needsChunk: a chunk more is taken for its next bytes, before they are known. */
  get needsChunk(): boolean {
    return this.#chunk === undefined || CHUNK_BYTES - this.#filledBytes < ROOM_MIN_BYTES;
  }

  /** room is where at most so many of its next bytes can be read to at once: until then, nothing else may be added. */
  room(mostBytes: number): Buffer {
    if (this.needsChunk) this.#nextChunk();
    this.#room = (this.#chunk as Buffer).subarray(this.#filledBytes, this.#filledBytes + mostBytes);
    return this.#room;
  }

  /** add copies a piece, if it was not read to where there was room for it. */
  add(bytes: Buffer, from: number, to: number): void {
    if (bytes === this.#room) this.#filledBytes += to;
    else if (this.#isAtStart(to - from)) this.#start.add(Buffer.from(bytes.subarray(from, to)));
    else this.#copy(bytes, from, to);
    this.#room = undefined;
    this.length += to - from;
  }

  #copy(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (this.#chunk === undefined || this.#filledBytes === CHUNK_BYTES) this.#nextChunk();
      const copied = bytes.copy(this.#chunk as Buffer, this.#filledBytes, at, to);
      this.#filledBytes += copied;
      at += copied;
    }
  }

  #nextChunk(): void {
    this.#endChunk();
    this.#chunk = this.#pool.take();
    this.#filledBytes = 0;
  }

  #endChunk(): void {
    if (this.#chunk) this.#parts.push(this.#chunk.subarray(0, this.#filledBytes));
    this.#chunk = undefined;
  }

  /** Its bytes, once it is whole. */
  get parts(): readonly Buffer[] {
    this.#endChunk();
    return this.#start.sizeBytes > 0 ? [this.#start.bytes, ...this.#parts] : this.#parts;
  }

  /** sent gives its memory back: nobody reads it any more, and nothing is read to it. */
  sent(): void {
    this.#endChunk();
    for (const part of this.#parts.splice(0)) this.#pool.giveBack(part);
    this.length = 0;
  }
}
