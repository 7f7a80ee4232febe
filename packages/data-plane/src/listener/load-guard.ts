/** So long must the event loop be too slow, and so many calls must have come, before that is an overload: a burst or a pause is none. */
const ENTER_AFTER_MS = 250;
const ENTER_AFTER_CALLS = 500;
/** So long must no call have been refused before it is over. */
const LEAVE_AFTER_MS = 1_000;
/** In an overload a turn may take this part of the delay that makes one: calls that are taken are then answered quickly. */
const BUDGET_PART = 0.1;
/** Where memory is short, calls up to this number are still taken: they free what they use. */
const CALLS_IN_FLIGHT_MIN = 16;

/** The calls of each source are counted for so long. */
const WINDOW_MS = 100;

/** SourceShares counts calls by their source: who calls less than the others is not to blame for an overload. */
class SourceShares {
  readonly #counts = new Map<string, number>();
  #total = 0;
  #sinceMs = 0;

  /** Counts a call. True: its source has had as many as the mean of all, or more. */
  count(source: string, nowMs: number): boolean {
    if (nowMs - this.#sinceMs > WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#counts.clear();
      this.#total = 0;
    }
    const calls = (this.#counts.get(source) ?? 0) + 1;
    this.#counts.set(source, calls);
    this.#total++;
    return calls >= this.#total / this.#counts.size;
  }
}

/** Shortage is why a call is refused. */
export type Shortage = "delay" | "memory";

export interface LoadGuardOptions {
  /** A turn of the event loop that takes longer is too slow; 0: none is. */
  readonly delayMs: number;
  readonly nowMs: () => number;
}

/**
 * LoadGuard decides which calls a worker takes. A worker that takes all of them answers every one late, until nobody waits for its
 * responses any more; so it takes as many as it can answer quickly. The measure is the time that a turn of its event loop takes: in an
 * overload no turn is short, whereas a pause of the garbage collector or a burst is followed by short ones.
 */
export class LoadGuard {
  readonly #options: LoadGuardOptions;
  #turnStartMs = -1;
  #lastTurnMs = 0;
  /** Since when no turn was short; -1: the last one was. */
  #slowSinceMs = -1;
  #callsSince = 0;
  #refusedMs = Number.NEGATIVE_INFINITY;
  #overloaded = false;
  #memoryIsShort = false;
  readonly #shares = new SourceShares();
  readonly #refused: Record<Shortage, number> = { delay: 0, memory: 0 };
  /** Calls since `sinceLast` was asked, and those of them that were refused. */
  #asked = 0;
  #askedRefused = 0;

  constructor(options: LoadGuardOptions) {
    this.#options = options;
  }

  get refused(): Readonly<Record<Shortage, number>> {
    return this.#refused;
  }

  /** sinceLast is how many calls were taken and refused since it was last asked. */
  sinceLast(): { readonly taken: number; readonly refused: number } {
    const refused = this.#askedRefused;
    const taken = this.#asked - refused;
    this.#asked = this.#askedRefused = 0;
    return { taken, refused };
  }

  /** turnBegan is called with the first event of a turn. */
  turnBegan(nowMs: number): void {
    if (this.#turnStartMs < 0) this.#turnStartMs = nowMs;
  }

  /** turnEnded is called when a turn has written its responses. */
  turnEnded(): void {
    const { delayMs, nowMs } = this.#options;
    if (delayMs === 0) return;
    const now = nowMs();
    this.#lastTurnMs = now - this.#turnStartMs;
    this.#turnStartMs = -1;
    if (this.#overloaded) {
      this.#overloaded = now - this.#refusedMs < LEAVE_AFTER_MS;
      return;
    }
    if (this.#lastTurnMs <= delayMs) this.#slowSinceMs = -1;
    else if (this.#slowSinceMs < 0) {
      this.#slowSinceMs = now - this.#lastTurnMs;
      this.#callsSince = 0;
    } else if (now - this.#slowSinceMs > ENTER_AFTER_MS && this.#callsSince > ENTER_AFTER_CALLS) {
      this.#overloaded = true;
      this.#slowSinceMs = -1;
      this.#refusedMs = now;
    }
  }

  /** memory says whether the worker has come close to the end of its memory. */
  memory(isShort: boolean): void {
    this.#memoryIsShort = isShort;
  }

  /** refusal is why a call is not taken; undefined: it is. */
  refusal(nowMs: number, callsInFlight: number, source: string): Shortage | undefined {
    this.#callsSince++;
    this.#asked++;
    const shortage = this.#shortage(nowMs, callsInFlight, source);
    if (shortage) {
      this.#refused[shortage]++;
      this.#askedRefused++;
    }
    return shortage;
  }

  #shortage(nowMs: number, callsInFlight: number, source: string): Shortage | undefined {
    if (this.#memoryIsShort && callsInFlight > CALLS_IN_FLIGHT_MIN) return "memory";
    if (!this.#overloaded) return undefined;
    // The turn before must have been long, too: else this one had a pause, and its calls were not too many.
    const budgetMs = this.#options.delayMs * BUDGET_PART;
    const hasMuch = this.#shares.count(source, nowMs);
    const turnMs = nowMs - this.#turnStartMs;
    if (turnMs < budgetMs || this.#lastTurnMs < budgetMs) return undefined;
    if (!hasMuch && turnMs < this.#options.delayMs) return undefined;
    this.#refusedMs = nowMs;
    return "delay";
  }
}
