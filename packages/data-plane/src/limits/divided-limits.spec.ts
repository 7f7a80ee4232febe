import { describe, expect, it } from "vitest";
import { limitNames } from "@tollgate/pipeline";
import { DividedBuckets, Divisor } from "./divided-limits.ts";
import type { WithoutRedis } from "./shared/node-shares.ts";
import type { Grant } from "./source.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** Nodes without a Redis; each knows how many there are. */
function cluster(count: number, withoutRedis: WithoutRedis = "fair") {
  const state = { nowMs: 0, count };
  const nowMs = () => state.nowMs;
  const divisor = new Divisor(withoutRedis, () => state.count, nowMs);
  const nodes = Array.from({ length: count }, () => new DividedBuckets(new TokenBuckets(nowMs), divisor));
  const take = (throttle: { rateLimit: number; burstLimit: number }, wanted = 1_000, bucket = "b") =>
    nodes.reduce(
      (sum, node) => sum + (node.take({ bucket, throttle, wanted, returned: 0 }) as Grant).tokens,
      0,
    );
  return { state, divisor, take };
}
const throttle = { rateLimit: 60, burstLimit: 100 };

describe("a throttle without a Redis", () => {
  it.each([1, 2, 3, 8])("admits the burst and the rate, and no more, over %i nodes", (count) => {
    const { state, take } = cluster(count);
    let admitted = take(throttle);
    for (state.nowMs = 5; state.nowMs <= 10_000; state.nowMs += 5) admitted += take(throttle);
    expect(admitted).toBeLessThanOrEqual(700);
    // At most one token a node is left over.
    expect(admitted).toBeGreaterThanOrEqual(700 - count);
  });

  it("admits one call of each node at least, unless it admits none", () => {
    expect(cluster(8).take({ rateLimit: 1, burstLimit: 2 })).toBe(8);
    expect(cluster(8).take({ rateLimit: 0, burstLimit: 0 })).toBe(0);
  });

  it("is what the policy says, for more than one node", () => {
    expect([cluster(3, "open").take(throttle), cluster(3, "closed").take(throttle)]).toEqual([300, 0]);
    expect([cluster(1, "open").take(throttle), cluster(1, "closed").take(throttle)]).toEqual([100, 100]);
  });

  it("follows the number of nodes at once", () => {
    const { state, take } = cluster(2);
    state.count = 4;
    expect(take(throttle)).toBe(50);
  });

  it("is the node's own if it is that of the node", () => {
    expect(cluster(3).take(throttle, 1_000, limitNames.region)).toBe(300);
  });
});

describe("quotas without a Redis are divided", () => {
  it("by the nodes that are there, and by those that left for a minute", () => {
    const { state, divisor } = cluster(3);
    expect(divisor.ofQuotas).toBe(3);
    state.count = 2;
    expect([divisor.ofQuotas, divisor.ofRates]).toEqual([3, 2]);
    state.nowMs = 59_999;
    expect(divisor.ofQuotas).toBe(3);
    state.nowMs = 60_000;
    expect(divisor.ofQuotas).toBe(2);
    state.count = 5;
    expect(divisor.ofQuotas).toBe(5);
  });
});
