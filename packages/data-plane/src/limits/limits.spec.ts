import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { ThrottleSettings } from "@tollgate/config";
import type { Allowance } from "@tollgate/pipeline";
import { createLogger } from "@tollgate/telemetry";
import { LeasedQuotas } from "./leased-quotas.ts";
import { LeasedTokens } from "./leased-tokens.ts";
import { QuotaCounters } from "./quota-counters.ts";
import type { QuotaAsk } from "./source.ts";
import { TokenBuckets } from "./token-buckets.ts";

const logger = createLogger("spec", "silent");
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
    () => new LeasedTokens({ take: async (ask) => buckets.take(ask), lease: noQuotas }, time.now),
  );
  return { ...time, limiters };
}

const noQuotas = () => Promise.reject(new Error("there are no quotas here"));
const take = (buckets: TokenBuckets, throttle: ThrottleSettings, wanted: number) =>
  buckets.take({ bucket: "b", throttle, wanted, returned: 0 });

async function admitted(
  limiter: LeasedTokens,
  calls: number,
  throttle: { rateLimit: number; burstLimit: number },
) {
  const taken = await Promise.all(Array.from({ length: calls }, async () => limiter.take("b", throttle)));
  return taken.filter((waitMs) => waitMs === 0).length;
}

describe("token buckets", () => {
  it("are forgotten when they are full again, and are never more than fit into memory", () => {
    const { now, move } = clock();
    const buckets = new TokenBuckets(now);
    const throttle = { rateLimit: 2000 / 300, burstLimit: 2000 };
    const one = (bucket: string) => buckets.take({ bucket, throttle, wanted: 1, returned: 0 });
    for (let i = 1; i < 10_000; i++) one(`key-${i}`);
    move(1_000);
    one("the last");
    expect(buckets.size).toBe(1);
    for (let i = 0; i < 250_000; i++) one(`key-${i}`);
    expect(buckets.size).toBe(200_000);
  });

  it("give the burst at once, then the rate", () => {
    const { now, move } = clock();
    const buckets = new TokenBuckets(now);
    const throttle = { rateLimit: 2, burstLimit: 3 };
    expect(take(buckets, throttle, 5)).toEqual({ tokens: 3, retryMs: 500 });
    expect(take(buckets, throttle, 1)).toEqual({ tokens: 0, retryMs: 500 });
    move(500);
    expect(take(buckets, throttle, 1)).toEqual({ tokens: 1, retryMs: 0 });
    move(60_000);
    expect(take(buckets, throttle, 9).tokens).toBe(3);
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
          given += take(buckets, { rateLimit, burstLimit }, wanted).tokens;
          expect(given).toBeLessThanOrEqual(burstLimit + ((now() - startMs) * rateLimit) / 1000 + 1e-6);
        }
      }),
    );
  });

  it("are not full again before the rate has filled them, however long they are idle", () => {
    const { now, move } = clock();
    const buckets = new TokenBuckets(now);
    const throttle = { rateLimit: 1, burstLimit: 5_000 };
    expect(take(buckets, throttle, 5_000).tokens).toBe(5_000);
    move(700_000);
    // So many asks that the buckets are swept.
    const other = { bucket: "other", throttle: { rateLimit: 1, burstLimit: 1 }, wanted: 1, returned: 0 };
    for (let i = 0; i < 10_000; i++) buckets.take(other);
    expect(take(buckets, throttle, 5_000).tokens).toBe(700);
  });

  it.each([
    [499, 499],
    [500, 500],
    [501, 500],
  ])(
    "of 500 new connections a second and %i clients at once, %i are let in over all workers",
    async (count, most) => {
      const { limiters, move } = node(2);
      const throttle = { rateLimit: 500, burstLimit: 500 };
      const [one, other] = limiters as [LeasedTokens, LeasedTokens];
      const half = Math.floor(count / 2);
      const all = async () =>
        (await admitted(one, half, throttle)) + (await admitted(other, count - half, throttle));
      expect(await all()).toBe(most);
      move(1_000);
      expect(await all()).toBe(most);
    },
  );

  it("nothing is admitted if nothing is allowed", async () => {
    const { limiters } = node(1);
    expect(await admitted(limiters[0] as LeasedTokens, 5, { rateLimit: 0, burstLimit: 0 })).toBe(0);
    expect(await admitted(limiters[0] as LeasedTokens, 5, { rateLimit: 10, burstLimit: 0 })).toBe(0);
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
    const limiter = new LeasedTokens(
      {
        take: (ask) => {
          asks++;
          return Promise.resolve(buckets.take(ask));
        },
        lease: noQuotas,
      },
      time.now,
    );
    const throttle = { rateLimit: 10_000, burstLimit: 5_000 };
    for (let i = 0; i < 1_000; i++) expect(await limiter.take("b", throttle)).toBe(0);
    // Each lease is twice as large as the one before, up to 50 ms of the rate.
    expect(asks).toBeLessThan(20);
  });

  it("return what they do not use in time, so that the others can", async () => {
    const { limiters, move } = node(2);
    const [first, second] = limiters as [LeasedTokens, LeasedTokens];
    const throttle = { rateLimit: 0.001, burstLimit: 100 };
    for (let i = 0; i < 10; i++) await first.take("b", throttle);
    move(1_000);
    await first.giveBack();
    expect(await admitted(second, 200, throttle)).toBe(90);
  });

  it("a refusal lasts until a token is available, and no longer", async () => {
    const { limiters, move } = node(1);
    const limiter = limiters[0] as LeasedTokens;
    const throttle = { rateLimit: 2, burstLimit: 1 };
    expect(await limiter.take("b", throttle)).toBe(0);
    expect(await limiter.take("b", throttle)).toBe(500);
    move(100);
    expect(limiter.take("b", throttle)).toBe(400);
    move(401);
    expect(await limiter.take("b", throttle)).toBe(0);
  });

  it("a changed throttle takes effect at once", async () => {
    const { limiters } = node(1);
    const limiter = limiters[0] as LeasedTokens;
    expect(await limiter.take("b", { rateLimit: 0.001, burstLimit: 0 })).toBeGreaterThan(0);
    expect(await limiter.take("b", { rateLimit: 1000, burstLimit: 10 })).toBeGreaterThan(0);
    const { limiters: others, move } = node(1);
    const other = others[0] as LeasedTokens;
    expect(await other.take("b", { rateLimit: 0.001, burstLimit: 0 })).toBeGreaterThan(0);
    move(10);
    expect(await other.take("b", { rateLimit: 1000, burstLimit: 10 })).toBe(0);
  });
});

