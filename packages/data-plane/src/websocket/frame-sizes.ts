/** AWS's limit of one frame (quotas for WebSocket APIs). */
export const FRAME_MAX_BYTES = 32 * 1024;

/** So many frames of a client are looked at in a turn of the event loop: of those of one byte, 9,000 arrive in one read. */
const FRAMES_IN_TURN_MAX = 16;

/** What a part of a message takes in memory besides its bytes. */
const PART_BYTES = 128;
/** What a compressed message of which a part was inflated may take: all that a message may have, and the state of zlib. */
const INFLATED_BYTES = 128 * 1024 + 64 * 1024;

const FIN = 0x80;
const COMPRESSED = 0x40;
const CONTINUATION = 0;
const OPCODE = 0x0f;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;

/** Bytes of a frame's head behind the first two, by the length that the second one gives. */
const headRestOf = (length: number): number =>
  MASK_BYTES + (length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0);

/**
 * FrameSizes follows the frames in what a client sends, finds one that is larger than AWS allows before its payload has arrived (RFC 6455, 5.2),
 * and knows what a message keeps in memory until the rest of it arrives.
 */
export class FrameSizes {
  /** Bytes of the current frame's payload that are still to come. */
  #payloadLeft = 0;
  /** Bytes of the current frame's head that are still to come; 0: the first byte of a frame is next. */
  #headLeft = 0;
  #first = 0;
  /** What is known of the length, and how many bytes of it are still to come. */
  #length = 0;
  #lengthLeft = 0;
  /** Of the message that is arriving: what its parts take that are there as a whole. */
  #partsBytes = 0;
  #isCompressed = false;
  /** Of the bytes that were looked at last. */
  #frames = 0;
  /** So many of the bytes that were looked at last belong to frames of this turn. What is behind them is for the next one. */
  takenBytes = 0;

  /** What a message takes of which the rest is still to come. */
  get unfinishedBytes(): number {
    const isArriving = this.#payloadLeft > 0 && this.#isData;
    return this.#partsBytes + (isArriving ? this.#length - this.#payloadLeft : 0);
  }

  get #isData(): boolean {
    return (this.#first & OPCODE) < 8;
  }

  /** read looks at the next bytes, up to the end of the last frame that is of this turn. False: a frame of data is too large. */
  read(chunk: Uint8Array): boolean {
    let at = 0;
    this.#frames = 0;
    while (at < chunk.length && this.#frames < FRAMES_IN_TURN_MAX) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - at);
      if (skipped > 0) {
        this.#payloadLeft -= skipped;
        at += skipped;
        if (this.#payloadLeft === 0) this.#ended();
      }
      if (this.#frames === FRAMES_IN_TURN_MAX) break;
      if (at < chunk.length && !this.#readHead(chunk[at++] as number)) return false;
    }
    this.takenBytes = at;
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
    if (this.#isData && (this.#first & OPCODE) !== CONTINUATION)
      this.#isCompressed = (this.#first & COMPRESSED) !== 0;
    if (this.#length === 0) this.#ended();
    // A control frame is too large from 126 bytes on, which the protocol itself refuses.
    return !this.#isData || this.#length <= FRAME_MAX_BYTES;
  }

  /** Control frames may come between the parts of a message. */
  #ended(): void {
    this.#frames++;
    if (!this.#isData) return;
    if ((this.#first & FIN) !== 0) this.#partsBytes = 0;
    else if (this.#isCompressed) this.#partsBytes = INFLATED_BYTES;
    else this.#partsBytes += this.#length + PART_BYTES;
  }
}
