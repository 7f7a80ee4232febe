import type { Readable } from "node:stream";

/** Small pieces that wait are put together in blocks, each twice as large as the one before. */
const FIRST_BLOCK_BYTES = 1024;
const BLOCK_MAX_BYTES = 16 * 1024;

/** Node's streams are constructed with what each of them takes. */
// oxlint-disable-next-line typescript/no-explicit-any -- what TypeScript asks of a class that is extended like this
type StreamClass = new (...given: any[]) => Readable;

/**
 * puttingTogether makes of a class of streams one whose instances take memory by the bytes that wait to be read, and not by the pieces in which they
 * come: a client may send each byte in a chunk, or a frame, of its own, and each piece of a stream takes a hundred bytes besides.
 */
export function puttingTogether<Base extends StreamClass>(base: Base) {
  return class extends base {
    /** What waits behind what the stream has, and how much of it is filled. */
    #block: Buffer | undefined = undefined;
    #filledBytes = 0;
    #blockBytes = FIRST_BLOCK_BYTES;

    /** What is pushed next is copied, as it has to wait behind something else. */
    get copiesNext(): boolean {
      return !this.readableFlowing && (this.#block !== undefined || this.readableLength > 0);
    }

    override push(piece: Buffer | null): boolean {
      if (piece !== null && this.copiesNext) return this.#keep(piece);
      this.#endBlock();
      return super.push(piece);
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

    /** Adds a piece to those that wait; false: there is no room for more. */
    #keep(piece: Buffer): boolean {
      for (let at = 0; at < piece.length; ) {
        this.#block ??= Buffer.allocUnsafeSlow(this.#blockBytes);
        const copied = piece.copy(this.#block, this.#filledBytes, at);
        at += copied;
        this.#filledBytes += copied;
        if (this.#filledBytes === this.#block.length) this.#endBlock();
      }
      return this.readableLength + this.#filledBytes < this.readableHighWaterMark;
    }

    /** The stream has all that waits. */
    #endBlock(): void {
      if (!this.#block) return;
      const filled = this.#block.subarray(0, this.#filledBytes);
      this.#block = undefined;
      this.#filledBytes = 0;
      this.#blockBytes = Math.min(2 * this.#blockBytes, BLOCK_MAX_BYTES);
      super.push(filled);
    }
  };
}
