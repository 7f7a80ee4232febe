import { setTimeout as delay } from "node:timers/promises";
import { until } from "./process.ts";

export interface FreshnessOptions {
  readonly calls: number;
  readonly perSecond: number;
  /** Makes one call; resolves when its response has arrived. */
  readonly call: () => Promise<void>;
  /** How many calls metering says there were, of those that are made here and all before. */
  readonly counted: () => Promise<number>;
}

export interface Freshness {
  /** From the response of a call until usage has it, of each. */
  readonly visibleMs: readonly number[];
  readonly callMs: readonly number[];
}

/** measureFreshness makes calls at an even rate, one after the other, and looks all the time how many of them usage has. Nothing else may call meanwhile. */
export async function measureFreshness({
  calls,
  perSecond,
  call,
  counted,
}: FreshnessOptions): Promise<Freshness> {
  const before = await counted();
  const answeredMs: number[] = [];
  const callMs: number[] = [];
  const visibleMs: number[] = [];
  const looking = until(
    () => `${calls} calls are in the usage, not only ${visibleMs.length}`,
    async () => {
      const seen = (await counted()) - before;
      const nowMs = performance.now();
      for (const atMs of answeredMs.slice(visibleMs.length, seen)) visibleMs.push(nowMs - atMs);
      return visibleMs.length === calls;
    },
    300_000,
  );
  const beganMs = performance.now();
  for (let i = 0; i < calls; i++) {
    await delay(Math.max(0, beganMs + (i * 1_000) / perSecond - performance.now()));
    const sentMs = performance.now();
    await call();
    answeredMs.push(performance.now());
    callMs.push(performance.now() - sentMs);
  }
  await looking;
  return { visibleMs, callMs };
}
