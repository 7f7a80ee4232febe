/** Bytes that a connection may send in advance: its handshake, and bodies that wait in its windows. */
const CREDIT_MAX_BYTES = 2 * 1024 * 1024;
/** Bytes a second of frames that ask for nothing: window updates of a client that reads what is sent to it need less. */
const FREE_BYTES_PER_SECOND = 64 * 1024;

/** Moved is what has moved on a connection since it was opened, in bytes. */
export interface Moved {
  readonly read: number;
  readonly written: number;
  /** Of heads, before they are compressed, and of bodies: what its requests are made of. */
  readonly requested: number;
}

/**
 * FrameCredit finds clients of HTTP/2 that send frames that nothing comes of: window updates, priorities, frames that are not known, padding. Nobody
 * counts those one by one (RFC 9113, 10.5), so the bytes are counted that neither requests nor responses explain.
 */
export class FrameCredit {
  #bytes = CREDIT_MAX_BYTES;
  #last: Moved = { read: 0, written: 0, requested: 0 };

  /** isOverdrawn is asked once an interval. True: the client has sent too much of that. */
  isOverdrawn(moved: Moved, elapsedMs: number): boolean {
    const { read, written, requested } = this.#last;
    this.#last = moved;
    const earned =
      // Bodies in small pieces have as many bytes of frames and records of TLS.
      2 * (moved.requested - requested) +
      (moved.written - written) +
      (FREE_BYTES_PER_SECOND * elapsedMs) / 1000;
    this.#bytes = Math.min(CREDIT_MAX_BYTES, this.#bytes + earned - (moved.read - read));
    return this.#bytes < 0;
  }
}