describe("quotas", () => {
  const allowance: Allowance = { limit: 3, period: "DAY-2026-11-21", endsUnixMs: 0, offset: 0 };
  const used = (counters: QuotaCounters, given: Allowance, calls = 5) =>
    counters.together(() =>
      counters.lease({ counter: "plan/key", allowance: given, wanted: calls, needed: calls, returned: 0 }),
    ).calls;

  it("are exact, start again with each period, and are reduced by the offset in the first", () => {
    using counters = new QuotaCounters(join(folder, "a.db"), logger);
    expect(used(counters, { ...allowance, offset: 1 })).toBe(2);
    expect(used(counters, { ...allowance, offset: 1 })).toBe(0);
    expect(used(counters, { ...allowance, offset: 1, period: "DAY-2026-11-22" })).toBe(3);
  });

  it.each([1, 2, 3, 7])(
    "of %i nodes that each have a part are never exceeded together, and hardly less",
    (nodes) => {
      const given = { ...allowance, limit: 100, offset: 10 };
      let parts = nodes;
      const all = Array.from(
        { length: nodes },
        (_, i) => new QuotaCounters(join(folder, `part-${nodes}-${i}.db`), logger, () => parts),
      );
      const sum = (what: Allowance) =>
        all.reduce((calls, counters) => calls + used(counters, what, 1_000), 0);
      const first = sum(given);
      expect(first).toBeLessThanOrEqual(90);
      expect(first).toBeGreaterThan(90 - 2 * nodes);
      const granted = { ...given, grant: { period: given.period, remaining: 250, grantTimeUnixMs: 5 } };
      expect(sum(granted)).toBe(Math.floor(250 / nodes) * nodes);
      expect(sum(granted)).toBe(0);
      // More nodes leave nothing to those that have used more than their new part, and never take calls back.
      parts = nodes + 1;
      expect(sum(granted)).toBe(0);
      parts = Number.POSITIVE_INFINITY;
      expect(sum({ ...given, period: "DAY-2026-11-22" })).toBe(0);
      for (const counters of all) counters[Symbol.dispose]();
    },
  );

  it("outlive the process, and a raised limit takes effect at once", () => {
    const file = join(folder, "b.db");
    {
      using counters = new QuotaCounters(file, logger);
      expect(used(counters, allowance, 2)).toBe(2);
    }
    using counters = new QuotaCounters(file, logger);
    expect(used(counters, allowance)).toBe(1);
    expect(used(counters, { ...allowance, limit: 5 })).toBe(2);
  });

  it("count each period on its own, also where a late call is of the one before", () => {
    const file = join(folder, "late.db");
    const today = { ...allowance, period: "DAY-2026-11-22", endsUnixMs: 86_400_000 };
    {
      using counters = new QuotaCounters(file, logger);
      expect(used(counters, allowance, 2)).toBe(2);
      expect(used(counters, today, 1)).toBe(1);
      expect(used(counters, allowance)).toBe(1);
      expect(used(counters, today)).toBe(2);
    }
    using counters = new QuotaCounters(file, logger);
    expect([used(counters, allowance), used(counters, today)]).toEqual([0, 0]);
  });

  it("go on with the counts of a file of the last version, which has one period of each counter", () => {
    const file = join(folder, "old.db");
    {
      using old = new DatabaseSync(file);
      old.exec(`CREATE TABLE quota (counter TEXT PRIMARY KEY, period TEXT NOT NULL, used INTEGER NOT NULL, ends_unix_ms INTEGER NOT NULL,
          grant_unix_ms INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID, STRICT;
        INSERT INTO quota VALUES ('plan/key', '${allowance.period}', 2, 0, 0)`);
    }
    using counters = new QuotaCounters(file, logger);
    expect(used(counters, { ...allowance, offset: 1 })).toBe(1);
    expect(used(counters, { ...allowance, offset: 1, period: "DAY-2026-11-22" })).toBe(3);
  });

  it("take back what was not used, but not from another period, and not from before a grant", () => {
    using counters = new QuotaCounters(join(folder, "c.db"), logger);
    const back = (given: Allowance, returned: number) =>
      counters.together(() =>
        counters.lease({ counter: "plan/key", allowance: given, wanted: 0, needed: 0, returned }),
      ).left;
    expect(used(counters, allowance, 3)).toBe(3);
    expect(back(allowance, 2)).toBe(2);
    expect(back({ ...allowance, period: "DAY-2026-11-20" }, 2)).toBe(0);
    const grant = { period: allowance.period, remaining: 1, grantTimeUnixMs: 7 };
    expect(used(counters, { ...allowance, grant })).toBe(1);
    expect(back(allowance, 2)).toBe(0);
  });

  it("may have more left than the limit, if that was set by hand", () => {
    using counters = new QuotaCounters(join(folder, "d.db"), logger);
    const grant = { period: allowance.period, remaining: 5, grantTimeUnixMs: 7 };
    const granted = { ...allowance, grant };
    expect(used(counters, granted, 4)).toBe(4);
    const back = { counter: "plan/key", allowance: granted, wanted: 0, needed: 0, returned: 3 };
    expect(counters.together(() => counters.lease(back)).left).toBe(4);
    expect(used(counters, granted, 9)).toBe(4);
  });
});

