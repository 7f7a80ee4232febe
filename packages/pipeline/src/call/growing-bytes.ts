const NOTHING = Buffer.alloc(0);

/** GrowingBytes puts a body together. Pieces are copied as they come: however small they are, they cost no more than their bytes. */
export class GrowingBytes {
  readonly #maxBytes: number;
  #buffer: Buffer = NOTHING;
  #sizeBytes = 0;

  /** `maxBytes` is never exceeded: whoever adds has checked that. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The memory that it takes with so many more bytes. */
  capacityWith(bytes: number): number {
    const needed = this.#sizeBytes + bytes;
    if (needed <= this.#buffer.length || this.#sizeBytes === 0) return Math.max(needed, this.#buffer.length);
    return Math.max(needed, Math.min(this.#maxBytes, this.#buffer.length * 2));
  }

  get capacityBytes(): number {
    return this.#buffer.length;
  }

  add(piece: Buffer): void {
    if (this.#sizeBytes === 0) {
      // The first is often the only one.
      this.#buffer = piece;
      this.#sizeBytes = piece.length;
      return;
    }
    const capacity = this.capacityWith(piece.length);
    if (capacity > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.#buffer.copy(grown, 0, 0, this.#sizeBytes);
      this.#buffer = grown;
    }
    piece.copy(this.#buffer, this.#sizeBytes);
    this.#sizeBytes += piece.length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#sizeBytes);
  }
}
