import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Deadlines, type Expiring } from "./deadlines.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Something with a deadline, and when it expired: milliseconds after it was made. */
function expiringOf(onExpired?: () => void) {
  const madeMs = performance.now();
  const expiredMs: number[] = [];
  const expiring: Expiring = {
    dueTick: -1,
    before: undefined,
    after: undefined,
    expired() {
      expiredMs.push(performance.now() - madeMs);
      onExpired?.();
    },
  };
  return { expiring, expiredMs };
}

const LATE_MS = 20;

it.each([1, 9, 10, 50, 61, 29_000, 300_000])("a deadline in %d ms is never early, and hardly late", (ms) => {
  const deadlines = new Deadlines();
  for (const beginMs of [0, 3, 9.5]) {
    vi.advanceTimersByTime(beginMs);
    const { expiring, expiredMs } = expiringOf();
    deadlines.set(expiring, ms);
    vi.advanceTimersByTime(ms + LATE_MS);
    expect(expiredMs).toHaveLength(1);
    expect(expiredMs[0]).toBeGreaterThanOrEqual(ms);
  }
});

it("deadlines that are cleared do not expire, and leave no timer", () => {
  const deadlines = new Deadlines();
  const all = Array.from({ length: 5 }, () => expiringOf());
  for (const { expiring } of all) deadlines.set(expiring, 100);
  for (const at of [2, 0, 4]) deadlines.clear(all[at]?.expiring as Expiring);
  // Clearing twice is as good as once.
  deadlines.clear(all[2]?.expiring as Expiring);
  expect(all.map(({ expiring }) => [expiring.before, expiring.after].filter(Boolean).length)).toEqual([
    0, 1, 0, 1, 0,
  ]);
  vi.advanceTimersByTime(100 + LATE_MS);
  expect(all.map(({ expiredMs }) => expiredMs.length)).toEqual([0, 1, 0, 1, 0]);
  vi.advanceTimersByTime(LATE_MS);
  expect(vi.getTimerCount()).toBe(0);
});

it("what expires may clear others, and set deadlines of its own and of others", () => {
  const deadlines = new Deadlines();
  const cleared = expiringOf();
  const renewed = expiringOf();
  const again: { expiring: Expiring; expiredMs: number[] } = expiringOf(() => {
    deadlines.clear(cleared.expiring);
    deadlines.clear(renewed.expiring);
    deadlines.set(renewed.expiring, 1_000);
    if (again.expiredMs.length < 2) deadlines.set(again.expiring, 50);
  });
  // The last to come is the first of its slot.
  deadlines.set(cleared.expiring, 50);
  deadlines.set(renewed.expiring, 50);
  deadlines.set(again.expiring, 50);
  vi.advanceTimersByTime(900);
  expect([cleared, renewed, again].map(({ expiredMs }) => expiredMs.length)).toEqual([0, 0, 2]);
  vi.advanceTimersByTime(300);
  expect(renewed.expiredMs).toHaveLength(1);
});

it("after a pause that is longer than the wheel, each deadline that is over expires once", () => {
  const deadlines = new Deadlines();
  const all = [10, 500, 5_000, 10_239, 10_240, 15_000].map((ms) => ({ ms, ...expiringOf() }));
  for (const { expiring, ms } of all) deadlines.set(expiring, ms);
  const later = expiringOf();
  deadlines.set(later.expiring, 60_000);
  const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 20_000);
  vi.advanceTimersByTime(10);
  now.mockRestore();
  expect(all.map(({ expiredMs }) => expiredMs.length)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(later.expiredMs).toHaveLength(0);
});

it("one that throws keeps no other from expiring, and leaves no timer", () => {
  const deadlines = new Deadlines();
  const fail = () => {
    throw new Error("the call is broken");
  };
  const all = [expiringOf(), expiringOf(fail), expiringOf(), expiringOf(fail), expiringOf()];
  for (const { expiring } of all) deadlines.set(expiring, 50);
  expect(() => vi.advanceTimersByTime(50 + LATE_MS)).toThrow("the call is broken");
  expect(all.map(({ expiredMs }) => expiredMs.length)).toEqual([1, 1, 1, 1, 1]);
  expect(vi.getTimerCount()).toBe(0);
});
