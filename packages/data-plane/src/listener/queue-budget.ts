/** As few calls may wait at least: with fewer, a turn of the event loop has too little to share its own costs. */
const CALLS_MIN = 8;
const CALLS_MAX = 1_024;
/** So often it is looked whether the event loop was idle, and for more than this part of the time. */
const SPAN_MS = 50;
const IDLE_PART = 0.03;
/** Where the budget is too small, it grows to so many times what it was; else it falls by a part. */
const GROWTH = 1.5;
const DECAY = 1 / 16;

/**
 * QueueBudget is how many calls may wait for an overloaded worker. Each that waits makes those behind it later, and the only use of a queue is
 * that the worker never runs out of work: so the budget grows where it did, although there was more, and falls where it did not. How many that
 * are depends on what nobody knows beforehand: how long clients and upstreams are away.
 *
 * Where so few calls are refused that refusals do not wait for each other, the worker may be able to take all of them: short turns share their
 * own costs between few calls, so that a short queue can keep up the overload for which it is short. So the budget grows there, too.
 */
export class QueueBudget {
  #calls = CALLS_MIN;
  #sinceMs = 0;
  #idleMs = 0;
  /** Whether refusals wait for others to be sent. */
  refusalsWait = false;

  get calls(): number {
    return this.#calls;
  }

  /** begin is called when an overload begins: the budget is what the one before needed. */
  begin(nowMs: number, idleMs: number): void {
    this.#sinceMs = nowMs;
    this.#idleMs = idleMs;
  }

  /** adjust is called after each turn. `idleMs`: how long the event loop has had nothing to do, in all. */
  adjust(nowMs: number, idleMs: number): void {
    const spanMs = nowMs - this.#sinceMs;
    if (spanMs < SPAN_MS) return;
    const wasIdle = idleMs - this.#idleMs > spanMs * IDLE_PART;
    const isTooSmall = wasIdle || !this.refusalsWait;
    this.#calls = Math.min(CALLS_MAX, Math.max(CALLS_MIN, this.#calls * (isTooSmall ? GROWTH : 1 - DECAY)));
    this.begin(nowMs, idleMs);
  }
}
