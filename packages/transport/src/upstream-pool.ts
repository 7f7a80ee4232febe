import type { Dispatcher } from "undici";

/** A client may keep a connection that others wait for so long without reading. */
const HELD_MAX_MS = 1_000;
const CHECK_MS = 250;

/** Holder is an exchange that keeps a connection busy while its client does not read. */
export interface Holder {
  /** Frees the connection. */
  giveUp(): void;
}

/**
 * UpstreamPool is the connections to one upstream. Where all are busy and calls wait for one, those go first whose clients do not read: a
 * slow client may wait for its upstream's bytes, but others must not wait for it.
 */
export class UpstreamPool {
  readonly dispatcher: Dispatcher;
  readonly #connections: number;
  #calls = 0;
  /** Since when a holder does not read; the first has waited for the longest time. */
  readonly #held = new Map<Holder, number>();
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(dispatcher: Dispatcher, connections: number) {
    this.dispatcher = dispatcher;
    this.#connections = connections;
  }

  begin(): void {
    this.#calls++;
    if (this.#calls > this.#connections) this.#watch();
  }

  end(holder: Holder): void {
    this.#calls--;
    this.#held.delete(holder);
  }

  paused(holder: Holder): void {
    this.#held.set(holder, performance.now());
  }

  resumed(holder: Holder): void {
    this.#held.delete(holder);
  }

  #watch(): void {
    if (!this.#timer) this.#timer = setTimeout(this.#relieve, CHECK_MS).unref();
  }

  readonly #relieve = (): void => {
    this.#timer = undefined;
    let waiting = this.#calls - this.#connections;
    if (waiting <= 0) return;
    const heldSinceMs = performance.now() - HELD_MAX_MS;
    for (const [holder, sinceMs] of this.#held) {
      if (waiting-- <= 0 || sinceMs > heldSinceMs) break;
      holder.giveUp();
    }
    this.#watch();
  };
}
