/** A connection is made by then, or has failed (`CONNECT_TIMEOUT_MS` of clients.ts): what was not taken is not waiting for one. */
const STUCK_MS = 6_000;

/**
 * StuckCalls are the calls to one upstream that are over, but whose client has not taken them yet: it keeps them, and their bodies, until it has a connection
 * for them. An upstream that allows no streams of HTTP/2 never gives it one (RFC 9113, 5.1.2). When nothing else is at the upstream for some time, the client is replaced.
 */
export class StuckCalls {
  readonly #replace: () => void;
  readonly #going: () => number;
  #count = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** `going`: all calls that were given to the client and have not left it. `replace` makes the client give all of them back. */
  constructor(going: () => number, replace: () => void) {
    this.#going = going;
    this.#replace = replace;
  }

  /** A call is over that the client has not taken. */
  add(): void {
    this.#count++;
    this.#timer ??= setTimeout(this.#look, STUCK_MS).unref();
  }

  /** The client has given it back. */
  remove(): void {
    this.#count--;
    if (this.#count > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.#timer = setTimeout(this.#look, STUCK_MS).unref();
    if (this.#count === this.#going()) this.#replace();
  };
}
