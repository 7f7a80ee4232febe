const TICK_MS = 10;
/** A deadline that is further away than all slots together is passed over until its time has come. */
const SLOTS = 1_024;

/** Expiring is something with a deadline. It has one at a time. */
export interface Expiring {
  /** The tick in which it ends; -1: it has no deadline. The deadlines set this and its neighbours in the slot. */
  dueTick: number;
  before: Expiring | undefined;
  after: Expiring | undefined;
  /** expired is called when the time is over: not too early, and up to 20 ms late. What it throws is thrown by the timer, after all others have expired. */
  expired(): void;
}

/**
 * Deadlines are those of all calls of a process: a wheel of slots (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels") that one timer
 * turns while there are any. Nearly all calls end before theirs, so setting and clearing one must cost nothing: nothing is allocated, and what
 * is cleared is not known to anything any more.
 */
export class Deadlines {
  readonly #slots: (Expiring | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  #count = 0;
  /** All deadlines up to this one are over. */
  #tick = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** set gives something that has no deadline one in so many milliseconds. */
  set(expiring: Expiring, ms: number): void {
    const nowMs = performance.now();
    if (!this.#timer) {
      this.#tick = Math.floor(nowMs / TICK_MS);
      this.#timer = setInterval(this.#turn, TICK_MS);
    }
    this.#count++;
    // Never in the slot that is being turned, whatever has become of the timer.
    expiring.dueTick = Math.max(this.#tick + 1, Math.ceil((nowMs + ms) / TICK_MS));
    const slot = expiring.dueTick % SLOTS;
    const first = this.#slots[slot];
    expiring.after = first;
    if (first) first.before = expiring;
    this.#slots[slot] = expiring;
  }

  /** clear takes the deadline away, if there is one. */
  clear(expiring: Expiring): void {
    if (expiring.dueTick < 0) return;
    const { before, after } = expiring;
    if (before) before.after = after;
    else this.#slots[expiring.dueTick % SLOTS] = after;
    if (after) after.before = before;
    expiring.dueTick = -1;
    expiring.before = expiring.after = undefined;
    this.#count--;
  }

  readonly #turn = (): void => {
    const now = Math.floor(performance.now() / TICK_MS);
    const due: Expiring[] = [];
    // After a pause that is longer than the wheel, each slot is looked at once.
    for (let tick = Math.max(this.#tick + 1, now - SLOTS + 1); tick <= now; tick++)
      for (let one = this.#slots[tick % SLOTS]; one; one = one.after) if (one.dueTick <= now) due.push(one);
    this.#tick = now;
    const failures: unknown[] = [];
    // What one of them does may take the deadline of another away, or give it a new one.
    for (const one of due)
      if (one.dueTick >= 0 && one.dueTick <= now) {
        this.clear(one);
        try {
          one.expired();
        } catch (error) {
          // The others must not wait for the next turn of the whole wheel.
          failures.push(error);
        }
      }
    if (this.#count === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    if (failures.length > 0) throw failures[0];
  };
}
