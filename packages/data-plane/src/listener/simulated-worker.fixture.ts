import { type InFlight, LoadGuard } from "./load-guard.ts";
import { REFUSALS_PER_TICK, refusalsOf, TICK_MS } from "./paced-refusals.ts";

/** What a call takes of the simulated worker. */
const CALL_MS = 0.1;
export const CAPACITY_PER_MS = 1 / CALL_MS;
/** To read a request that is refused, and to write the response when its turn has come: as PacedRefusals does. */
const READ_MS = 0.02;
const REFUSAL_MS = 0.03;
export const DELAY_MS = 50;
export const NOBODY: InFlight = { callsInFlight: 0, busyBySource: () => new Map() };
export const FULL: InFlight = { ...NOBODY, callsInFlight: 1_000_000 };

/** Calls at their upstream at the same time, and for how long each is there. */
const AT_UPSTREAM = 32;
const UPSTREAM_MS = 0.5;

export interface Load {
  /** Calls that arrive in a millisecond, at a time. */
  readonly perMs: (nowMs: number) => number;
  /** Of the clients: a call that finds none free does not arrive. */
  readonly connections: number;
  readonly untilMs: number;
  /** One call in so many is of another source. */
  readonly otherEvery?: number;
  /** Pauses, as of the garbage collector. */
  readonly pause?: { readonly everyMs: number; readonly ms: number };
  /** What each turn takes besides its calls: the fewer they are, the more each of them takes. */
  readonly turnMs?: number;
  /** Calls go to an upstream: half of their work is left when they come back. Else all is done at once. */
  readonly hasUpstream?: boolean;
}

/** An event loop that works off what has arrived, turn by turn; time is what its work takes. */
class SimulatedWorker {
  readonly #load: Load;
  readonly #guard: LoadGuard;
  nowMs = 0;
  readonly latencies: { atMs: number; ms: number }[] = [];
  readonly refused: number[] = [];
  refusedOthers = 0;
  #calls = 0;
  /** Refused, and not told yet. */
  #parked = 0;
  #tickMs = 0;
  #sentInTick = 0;
  #ready: number[] = [];
  #busy = 0;
  #arrivedMs = 0;
  #due = 0;
  #pausedMs = 0;
  #idleMs = 0;
  /** Taken, and not sent yet. */
  readonly #waiting: { readonly arrivalMs: number; readonly sinceMs: number }[] = [];
  #away: { readonly arrivalMs: number; readonly backMs: number }[] = [];

  constructor(load: Load, delayMs: number) {
    this.#load = load;
    const waiting = this.#waiting;
    this.#guard = new LoadGuard({
      delayMs,
      nowMs: () => this.nowMs,
      idleMs: () => this.#idleMs,
      waiting: {
        get count() {
          return waiting.length;
        },
        oldestMs: (nowMs) => nowMs - (waiting[0]?.sinceMs ?? nowMs),
      },
    });
  }

  run(): void {
    while (this.nowMs < this.#load.untilMs) this.#turn();
  }

  #arrive(): void {
    const { perMs, connections } = this.#load;
    for (; this.#arrivedMs < this.nowMs; this.#arrivedMs += 0.1) {
      for (this.#due += perMs(this.#arrivedMs) / 10; this.#due >= 1; this.#due--)
        if (this.#busy < connections) {
          this.#busy++;
          this.#ready.push(this.#arrivedMs);
        }
    }
  }

  #sendRefusals(): void {
    const elapsedMs = this.nowMs - this.#tickMs;
    if (elapsedMs < TICK_MS) return;
    this.#tickMs = this.nowMs;
    const sent = Math.min(this.#parked, refusalsOf(this.#parked, elapsedMs));
    this.#parked -= sent;
    this.#sentInTick = sent;
    this.#busy -= sent;
    this.nowMs += sent * REFUSAL_MS;
    this.#guard.refusalsWait(this.#parked > 0);
  }

  #turn(): void {
    this.#arrive();
    this.#sendRefusals();
    const back = this.#away.filter(({ backMs }) => backMs <= this.nowMs);
    const arrived = this.#ready;
    if (back.length === 0 && arrived.length === 0) {
      this.nowMs += 0.1;
      this.#idleMs += 0.1;
      return;
    }
    this.#away = this.#away.filter(({ backMs }) => backMs > this.nowMs);
    this.#ready = [];
    this.#guard.turnBegan(this.nowMs);
    this.nowMs += this.#load.turnMs ?? 0;
    this.#pause();
    const ended: number[] = [];
    for (const { arrivalMs } of back) {
      this.nowMs += CALL_MS / 2;
      ended.push(arrivalMs);
      this.#send();
    }
    for (const arrivalMs of arrived) if (this.#takes() && this.#begin(arrivalMs)) ended.push(arrivalMs);
    this.#guard.turnEnded(ended.length);
    this.#busy -= ended.length;
    for (const arrivalMs of ended) this.latencies.push({ atMs: this.nowMs, ms: this.nowMs - arrivalMs });
  }

  #pause(): void {
    const { pause } = this.#load;
    if (!pause || this.nowMs - this.#pausedMs <= pause.everyMs) return;
    this.#pausedMs = this.nowMs;
    this.nowMs += pause.ms;
  }

  #takes(): boolean {
    const isOther = ++this.#calls % (this.#load.otherEvery ?? Number.POSITIVE_INFINITY) === 0;
    if (!this.#guard.refusal(this.nowMs, FULL, isOther ? "other" : "one")) return true;
    if (isOther) this.refusedOthers++;
    this.nowMs += READ_MS;
    this.refused.push(this.nowMs);
    if (this.#parked === 0 && this.#sentInTick < REFUSALS_PER_TICK) {
      this.#sentInTick++;
      this.#busy--;
      this.nowMs += REFUSAL_MS;
    } else {
      this.#parked++;
      this.#guard.refusalsWait(true);
    }
    return false;
  }

  /** True: it has ended. */
  #begin(arrivalMs: number): boolean {
    const hasUpstream = this.#load.hasUpstream === true;
    this.nowMs += hasUpstream ? CALL_MS / 2 : CALL_MS;
    if (hasUpstream) {
      this.#waiting.push({ arrivalMs, sinceMs: this.nowMs });
      this.#send();
    }
    return !hasUpstream;
  }

  #send(): void {
    if (this.#away.length >= AT_UPSTREAM) return;
    const next = this.#waiting.shift();
    if (next) this.#away.push({ arrivalMs: next.arrivalMs, backMs: this.nowMs + UPSTREAM_MS });
  }
}

/** simulate runs a load, and tells how long its calls took and when others were refused. */
export function simulate(load: Load, delayMs = DELAY_MS) {
  const worker = new SimulatedWorker(load, delayMs);
  worker.run();
  const { latencies, refused, refusedOthers } = worker;
  const between = (fromMs: number, toMs: number) =>
    latencies.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
  const p99 = (fromMs: number, toMs: number) => {
    const sorted = between(fromMs, toMs)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  };
  return { between, p99, refused, refusedOthers };
}
