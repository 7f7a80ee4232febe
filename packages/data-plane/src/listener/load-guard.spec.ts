import { describe, expect, it } from "vitest";
import { type InFlight, LoadGuard, NONE_WAITING } from "./load-guard.ts";
import { CAPACITY_PER_MS, DELAY_MS, FULL, NOBODY, simulate } from "./simulated-worker.fixture.ts";

/** Pauses as those of the garbage collector in a worker without idle time. */
const PAUSE = { everyMs: 40, ms: 2 };

describe.each([
  ["that go to an upstream", true],
  ["that end at once", false],
])("more calls %s than a worker can answer", (_what, hasUpstream) => {
  const untilMs = 12_000;
  const perMs = () => 3 * CAPACITY_PER_MS;

  it.each([
    { times: 1.2, connections: 2_000, pause: undefined },
    { times: 1.5, connections: 2_000, pause: PAUSE },
    { times: 3, connections: 1_000, pause: undefined },
    { times: 3, connections: 2_000, pause: PAUSE },
    { times: 3, connections: 4_000, pause: undefined },
    { times: 10, connections: 2_000, pause: PAUSE },
  ])(
    "$times times as many, from $connections connections: as many are answered as before, and quickly",
    ({ times, connections, pause }) => {
      const { between, p99 } = simulate({
        perMs: () => times * CAPACITY_PER_MS,
        connections,
        untilMs,
        hasUpstream,
        ...(pause && { pause }),
      });
      // What pauses take is no capacity.
      const lostPart = pause ? pause.ms / pause.everyMs : 0;
      expect(between(0, untilMs).length / untilMs).toBeGreaterThan(0.87 * (1 - lostPart) * CAPACITY_PER_MS);
      // The calls at an upstream themselves keep the worker busy for a while, and a pause makes all that are there late.
      expect(p99(2_000, untilMs)).toBeLessThan(pause ? 10 : 8);
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

  it.each([0.5, 0.8])("is over two seconds after they are %s of what it can, in spite of pauses", (later) => {
    const { refused, p99 } = simulate({
      perMs: (nowMs) => (nowMs < 5_000 ? 3 : later) * CAPACITY_PER_MS,
      connections: 2_000,
      untilMs,
      hasUpstream,
      pause: PAUSE,
    });
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.filter((atMs) => atMs > 7_000)).toEqual([]);
    expect(p99(7_000, untilMs)).toBeLessThan(5);
  });

  it.each([
    { later: 0.8, turnMs: 0.2 },
    { later: 0.9, turnMs: 0.05 },
  ])(
    "is over after they are $later of what it can, also where each turn takes $turnMs ms besides its calls",
    ({ later, turnMs }) => {
      const { refused, between } = simulate({
        perMs: (nowMs) => (nowMs < 1_000 ? 3 : later) * CAPACITY_PER_MS,
        connections: 2_000,
        untilMs,
        hasUpstream,
        pause: PAUSE,
        turnMs,
      });
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.filter((atMs) => atMs > 9_000)).toEqual([]);
      expect(between(9_000, untilMs).length / 3_000).toBeGreaterThan(0.99 * later * CAPACITY_PER_MS);
    },
  );

  it("that come again after a quiet time are answered as those before it", () => {
    const { between, p99 } = simulate({
      perMs: (nowMs) => (nowMs > 5_000 && nowMs < 10_000 ? 0 : 3) * CAPACITY_PER_MS,
      connections: 2_000,
      untilMs,
      hasUpstream,
    });
    expect(between(10_000, 11_000).length / 1_000).toBeGreaterThan(0.8 * CAPACITY_PER_MS);
    expect(p99(11_000, untilMs)).toBeLessThan(6);
  });
});

describe.each([true, false])("what is no overload (with an upstream: %s)", (hasUpstream) => {
  it.each([
    ["as much as it can do", { perMs: () => 0.95 * CAPACITY_PER_MS, connections: 2_000 }],
    ["100 clients that each wait for their response", { perMs: () => 3 * CAPACITY_PER_MS, connections: 100 }],
    [
      "eight tenths of it, with pauses",
      { perMs: () => 0.8 * CAPACITY_PER_MS, connections: 2_000, pause: PAUSE },
    ],
    [
      "long pauses",
      { perMs: () => 0.7 * CAPACITY_PER_MS, connections: 2_000, pause: { everyMs: 200, ms: 25 } },
    ],
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
  const guard = new LoadGuard({ delayMs: DELAY_MS, nowMs: () => nowMs, idleMs: () => 0, waiting });
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
  const guard = new LoadGuard({
    delayMs: DELAY_MS,
    nowMs: () => nowMs,
    idleMs: () => 0,
    waiting: NONE_WAITING,
  });
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
      idleMs: () => 0,
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
