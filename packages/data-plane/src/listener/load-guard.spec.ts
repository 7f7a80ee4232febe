import { describe, expect, it } from "vitest";
import { LoadGuard } from "./load-guard.ts";

const CALL_MS = 0.1;
const CAPACITY_PER_MS = 1 / CALL_MS;
const REFUSAL_MS = 0.02;
/** A refused connection is busy for so long: with its refusal, which waits for its turn. */
const REFUSED_FOR_MS = 1_000;
const DELAY_MS = 20;
const FULL = 1_000_000;

interface Load {
  /** Calls that arrive in a millisecond, at a time. */
  readonly perMs: (nowMs: number) => number;
  /** Of the clients: a call that finds none free does not arrive. */
  readonly connections: number;
  readonly untilMs: number;
  /** Pauses, as of the garbage collector. */
  /** One call in so many is of another source. */
  readonly otherEvery?: number;
  readonly pause?: { readonly everyMs: number; readonly ms: number };
}

/** An event loop that works off what has arrived, turn by turn; time is what its work takes. */
function simulate(
  { perMs, connections, untilMs, pause, otherEvery = Number.POSITIVE_INFINITY }: Load,
  delayMs = DELAY_MS,
) {
  let nowMs = 0;
  const guard = new LoadGuard({ delayMs, nowMs: () => nowMs });
  const latencies: { atMs: number; ms: number }[] = [];
  const refused: number[] = [];
  let refusedOthers = 0;
  let calls = 0;
  const parked: number[] = [];
  let ready: number[] = [];
  let busy = 0;
  let arrivedMs = 0;
  let due = 0;
  let pausedMs = 0;
  const arrive = () => {
    for (; arrivedMs < nowMs; arrivedMs += 0.1) {
      while (parked.length > 0 && (parked[0] as number) <= arrivedMs) {
        parked.shift();
        busy--;
      }
      for (due += perMs(arrivedMs) / 10; due >= 1; due--)
        if (busy < connections) {
          busy++;
          ready.push(arrivedMs);
        }
    }
  };
  while (nowMs < untilMs) {
    arrive();
    if (ready.length === 0) {
      nowMs += 0.1;
      continue;
    }
    const turn = ready;
    ready = [];
    guard.turnBegan(nowMs);
    if (pause && nowMs - pausedMs > pause.everyMs) {
      pausedMs = nowMs;
      nowMs += pause.ms;
    }
    const taken: number[] = [];
    for (const arrival of turn) {
      const isOther = ++calls % otherEvery === 0;
      if (guard.refusal(nowMs, FULL, isOther ? "other" : "one")) {
        if (isOther) refusedOthers++;
        nowMs += REFUSAL_MS;
        refused.push(nowMs);
        parked.push(nowMs + REFUSED_FOR_MS);
      } else {
        nowMs += CALL_MS;
        taken.push(arrival);
      }
    }
    guard.turnEnded();
    busy -= taken.length;
    for (const arrival of taken) latencies.push({ atMs: nowMs, ms: nowMs - arrival });
  }
  const between = (fromMs: number, toMs: number) =>
    latencies.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
  const p99 = (fromMs: number, toMs: number) => {
    const sorted = between(fromMs, toMs)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  };
  return { between, p99, refused, refusedOthers, calls };
}

describe("an overload of three times the capacity", () => {
  const untilMs = 20_000;
  const perMs = () => 3 * CAPACITY_PER_MS;

  it.each([500, 2_000, 4_000])(
    "from %s connections: as many calls are answered as before, and quickly",
    (connections) => {
      const { between, p99 } = simulate({ perMs, connections, untilMs });
      expect(between(0, untilMs).length / untilMs).toBeGreaterThan(0.85 * CAPACITY_PER_MS);
      expect(p99(1_000, untilMs)).toBeLessThan(DELAY_MS / 2);
    },
  );

  it("is the fault of whoever calls most: others are not refused", () => {
    const { refused, refusedOthers } = simulate({ perMs, connections: 2_000, untilMs, otherEvery: 20 });
    expect(refused.length).toBeGreaterThan(1_000);
    // Only those of the time before it was an overload waited for a turn that was too long.
    expect(refusedOthers).toBeLessThan(refused.length / 200);
  });

  it("without a guard they are answered late", () => {
    const { p99, refused } = simulate({ perMs, connections: 2_000, untilMs }, 0);
    expect(p99(1_000, untilMs)).toBeGreaterThan(100);
    expect(refused).toEqual([]);
  });

  it("is over two seconds after the load is", () => {
    const { refused, p99 } = simulate({
      perMs: (nowMs) => (nowMs < 5_000 ? 3 : 0.5) * CAPACITY_PER_MS,
      connections: 2_000,
      untilMs,
    });
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.filter((atMs) => atMs > 7_000)).toEqual([]);
    expect(p99(7_000, untilMs)).toBeLessThan(1);
  });
});

describe("what is no overload", () => {
  it.each([
    ["as much as it can do", { perMs: () => 0.95 * CAPACITY_PER_MS, connections: 2_000 }],
    ["100 clients that each wait for their response", { perMs: () => 3 * CAPACITY_PER_MS, connections: 100 }],
    ["pauses", { perMs: () => 0.7 * CAPACITY_PER_MS, connections: 2_000, pause: { everyMs: 200, ms: 25 } }],
    [
      "a burst of 400 calls, now and then",
      { perMs: (nowMs: number) => (nowMs % 1_000 < 1 ? 400 : 0.1 * CAPACITY_PER_MS), connections: 2_000 },
    ],
  ])("%s: nothing is refused", (_, load) => {
    expect(simulate({ ...load, untilMs: 10_000 }).refused).toEqual([]);
  });
});

describe("a shortage of memory", () => {
  it("refuses calls while enough others are there to free theirs", () => {
    const guard = new LoadGuard({ delayMs: DELAY_MS, nowMs: () => 0 });
    guard.memory(true);
    expect([guard.refusal(0, FULL, "one"), guard.refusal(0, 1, "one")]).toEqual(["memory", undefined]);
    guard.memory(false);
    expect(guard.refusal(0, FULL, "one")).toBeUndefined();
    expect(guard.refused).toEqual({ delay: 0, memory: 1 });
  });
});
