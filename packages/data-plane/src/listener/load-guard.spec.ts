import { describe, expect, it } from "vitest";
import { type InFlight, LoadGuard, NONE_WAITING } from "./load-guard.ts";
import { refusalsOf, TICK_MS } from "./paced-refusals.ts";

const CALL_MS = 0.1;
const CAPACITY_PER_MS = 1 / CALL_MS;
/** To read a request that is refused, and to write the response when its turn has come: as PacedRefusals does. */
const READ_MS = 0.02;
const REFUSAL_MS = 0.03;
const DELAY_MS = 20;
const NOBODY: InFlight = { callsInFlight: 0, busyBySource: () => new Map() };
const FULL: InFlight = { ...NOBODY, callsInFlight: 1_000_000 };

/** Calls at their upstream at the same time, and for how long each is there. */
const AT_UPSTREAM = 32;
const UPSTREAM_MS = 0.5;

interface Load {
  /** Calls that arrive in a millisecond, at a time. */
  readonly perMs: (nowMs: number) => number;
  /** Of the clients: a call that finds none free does not arrive. */
  readonly connections: number;
  readonly untilMs: number;
  /** One call in so many is of another source. */
  readonly otherEvery?: number;
  /** Pauses, as of the garbage collector. */
  readonly pause?: { readonly everyMs: number; readonly ms: number };
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
  #ready: number[] = [];
  #busy = 0;
  #arrivedMs = 0;
  #due = 0;
  #pausedMs = 0;
  /** Taken, and not sent yet. */
  readonly #waiting: { readonly arrivalMs: number; readonly sinceMs: number }[] = [];
  #away: { readonly arrivalMs: number; readonly backMs: number }[] = [];

  constructor(load: Load, delayMs: number) {
    this.#load = load;
    const waiting = this.#waiting;
    this.#guard = new LoadGuard({
      delayMs,
      nowMs: () => this.nowMs,
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
    this.#busy -= sent;
    this.nowMs += sent * REFUSAL_MS;
  }

