import { QueueBudget } from "./queue-budget.ts";

/** So long must calls be too late, and so many must have come, before that is an overload: a burst or a pause is none. */
const ENTER_AFTER_MS = 250;
const ENTER_AFTER_CALLS = 500;
/** It is over when for so long no call has been refused, or all that came, the refused calls too, would have taken less than this part of that time. */
const LEAVE_AFTER_MS = 1_000;
const BUSY_PART = 0.9;
/** In an overload calls may wait for at most this part of the delay that makes one: those that are taken are then answered quickly. */
const BUDGET_PART = 0.1;
/** Sources that call less than others are refused only where a turn takes so many times that delay. */
const FEW_TIMES = 2;
/** Each turn changes what a call is known to take by this part: one with a pause of the garbage collector says little. */
const LEARNED_PART = 1 / 16;
/** Where memory is short, calls up to this number are still taken: they free what they use. */
const CALLS_IN_FLIGHT_MIN = 16;

/** The calls of each source are counted for so long. */
const WINDOW_MS = 100;

/** InFlight are the calls that the worker is handling. */
export interface InFlight {
  readonly callsInFlight: number;
  /** How many requests of each source are being handled. The map is the caller's to change. */
  busyBySource(): Map<string, number>;
}

/**
 * SourceShares counts calls by their source, and those that the window found in flight: who calls less than the others is not to blame for an
 * overload, nor is the only one that calls while the calls of others go on and on.
 */
