/** So many calls are always sent to an upstream at the same time: enough that a worker without idle time has work while they are away. */
const LIMIT_MIN = 32;
/** Where the event loop was idle although calls waited, the limit grows to this many times what it was; where it was not, it falls by a part. */
const GROWTH = 1.5;
const DECAY = 1 / 8;

/** Waiter is a call that goes to an upstream, at once or when its turn has come. It belongs to one gate, and waits there once. */
export interface Waiter {
  /** Since when it waits, in milliseconds of `performance.now()`; undefined: it does not. The gate sets this and its neighbours in the queue. */
  waitsSinceMs: number | undefined;
  ahead: Waiter | undefined;
  behind: Waiter | undefined;
  /** go sends the call. It may end at once. */
  go(): void;
}

/**
 * UpstreamGate decides how many calls are at one upstream at the same time; the others wait, the first to come is the first to go. Where the
 * event loop has idle time, waiting would be a loss, so as many may go as there are connections. Where it has none, more calls at the upstream
 * do not make it answer more: they only make each call dearer, because each keeps a connection, its buffers and its parser in use. So the limit
 * grows while the loop is idle although calls wait, and falls while it is busy. Latencies, which limits of this kind are often derived from,
 * say nothing here: they include the time that the loop needs.
 */
export class UpstreamGate {
  readonly #max: number;
  readonly #waits: (gate: UpstreamGate) => void;
  #limit: number;
  #going = 0;
  #resting = 0;
  #first: Waiter | undefined = undefined;
  #last: Waiter | undefined = undefined;
  #waiting = 0;
  #releasing = false;

  /** `max`: the connections to the upstream. `waits` is called when calls begin to wait for the event loop, not for a connection. */
  constructor(max: number, waits: (gate: UpstreamGate) => void) {
    this.#max = max;
    this.#limit = Math.min(LIMIT_MIN, max);
    this.#waits = waits;
  }

  /** Calls that have been sent and have not ended. */
  get going(): number {
    return this.#going;
  }

  /** Calls that wait because the worker has no time for them; those that wait for a connection do not count. */
  get waitingForLoop(): number {
    return this.#going < this.#max ? this.#waiting : 0;
  }

  /** Calls that wait because all connections are in use. */
  get waitingForConnection(): number {
    return this.#waiting - this.waitingForLoop;
  }

  /** Since when the first of those that wait does. */
  get waitsSinceMs(): number | undefined {
    return this.#first?.waitsSinceMs;
  }

  /** enter sends a call, or keeps it until its turn has come. */
  enter(waiter: Waiter): void {
    if (this.#waiting === 0 && this.#hasRoom) {
      this.#going++;
      waiter.go();
      return;
    }
    waiter.waitsSinceMs = performance.now();
    waiter.ahead = this.#last;
    if (this.#last) this.#last.behind = waiter;
    else this.#first = waiter;
    this.#last = waiter;
    this.#waiting++;
    this.#tellWaiting();
  }

  /** rests: a call waits for its client to read. It keeps its connection, but takes no time: another may go. */
  rests(): void {
    this.#resting++;
    this.#release();
    this.#tellWaiting();
  }

  /** goesOn: a call that rested does not any more. */
  goesOn(): void {
    this.#resting--;
  }

  get #hasRoom(): boolean {
    return this.#going < this.#max && this.#going - this.#resting < this.#limit;
  }

  /** leave is called once for each call that has entered: when it has ended, or does not want to go any more. */
  leave(waiter: Waiter): void {
    if (waiter.waitsSinceMs === undefined) this.#going--;
    else this.#remove(waiter);
    this.#release();
    this.#tellWaiting();
  }

  /** turned is called after each turn of the event loop while calls wait for it. False: none does any more. */
  turned(wasIdle: boolean): boolean {
    if (this.waitingForLoop === 0) return false;
    const limit = this.#limit * (wasIdle ? GROWTH : 1 - DECAY);
    this.#limit = Math.min(this.#max, Math.max(LIMIT_MIN, Math.floor(limit)));
    if (wasIdle) this.#release();
    return this.waitingForLoop > 0;
  }

  #tellWaiting(): void {
    if (this.waitingForLoop > 0) this.#waits(this);
  }

  /** A call that ends as soon as it is sent comes back here: this loop goes on with the next one then, however many do. */
  #release(): void {
    if (this.#releasing) return;
    this.#releasing = true;
    while (this.#first && this.#hasRoom) {
      const next = this.#first;
      this.#remove(next);
      this.#going++;
      next.go();
    }
    this.#releasing = false;
  }

  #remove(waiter: Waiter): void {
    const { ahead, behind } = waiter;
    if (ahead) ahead.behind = behind;
    else this.#first = behind;
    if (behind) behind.ahead = ahead;
    else this.#last = ahead;
    waiter.ahead = waiter.behind = waiter.waitsSinceMs = undefined;
    this.#waiting--;
  }
}