  #turn(): void {
    this.#arrive();
    this.#sendRefusals();
    const back = this.#away.filter(({ backMs }) => backMs <= this.nowMs);
    const arrived = this.#ready;
    if (back.length === 0 && arrived.length === 0) {
      this.nowMs += 0.1;
      return;
    }
    this.#away = this.#away.filter(({ backMs }) => backMs > this.nowMs);
    this.#ready = [];
    this.#guard.turnBegan(this.nowMs);
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
    this.#parked++;
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

function simulate(load: Load, delayMs = DELAY_MS) {
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

describe.each([
  ["that go to an upstream", true],
  ["that end at once", false],
])("three times the calls %s that a worker can answer", (_what, hasUpstream) => {
  const untilMs = 20_000;
  const perMs = () => 3 * CAPACITY_PER_MS;

  it.each([500, 2_000, 4_000])(
    "from %s connections: as many calls are answered as before, and quickly",
    (connections) => {
      const { between, p99 } = simulate({ perMs, connections, untilMs, hasUpstream });
      expect(between(0, untilMs).length / untilMs).toBeGreaterThan(0.85 * CAPACITY_PER_MS);
      // The calls at an upstream themselves keep the worker busy for a while.
      expect(p99(1_000, untilMs)).toBeLessThan(DELAY_MS / 2);
    },
  );

  it("is the fault of whoever calls most: others are not refused", () => {
    const { refused, refusedOthers } = simulate({
      perMs,
      connections: 2_000,
      untilMs,
      otherEvery: 20,
      hasUpstream,
    });
    expect(refused.length).toBeGreaterThan(1_000);
    // Only those of the time before it was an overload waited for too long.
    expect(refusedOthers).toBeLessThan(refused.length / 200);
  });

  it("without a guard they are answered late", () => {
    const { p99, refused } = simulate({ perMs, connections: 2_000, untilMs, hasUpstream }, 0);
    expect(p99(1_000, untilMs)).toBeGreaterThan(100);
    expect(refused).toEqual([]);
  });

  it("is over two seconds after the load is", () => {
    const { refused, p99 } = simulate({
      perMs: (nowMs) => (nowMs < 5_000 ? 3 : 0.5) * CAPACITY_PER_MS,
      connections: 2_000,
      untilMs,
      hasUpstream,
    });
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.filter((atMs) => atMs > 7_000)).toEqual([]);
    expect(p99(7_000, untilMs)).toBeLessThan(3);
  });
});

describe.each([true, false])("what is no overload (with an upstream: %s)", (hasUpstream) => {
  it.each([
    ["as much as it can do", { perMs: () => 0.95 * CAPACITY_PER_MS, connections: 2_000 }],
    ["100 clients that each wait for their response", { perMs: () => 3 * CAPACITY_PER_MS, connections: 100 }],
    ["pauses", { perMs: () => 0.7 * CAPACITY_PER_MS, connections: 2_000, pause: { everyMs: 200, ms: 25 } }],
    [
      "a burst of 400 calls, now and then",
      { perMs: (nowMs: number) => (nowMs % 1_000 < 1 ? 400 : 0.1 * CAPACITY_PER_MS), connections: 2_000 },
    ],
  ])("%s: nothing is refused", (_, load) => {
    expect(simulate({ ...load, untilMs: 10_000, hasUpstream }).refused).toEqual([]);
  });
});

it("sources that call little are not refused because calls of others wait in front of an upstream", () => {
  let nowMs = 60_000;
  const waiting = { count: 2_000, oldestMs: () => 10_000 };
  const guard = new LoadGuard({ delayMs: DELAY_MS, nowMs: () => nowMs, waiting });
  const refused = { many: 0, few: 0 };
  for (let turn = 0; turn < 200; turn++) {
    guard.turnBegan(nowMs);
    for (let i = 0; i < 20; i++) if (guard.refusal(nowMs, FULL, "many")) refused.many++;
    if (guard.refusal(nowMs, FULL, "few")) refused.few++;
    nowMs += 5;
    guard.turnEnded(5);
  }
  expect(refused.many).toBeGreaterThan(1_000);
  expect(refused.few).toBe(0);
});

it("a source that has few calls is not refused because those of another go on and on, though it alone begins new ones", () => {
  let nowMs = 60_000;
  const guard = new LoadGuard({ delayMs: DELAY_MS, nowMs: () => nowMs, waiting: NONE_WAITING });
  const streams: InFlight = {
    callsInFlight: 2_002,
    busyBySource: () =>
      new Map([
        ["many", 2_000],
        ["few", 2],
      ]),
  };
  let refused = 0;
  for (let turn = 0; turn < 400; turn++) {
    guard.turnBegan(nowMs);
    // The turn is long because the responses of the others are on their way.
    nowMs += 1.5 * DELAY_MS;
    for (let i = 0; i < 4; i++) if (guard.refusal(nowMs, streams, "few")) refused++;
    if (turn < 200) for (let i = 0; i < 10; i++) guard.refusal(nowMs, streams, "many");
    guard.turnEnded(4);
  }
  expect(guard.refused.delay).toBeGreaterThan(1_000);
  expect(refused).toBe(0);
});

describe("a shortage of memory", () => {
  it("refuses calls while enough others are there to free theirs", () => {
    const guard = new LoadGuard({
      delayMs: DELAY_MS,
      nowMs: () => 0,
      waiting: NONE_WAITING,
    });
    guard.memory(true);
    expect([guard.refusal(0, FULL, "one"), guard.refusal(0, { ...NOBODY, callsInFlight: 1 }, "one")]).toEqual(
      ["memory", undefined],
    );
    guard.memory(false);
    expect(guard.refusal(0, FULL, "one")).toBeUndefined();
    expect(guard.refused).toEqual({ delay: 0, memory: 1 });
  });
});
