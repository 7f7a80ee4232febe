/** So much of all bodies together is taken from connections in a turn of the event loop, which takes a millisecond or two. */
const TURN_MAX_BYTES = 1024 * 1024;
/** What a call takes, as bytes of bodies that take as long. */
export const CALL_BYTES = 64 * 1024;
/** So many of those that wait go on in a turn: each reads as much as a read of a connection gives at once, at most 128 KB. */
const GO_ON_MAX = 8;

/** Stream is what arrives and can be let go on: the body of a request or a response, or the messages of a client of WebSocket. */
export interface Stream {
  goOn(): void;
}

/**
 * StreamTurns keep turns of the event loop short while large bodies arrive. A connection that has data gives up to 2 MB at once, which takes
 * as long as thirty calls; with a hundred of them in a turn, all other calls wait for a tenth of a second. So only so much is taken in a turn;
 * after that each stream waits for a turn of its own, one after the other, until none waits any more.
 */
export class StreamTurns {
  readonly #schedule: () => void;
  #bytes = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<Stream>();

  /** `schedule` sees to it that turnEnded is called soon. */
  constructor(schedule: () => void) {
    this.#schedule = schedule;
  }

  /** passes counts a piece of a body. False: its stream must wait for its turn. */
  passes(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes < TURN_MAX_BYTES && this.#waiting.size === 0;
  }

  /** wait adds a stream that waits for its turn. */
  wait(stream: Stream): void {
    this.#waiting.add(stream);
    this.#schedule();
  }

  /** turnEnded lets those go on whose turn is the next one. */
  turnEnded(): void {
    this.#bytes = 0;
    let left = GO_ON_MAX;
    for (const stream of this.#waiting) {
      if (left-- === 0 || this.#bytes >= TURN_MAX_BYTES) {
        this.#schedule();
        return;
      }
      this.#waiting.delete(stream);
      stream.goOn();
    }
  }
}
