import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { LeasedLimiter } from "./leased-limiter.ts";
import { QuotaCounters } from "./quota-counters.ts";
import { TokenBuckets } from "./token-buckets.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-limits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A clock that only moves when the test moves it. */
function clock() {
  const state = { nowMs: 1_000 };
  return { now: () => state.nowMs, move: (ms: number) => (state.nowMs += ms) };
}

/** Limiters of several workers over the buckets of one node. */
function node(workers: number) {
  const time = clock();
  const buckets = new TokenBuckets(time.now);
  const limiters = Array.from(
    { length: workers },
    () =>
      new LeasedLimiter(
        {
          take: ({ bucket, throttle, wanted, returned }) =>
            Promise.resolve(buckets.take(bucket, throttle, wanted, returned)),
          use: () => Promise.resolve(true),
        },
        time.now,
      ),
  );
  return { ...time, limiters };
}

async function admitted(
  limiter: LeasedLimiter,
  calls: number,
  throttle: { rateLimit: number; burstLimit: number },
) {
  const taken = await Promise.all(Array.from({ length: calls }, async () => limiter.take("b", throttle)));
  return taken.filter(Boolean).length;
}

describe("token buckets", () => {
  it("give the burst at once, then the rate", () => {
    const { now, move } = clock();
    const buckets = new TokenBuckets(now);
    const throttle = { rateLimit: 2, burstLimit: 3 };
    expect(buckets.take("b", throttle, 5)).toEqual({ tokens: 3, retryMs: 0 });
    expect(buckets.take("b", throttle, 1)).toEqual({ tokens: 0, retryMs: 500 });
    move(500);
    expect(buckets.take("b", throttle, 5)).toEqual({ tokens: 1, retryMs: 0 });
    move(60_000);
    expect(buckets.take("b", throttle, 9).tokens).toBe(3);
  });

  it("never give more than burst + rate x time, whatever the requests", () => {
    const asks = fc.array(fc.record({ waitMs: fc.nat(400), wanted: fc.integer({ min: 1, max: 9 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(asks, fc.nat(50), fc.nat(20), (all, rateLimit, burstLimit) => {
        const { now, move } = clock();
        const buckets = new TokenBuckets(now);
        const startMs = now();
        let given = 0;
        for (const { waitMs, wanted } of all) {
          move(waitMs);
          given += buckets.take("b", { rateLimit, burstLimit }, wanted).tokens;
          expect(given).toBeLessThanOrEqual(burstLimit + ((now() - startMs) * rateLimit) / 1000 + 1e-6);
        }
      }),
    );
  });

  it("nothing is admitted if nothing is allowed", async () => {
    const { limiters } = node(1);
    expect(await admitted(limiters[0] as LeasedLimiter, 5, { rateLimit: 0, burstLimit: 0 })).toBe(0);
    expect(await admitted(limiters[0] as LeasedLimiter, 5, { rateLimit: 10, burstLimit: 0 })).toBe(0);
  });
});

describe("workers of a node", () => {
  it.each([
    { rateLimit: 1, burstLimit: 10 },
    { rateLimit: 0, burstLimit: 7 },
  ])("share one bucket exactly: $burstLimit at once", async (throttle) => {
    const { limiters } = node(4);
    const counts = await Promise.all(limiters.map((limiter) => admitted(limiter, 20, throttle)));
    expect(counts.reduce((a, b) => a + b)).toBe(throttle.burstLimit);
  });

  it("lease slices if the rate is high: most calls need not ask", async () => {
    const time = clock();
    const buckets = new TokenBuckets(time.now);
    let asks = 0;
    const limiter = new LeasedLimiter(
      {
        take: ({ bucket, throttle, wanted, returned }) => {
          asks++;
          return Promise.resolve(buckets.take(bucket, throttle, wanted, returned));
        },
        use: () => Promise.resolve(true),
      },
      time.now,
    );
    const throttle = { rateLimit: 10_000, burstLimit: 5_000 };
    for (let i = 0; i < 1_000; i++) expect(await limiter.take("b", throttle)).toBe(true);
    expect(asks).toBe(2);
  });

  it("a refusal lasts until a token is available, and no longer", async () => {
    const { limiters, move } = node(1);
    const limiter = limiters[0] as LeasedLimiter;
    const throttle = { rateLimit: 2, burstLimit: 1 };
    expect(await limiter.take("b", throttle)).toBe(true);
    expect(await limiter.take("b", throttle)).toBe(false);
    expect(limiter.take("b", throttle)).toBe(false);
    move(501);
    expect(await limiter.take("b", throttle)).toBe(true);
  });

  it("a changed throttle takes effect at once", async () => {
    const { limiters } = node(1);
    const limiter = limiters[0] as LeasedLimiter;
    expect(await limiter.take("b", { rateLimit: 0.001, burstLimit: 0 })).toBe(false);
    expect(await limiter.take("b", { rateLimit: 1000, burstLimit: 10 })).toBe(false);
    const { limiters: others, move } = node(1);
    const other = others[0] as LeasedLimiter;
    expect(await other.take("b", { rateLimit: 0.001, burstLimit: 0 })).toBe(false);
    move(10);
    expect(await other.take("b", { rateLimit: 1000, burstLimit: 10 })).toBe(true);
  });
});

describe("quotas", () => {
  const allowance = { limit: 3, period: "DAY-2026-11-21", endsUnixMs: 0, offset: 0 };
  const used = (counters: QuotaCounters, given: typeof allowance, calls = 5) =>
    counters.together(
      () => Array.from({ length: calls }, () => counters.use("plan/key", given)).filter(Boolean).length,
    );

  it("are exact, start again with each period, and are reduced by the offset in the first", () => {
    using counters = new QuotaCounters(join(folder, "a.db"));
    expect(used(counters, { ...allowance, offset: 1 })).toBe(2);
    expect(used(counters, { ...allowance, offset: 1 })).toBe(0);
    expect(used(counters, { ...allowance, offset: 1, period: "DAY-2026-11-22" })).toBe(3);
  });

  it("outlive the process, and a raised limit takes effect at once", () => {
    const file = join(folder, "b.db");
    {
      using counters = new QuotaCounters(file);
      expect(used(counters, allowance, 2)).toBe(2);
    }
    using counters = new QuotaCounters(file);
    expect(used(counters, allowance)).toBe(1);
    expect(used(counters, { ...allowance, limit: 5 })).toBe(2);
  });
});
