/** AWS's limit of one frame (quotas for WebSocket APIs). */
export const FRAME_MAX_BYTES = 32 * 1024;

const OPCODE = 0x0f;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;

/** Bytes of a frame's head behind the first two, by the length that the second one gives. */
const headRestOf = (length: number): number =>
  MASK_BYTES + (length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0);

/** FrameSizes follows the frames in what a client sends, and finds one that is larger than AWS allows before its payload has arrived (RFC 6455, 5.2). */
export class FrameSizes {
  /** Bytes of the current frame's payload that are still to come. */
  #payloadLeft = 0;
  /** Bytes of the current frame's head that are still to come; 0: the first byte of a frame is next. */
  #headLeft = 0;
  #first = 0;
  /** What is known of the length, and how many bytes of it are still to come. */
  #length = 0;
  #lengthLeft = 0;

  /** read looks at the next bytes. False: a frame of data is too large. */
  read(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - at);
      this.#payloadLeft -= skipped;
      at += skipped;
      if (at < chunk.length && !this.#readHead(chunk[at++] as number)) return false;
    }
    return true;
  }

  #readHead(byte: number): boolean {
    if (this.#headLeft === 0) {
      this.#first = byte;
      this.#headLeft = -1;
      return true;
    }
    if (this.#headLeft < 0) {
      const length = byte & LENGTH;
      this.#headLeft = headRestOf(length);
      this.#lengthLeft = this.#headLeft - MASK_BYTES;
      this.#length = this.#lengthLeft === 0 ? length : 0;
      return true;
    }
    if (this.#lengthLeft > 0) {
      this.#lengthLeft--;
      this.#length = this.#length * 256 + byte;
    }
    if (--this.#headLeft > 0) return true;
    this.#payloadLeft = this.#length;
    // A control frame is too large from 126 bytes on, which the protocol itself refuses.
    const isData = (this.#first & OPCODE) < 8;
    return !isData || this.#length <= FRAME_MAX_BYTES;
  }
}
