import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ThrottleSettings } from "@tollgate/config";
import { TokenShare } from "./token-share.ts";

/** The bucket as the server's script keeps it, on a clock that only the test moves. */
class ModelBucket {
  n: number;
  #atMs: number;
  readonly throttle: ThrottleSettings;

  constructor(throttle: ThrottleSettings, nowMs: number) {
    this.throttle = throttle;
    this.n = throttle.burstLimit;
    this.#atMs = nowMs;
  }

  order({ wanted, returned, used }: { wanted: number; returned: number; used: number }, nowMs: number) {
    const { rateLimit, burstLimit } = this.throttle;
    const full = Math.min(burstLimit, this.n + ((nowMs - this.#atMs) * rateLimit) / 1000);
    this.#atMs = nowMs;
    this.n = Math.min(burstLimit, full - used + returned);
    const granted = Math.max(0, Math.min(wanted, Math.floor(this.n)));
    this.n -= granted;
    return { granted, left: this.n };
  }
}

/** Nodes with one bucket; each orders when it has something to order, as SharedBuckets does. */
class ModelNodes {
  nowMs = 1_000;
  readonly startMs = this.nowMs;
  readonly throttle: ThrottleSettings;
  readonly shares: TokenShare[];
  bucket: ModelBucket;
  isReachable = true;
  isForgotten = false;
  admitted = 0;

  constructor(throttle: ThrottleSettings, nodes: number) {
    this.throttle = throttle;
    this.bucket = new ModelBucket(throttle, this.nowMs);
    this.shares = Array.from({ length: nodes }, () => new TokenShare(throttle, nodes, this.nowMs));
  }

  call(node: number): boolean {
    const share = this.shares[node] as TokenShare;
    let taken = share.take(1, this.nowMs, !this.isReachable);
    if (taken === 0 && this.isReachable && share.emptyForMs(this.nowMs) === 0) {
      this.settle(share, 1);
      taken = share.take(1, this.nowMs, false);
    }
    this.admitted += taken;
    return taken === 1;
  }

  settle(share: TokenShare, waiting = 0): void {
    const order = share.order(waiting, this.nowMs, this.isForgotten);
    if (this.isReachable) share.replied(this.bucket.order(order, this.nowMs), this.shares.length, this.nowMs);
    else share.failed(order);
  }

  move(ms: number): void {
    this.nowMs += ms;
  }

  /** Calls of all nodes over a time, in steps of 5 ms, with the orders of each step. */
  run(ms: number, callsPerSecond: readonly number[]): void {
    // The nodes' calls do not come in the same moment: a small burst could not take them.
    const due = callsPerSecond.map((_, node) => node / callsPerSecond.length);
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.move(5)) {
      for (const [node, rate] of callsPerSecond.entries()) {
        due[node] = (due[node] as number) + (rate * 5) / 1000;
        for (; (due[node] as number) >= 1; due[node] = (due[node] as number) - 1) this.call(node);
      }
      for (const share of this.shares)
        if (this.isReachable && share.isPending(this.nowMs) && this.nowMs - share.orderedMs >= 20)
          this.settle(share);
    }
  }

  get allowed(): number {
    return this.throttle.burstLimit + ((this.nowMs - this.startMs) * this.throttle.rateLimit) / 1000;
  }
}

const splits = (nodes: number) => ({
  even: Array.from({ length: nodes }, () => 1 / nodes),
  skewed: Array.from({ length: nodes }, (_, i) => (i === 0 ? 0.9 : 0.1 / (nodes - 1))),
});

describe("nodes that share a bucket", () => {
  for (const nodes of [1, 3, 8])
    for (const [split, parts] of Object.entries(splits(nodes)))
      for (const [rateLimit, burstLimit] of [
        [50, 100],
        [1_000, 500],
        [7, 3],
      ] as const)
        it(`${nodes}, ${split}, ${rateLimit} a second and ${burstLimit} at once: admit what the limit says`, () => {
          const model = new ModelNodes({ rateLimit, burstLimit }, nodes);
          model.run(
            20_000,
            parts.map((part) => part * rateLimit * 2),
          );
          expect(model.admitted / model.allowed).toBeGreaterThan(0.97);
          expect(model.admitted / model.allowed).toBeLessThan(1.02);
        });

  it("never admit more than the limit and one burst of credit, whatever comes and whoever is asked", () => {
    const steps = fc.array(
      fc.record({
        node: fc.nat(3),
        calls: fc.nat(12),
        waitMs: fc.nat(300),
        what: fc.constantFrom("call", "call", "settle", "cut", "join"),
      }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, fc.nat(60), fc.integer({ min: 1, max: 40 }), (all, rateLimit, burstLimit) => {
        const model = new ModelNodes({ rateLimit, burstLimit }, 4);
        // Credit is at most a burst, leased again after it was lost, and each node alone has at least one token.
        const credit = burstLimit + 4 + rateLimit * 0.1 * 4;
        for (const { node, calls, waitMs, what } of all) {
          model.move(waitMs);
          if (what === "cut" || what === "join") {
            model.isReachable = what === "join";
            for (const share of model.shares) share.lost();
          } else if (what === "settle" && model.isReachable) model.settle(model.shares[node] as TokenShare);
          for (let i = 0; i < calls; i++) model.call(node);
          expect(model.admitted).toBeLessThanOrEqual(model.allowed + 2 * credit);
        }
      }),
    );
  });

  it("admit at most the limit while the bucket is away, and are back in band after it", () => {
    for (const nodes of [3, 8]) {
      const throttle = { rateLimit: 100, burstLimit: 200 };
      const model = new ModelNodes(throttle, nodes);
      const load = splits(nodes).even.map((part) => part * 300);
      model.run(5_000, load);
      model.isReachable = false;
      for (const share of model.shares) share.lost();
      const before = model.admitted;
      model.run(2_000, load);
      expect(model.admitted - before).toBeLessThanOrEqual(1.1 * 200);
      expect(model.admitted - before).toBeGreaterThanOrEqual(0.85 * 200);
      // The server comes back with nothing: full, if its nodes did not know better.
      model.bucket = new ModelBucket(throttle, model.nowMs);
      model.isReachable = true;
      model.isForgotten = true;
      for (const share of model.shares) model.settle(share);
      model.isForgotten = false;
      const after = model.admitted;
      model.run(2_000, load);
      expect((model.admitted - after) / 200).toBeGreaterThan(0.9);
      expect((model.admitted - after) / 200).toBeLessThan(1.1);
    }
  });

  it("move the whole limit to the node that the calls go to", () => {
    const model = new ModelNodes({ rateLimit: 500, burstLimit: 100 }, 8);
    const only = (node: number) => Array.from({ length: 8 }, (_, i) => (i === node ? 1_000 : 0));
    model.run(5_000, only(0));
    const before = model.admitted;
    model.run(300, only(5));
    expect(model.admitted - before).toBeGreaterThanOrEqual(0.95 * 150);
  });

  it("do not wait for the bucket while they have credit", () => {
    const share = new TokenShare({ rateLimit: 10, burstLimit: 90 }, 3, 0);
    expect(share.take(30, 0, false)).toBe(30);
    expect(share.take(1, 0, false)).toBe(0);
    expect(share.debt).toBe(30);
    // A reply leaves what was given out since the order off the new credit.
    const order = share.order(0, 0, false);
    expect(order).toMatchObject({ used: 30, returned: 0 });
    share.replied({ granted: 0, left: 60 }, 3, 1);
    expect(share.take(30, 1, false)).toBe(20);
  });

  it("return what they leased and did not use in time", () => {
    const share = new TokenShare({ rateLimit: 100, burstLimit: 10 }, 1, 0);
    share.replied({ granted: 7, left: 0 }, 1, 0);
    expect(share.take(2, 100, false)).toBe(2);
    expect(share.isPending(100)).toBe(false);
    expect(share.isPending(250)).toBe(true);
    expect(share.order(0, 250, false)).toMatchObject({ returned: 5, used: 0 });
  });

  it("have one token at a time without a bucket, even if there are more nodes than tokens", () => {
    const share = new TokenShare({ rateLimit: 4, burstLimit: 1 }, 4, 0);
    expect(share.take(1, 0, true)).toBe(0);
    expect(share.take(1, 800, true)).toBe(1);
    expect(share.take(1, 900, true)).toBe(0);
    const none = new TokenShare({ rateLimit: 4, burstLimit: 0 }, 4, 0);
    expect(none.take(1, 60_000, true)).toBe(0);
  });

  it("do not gain tokens from a clock that goes back", () => {
    const share = new TokenShare({ rateLimit: 100, burstLimit: 10 }, 1, 1_000);
    expect(share.take(10, 1_000, false)).toBe(10);
    expect(share.take(10, 500, false)).toBe(0);
    expect(share.take(10, 510, false)).toBe(1);
  });
});