describe("workers with one quota", () => {
  const allowanceOf = (limit: number): Allowance => ({
    limit,
    period: "DAY-2026-11-21",
    endsUnixMs: 0,
    offset: 0,
  });
  function workers(count: number) {
    const time = clock();
    const counters = new QuotaCounters(":memory:", logger);
    let asks = 0;
    const source = {
      take: () => Promise.reject(new Error("there are no buckets here")),
      lease: async (ask: QuotaAsk) => {
        asks++;
        return counters.together(() => counters.lease(ask));
      },
    };
    const limiters = Array.from({ length: count }, () => new LeasedQuotas(source, time.now));
    return { ...time, limiters, asks: () => asks, [Symbol.dispose]: () => counters[Symbol.dispose]() };
  }

  it.each([1, 3, 1_000, 20_000])(
    "use all of %i calls and no more, mostly without a question",
    async (limit) => {
      using all = workers(3);
      const allowance = allowanceOf(limit);
      let made = 0;
      for (let i = 0; i < limit + 50; i++) {
        const limiter = all.limiters[i % 3] as LeasedQuotas;
        if (await limiter.use("c", allowance)) made++;
        if (i % 500 === 0) all.move(5);
      }
      all.move(1_000);
      for (const limiter of all.limiters) await limiter.giveBack();
      for (const limiter of all.limiters)
        for (let i = 0; i < limit; i++) if (await limiter.use("c", allowance)) made++;
      expect(made).toBe(limit);
      if (limit === 20_000) expect(all.asks()).toBeLessThan(limit / 5);
    },
  );

  it("decide at once while they have calls, and see what was set by hand", async () => {
    using all = workers(1);
    const [limiter] = all.limiters as [LeasedQuotas];
    const allowance = allowanceOf(100_000);
    for (let i = 0; i < 100; i++) await limiter.use("c", allowance);
    expect(limiter.use("c", allowance)).toBe(true);
    const grant = { period: allowance.period, remaining: 2, grantTimeUnixMs: 5 };
    const granted = { ...allowance, grant };
    const outcomes = [];
    for (let i = 0; i < 4; i++) outcomes.push(await limiter.use("c", granted));
    expect(outcomes).toEqual([true, true, false, false]);
  });
});
