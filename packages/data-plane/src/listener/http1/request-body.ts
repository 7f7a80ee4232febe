import { Readable } from "node:stream";
import type { BodySink, RequestStream } from "@tollgate/pipeline";

/** So much of a body may wait to be read before its client has to wait. */
const WAITING_MAX_BYTES = 64 * 1024;
/** Pieces that wait are put together in blocks, each twice as large as the one before. */
const FIRST_BLOCK_BYTES = 1024;
const BLOCK_MAX_BYTES = 16 * 1024;

/**
 * RequestBody is the body of a request, as it arrives. How much memory it takes while nobody reads it depends on its bytes, and not on the pieces in which
 * they come: a client may send each byte in a chunk of its own.
 */
export class RequestBody extends Readable implements RequestStream {
  readonly #goOn: () => void;
  #sink: BodySink | undefined = undefined;
  /** What waits behind what the stream has, and how much of it is filled. */
  #block: Buffer | undefined = undefined;
  #filledBytes = 0;
  #blockBytes = FIRST_BLOCK_BYTES;

  /** `goOn` is called when it has room again. */
  constructor(goOn: () => void) {
    super({ highWaterMark: WAITING_MAX_BYTES });
    this.#goOn = goOn;
  }

  override _read(): void {
    this.#goOn();
  }

  /** Whoever reads gets all that waits. Node's own looks with 0 for room change nothing. */
  override read(size?: number): Buffer | null {
    if (size !== 0) this.#endBlock();
    return super.read(size) as Buffer | null;
  }

  override resume(): this {
    this.#endBlock();
    return super.resume();
  }

  /** end: that was all of it. */
  end(): void {
    this.#endBlock();
    this.push(null);
  }

  giveTo(sink: BodySink): void {
    for (let chunk = this.read(); chunk; chunk = this.read())
      if (!sink.take(chunk, 0, chunk.length)) {
        this.pause();
        return;
      }
    this.#sink = sink;
    // So that its end is emitted.
    this.resume();
  }

  /** receive takes a piece, whose bytes are overwritten afterwards; false: more has to wait. */
  receive(bytes: Buffer, from: number, to: number): boolean {
    if (this.#sink) {
      if (this.#sink.take(bytes, from, to)) return true;
      this.#sink = undefined;
      this.pause();
    }
    if (!this.readableFlowing && (this.#block || this.readableLength > 0)) return this.#keep(bytes, from, to);
    const chunk = Buffer.allocUnsafe(to - from);
    bytes.copy(chunk, 0, from, to);
    return this.push(chunk);
  }

  /** Adds a piece to those that wait; false: there is no room for more. */
  #keep(bytes: Buffer, from: number, to: number): boolean {
    for (let at = from; at < to; ) {
      this.#block ??= Buffer.allocUnsafeSlow(this.#blockBytes);
      const copied = bytes.copy(this.#block, this.#filledBytes, at, to);
      at += copied;
      this.#filledBytes += copied;
      if (this.#filledBytes === this.#block.length) this.#endBlock();
    }
    return this.readableLength + this.#filledBytes < WAITING_MAX_BYTES;
  }

  /** The stream has all that waits. */
  #endBlock(): void {
    if (!this.#block) return;
    const filled = this.#block.subarray(0, this.#filledBytes);
    this.#block = undefined;
    this.#filledBytes = 0;
    this.#blockBytes = Math.min(2 * this.#blockBytes, BLOCK_MAX_BYTES);
    this.push(filled);
  }

  /** Where at most so many of the bytes that are missing may be read to; undefined: it does not matter. */
  room(missingBytes: number): Buffer | undefined {
    return this.#sink?.room(missingBytes);
  }

  /** abort ends it where its client has left: nobody takes it for whole. */
  abort(): void {
    this.destroy(this.listenerCount("error") > 0 ? new Error("the client left") : undefined);
  }
}
