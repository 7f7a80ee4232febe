import { BATCH_HEAD_BYTES } from "@tollgate/usage-stream";

/** What one round sends at most, and heads of its batches. */
const ROUND_MAX_BYTES = 832 * 1024;

/**
 * RoundMemory is what a round of a shipper reads files into, and what its batches are sent from. The next round uses it again: buffers of this
 * size, five times a second, are what makes V8 collect the whole heap.
 */
export class RoundMemory {
  #bytes: Buffer | undefined = undefined;
  #filledBytes = 0;

  /** begin gives all of it free: nothing that was taken is used any more. */
  begin(): void {
    this.#filledBytes = 0;
  }

  /** leave keeps what was taken from being used again: somebody may still read it. */
  leave(): void {
    this.#bytes = undefined;
    this.#filledBytes = 0;
  }

  /** take gives space for so many bytes behind the head of a batch. */
  take(bytes: number): Buffer {
    this.#bytes ??= Buffer.allocUnsafeSlow(ROUND_MAX_BYTES);
    const start = this.#filledBytes;
    const end = start + BATCH_HEAD_BYTES + bytes;
    if (end > this.#bytes.length) return Buffer.allocUnsafeSlow(end - start);
    this.#filledBytes = end;
    return this.#bytes.subarray(start, end);
  }
}