class SourceShares {
  #counts = new Map<string, number>();
  #total = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** Counts a call. True: its source has had as many as the mean of all, or more. */
  count(source: string, nowMs: number, inFlight: InFlight): boolean {
    if (nowMs - this.#sinceMs > WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#counts = inFlight.busyBySource();
      this.#total = 0;
      for (const busy of this.#counts.values()) this.#total += busy;
    }
    const calls = (this.#counts.get(source) ?? 0) + 1;
    this.#counts.set(source, calls);
    this.#total++;
    return calls >= this.#total / this.#counts.size;
  }
}

/** Shortage is why a call is refused. */
export type Shortage = "delay" | "memory";

/** Waiting are calls that the worker has taken and not yet sent to upstreams, because it has no time for more. */
export interface Waiting {
  readonly count: number;
  /** For how long the first of them waits; 0: there are none. */
  oldestMs(nowMs: number): number;
}

/** Of a worker none of whose calls wait. */
export const NONE_WAITING: Waiting = { count: 0, oldestMs: () => 0 };

export interface LoadGuardOptions {
  /** Calls that wait for the worker for longer are too late; 0: none is. */
  readonly delayMs: number;
  readonly nowMs: () => number;
  /** How long the event loop has had nothing to do, in all. */
  readonly idleMs: () => number;
  readonly waiting: Waiting;
}

/**
 * LoadGuard decides which calls a worker takes. A worker that takes all of them answers every one late, until nobody waits for its
 * responses any more; so it takes as many as it can answer quickly. The measure is for how long calls wait for the worker: for their turn of
 * the event loop, and then to be sent to their upstream. In an overload that is never short, whereas a pause of the garbage collector or a
 * burst is over soon (Nichols and Jacobson, "Controlling Queue Delay"). While it is one, a call is refused before it has cost anything, if
 * those that wait already take too long: so many times what a call takes.
 */
export class LoadGuard {
  readonly #options: LoadGuardOptions;
  #turnStartMs = -1;
  #lastTurnMs = 0;
  /** What a call takes of the worker, all in all, and the time since the last turn in which one ended. */
  #callMs = 0;
  #spentMs = 0;
  /** Since when calls are late; -1: they are not. */
  #lateSinceMs = -1;
  #callsSince = 0;
  #refusedMs = Number.NEGATIVE_INFINITY;
  #overloaded = false;
  /** Of an overload: since when these calls came, and the idle time of the event loop before. */
  #watched = { sinceMs: 0, idleMs: 0, taken: 0, refused: 0 };
  readonly #queue = new QueueBudget();
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

  /** turnEnded is called when a turn has written its responses, so many of them the last of their call. */
  turnEnded(answered: number): void {
    const { delayMs, nowMs, waiting } = this.#options;
    if (delayMs === 0) return;
    const now = nowMs();
    this.#lastTurnMs = now - this.#turnStartMs;
    this.#turnStartMs = -1;
    this.#learn(answered);
    if (this.#overloaded) {
      this.#queue.adjust(now, this.#options.idleMs());
      this.#overloaded = now - this.#refusedMs < LEAVE_AFTER_MS && !this.#canTakeAll(now);
      return;
    }
    const lateMs = Math.max(this.#lastTurnMs, waiting.oldestMs(now));
    if (lateMs <= delayMs) this.#lateSinceMs = -1;
    else if (this.#lateSinceMs < 0) {
      this.#lateSinceMs = now - lateMs;
      this.#callsSince = 0;
    } else if (now - this.#lateSinceMs > ENTER_AFTER_MS && this.#callsSince > ENTER_AFTER_CALLS) {
      this.#overloaded = true;
      this.#lateSinceMs = -1;
      this.#refusedMs = now;
      this.#watch(now);
      this.#queue.begin(now, this.#options.idleMs());
    }
  }

  #watch(now: number): void {
    this.#watched = { sinceMs: now, idleMs: this.#options.idleMs(), taken: 0, refused: 0 };
  }

  /** Pauses make a few calls late at any load: what is refused then would keep the overload up although there is none any more. */
  #canTakeAll(now: number): boolean {
    const { sinceMs, idleMs, taken, refused } = this.#watched;
    const spanMs = now - sinceMs;
    if (spanMs < LEAVE_AFTER_MS) return false;
    const busyMs = spanMs - (this.#options.idleMs() - idleMs);
    this.#watch(now);
    return busyMs * (taken + refused) < spanMs * BUSY_PART * taken;
  }

  #learn(answered: number): void {
    this.#spentMs += this.#lastTurnMs;
    if (answered === 0) return;
    this.#callMs += (this.#spentMs / answered - this.#callMs) * LEARNED_PART;
    this.#spentMs = 0;
  }

  /** memory says whether the worker has come close to the end of its memory. */
  memory(isShort: boolean): void {
    this.#memoryIsShort = isShort;
  }

  /** refusalsWait says whether so many calls are refused that their responses wait for each other. */
  refusalsWait(areWaiting: boolean): void {
    this.#queue.refusalsWait = areWaiting;
  }

  /** refusal is why a call is not taken; undefined: it is. */
  refusal(nowMs: number, inFlight: InFlight, source: string): Shortage | undefined {
    this.#callsSince++;
    this.#asked++;
    const shortage = this.#shortage(nowMs, inFlight, source);
    if (shortage) {
      this.#refused[shortage]++;
      this.#askedRefused++;
      this.#watched.refused++;
    } else this.#watched.taken++;
    return shortage;
  }

  #shortage(nowMs: number, inFlight: InFlight, source: string): Shortage | undefined {
    if (this.#memoryIsShort && inFlight.callsInFlight > CALLS_IN_FLIGHT_MIN) return "memory";
    if (!this.#overloaded) return undefined;
    const { delayMs, waiting } = this.#options;
    // The turn before must have been long, too: else this one had a pause, and its calls were not too many.
    const turnMs = Math.min(nowMs - this.#turnStartMs, this.#lastTurnMs);
    // Calls wait at the gates of their upstreams: those of a source that has few may well go to others.
    const isTaken = this.#shares.count(source, nowMs, inFlight)
      ? Math.max(turnMs, waiting.count * this.#callMs) <
        Math.min(this.#queue.calls * this.#callMs, delayMs * BUDGET_PART)
      : turnMs < delayMs * FEW_TIMES;
    if (isTaken) return undefined;
    this.#refusedMs = nowMs;
    return "delay";
  }
}
