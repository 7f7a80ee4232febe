import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WorkQueue, type WorkQueueOptions } from "./work-queue.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const open = (work: WorkQueueOptions["work"], own: Partial<WorkQueueOptions> = {}) =>
  new WorkQueue({
    work,
    onFailure: () => undefined,
    atOnce: 2,
    retryFirstMs: 1_000,
    retryMostMs: 8_000,
    ...own,
  });

it("a key that is added while it waits is worked on once; while it is worked on, once more afterwards", async () => {
  const worked: string[] = [];
  const ends: (() => void)[] = [];
  const queue = open(async (key) => {
    worked.push(key);
    await new Promise<void>((resolve) => ends.push(resolve));
    return undefined;
  });
  for (const key of ["a", "b", "c", "c"]) queue.add(key);
  expect(worked).toEqual(["a", "b"]);
  queue.add("a");
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(worked).toEqual(["a", "b", "c"]);
  ends[1]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(worked).toEqual(["a", "b", "c", "a"]);
});

it("what fails is tried again, later each time, and from the beginning once it succeeded", async () => {
  const times: number[] = [];
  let isFailing = true;
  const startMs = Date.now();
  const queue = open(async () => {
    times.push(Date.now() - startMs);
    if (isFailing) throw new Error("away");
    return undefined;
  });
  queue.add("a");
  await vi.advanceTimersByTimeAsync(20_000);
  const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
  for (const [i, fullMs] of [1_000, 2_000, 4_000].entries()) {
    expect(gaps[i]).toBeGreaterThanOrEqual(fullMs / 2);
    expect(gaps[i]).toBeLessThanOrEqual(fullMs + 1);
  }
  isFailing = false;
  await vi.advanceTimersByTimeAsync(8_001);
  const before = times.length;
  await vi.advanceTimersByTimeAsync(100_000);
  expect(times).toHaveLength(before);
});

it("what failed is tried sooner when what was in its way may be gone", async () => {
  let count = 0;
  const queue = open(
    async () => {
      count++;
      throw new Error("refused");
    },
    { retryFirstMs: 1_000, retryMostMs: 600_000 },
  );
  queue.add("a");
  await vi.advanceTimersByTimeAsync(60_000);
  const before = count;
  queue.hurry();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(count).toBeGreaterThan(before);
});

it("work that says when it is due again is done then", async () => {
  let count = 0;
  const queue = open(async () => (++count < 3 ? 5_000 : undefined));
  queue.add("a");
  await vi.advanceTimersByTimeAsync(4_000);
  expect(count).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(count).toBe(3);
});

it("a queue that ends begins nothing more, and waits for what has begun", async () => {
  const worked: string[] = [];
  let end = () => {};
  const queue = open(
    async (key) => {
      worked.push(key);
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return 1_000;
    },
    { atOnce: 1 },
  );
  queue.add("a");
  queue.add("b");
  let isEnded = false;
  const ended = queue[Symbol.asyncDispose]().then(() => {
    isEnded = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(isEnded).toBe(false);
  end();
  await ended;
  queue.add("c");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(worked).toEqual(["a"]);
});
