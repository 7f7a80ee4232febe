const NOTHING = Buffer.alloc(0);

/** LastBytes keeps the end of a body. Pieces are copied as they come: neither many small ones nor parts of large buffers stay in memory. */
export class LastBytes {
  readonly #maxBytes: number;
  #buffer: Buffer = NOTHING;
  #sizeBytes = 0;

  /** `maxBytes` are kept of what is added. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(piece: Buffer): void {
    const added = piece.subarray(-this.#maxBytes);
    // With twice the room, most pieces move nothing of what is kept.
    if (this.#buffer.length === 0) this.#buffer = Buffer.allocUnsafeSlow(this.#maxBytes * 2);
    if (this.#sizeBytes + added.length > this.#buffer.length) {
      const left = this.#maxBytes - added.length;
      this.#buffer.copyWithin(0, this.#sizeBytes - left, this.#sizeBytes);
      this.#sizeBytes = left;
    }
    this.#sizeBytes += added.copy(this.#buffer, this.#sizeBytes);
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(Math.max(0, this.#sizeBytes - this.#maxBytes), this.#sizeBytes);
  }
}
