import { describe, expect, it } from "vitest";
import { checkLimits, type Limit, type LimitsHistory, type Observation } from "../limits/limits-history.ts";

const limits = {
  plan: { kind: "throttle", rateLimit: 10, burstLimit: 5 },
  quota: { kind: "quota", limit: 100 },
} as const satisfies Record<string, Limit>;
const seen = (admitted: number, endMs: number, more: Partial<Observation> = {}): Observation => ({
  node: "n",
  path: "keyed",
  beginMs: endMs,
  endMs,
  admitted,
  refused: {},
  ...more,
});
const check = (observations: readonly Observation[], more: Partial<LimitsHistory> = {}) =>
  checkLimits({ nodes: 1, limits, paths: { keyed: ["plan", "quota"] }, observations, ...more });
/** The rate for so long, a call every 100 ms. */
const steady = (calls: number, fromMs = 0) =>
  Array.from({ length: calls }, (_, i) => seen(1, fromMs + i * 100));
/** Two bursts and one call of the node. */
const MOST = 11;

describe("a history of limits fits", () => {
  it.each<[string, readonly Observation[], Partial<LimitsHistory>]>([
    ["if nothing happens", [], {}],
    ["if the burst and its credit are followed by the rate", [seen(MOST, 0), ...steady(80, 100)], {}],
    ["if the bucket was full again", [seen(MOST, 0), seen(MOST, 1_100)], {}],
    ["if each node has one call besides", [seen(MOST + 7, 0)], { nodes: 8 }],
    ["if calls took a while and ended together", [seen(MOST + 20, 2_000, { beginMs: 0 })], {}],
    ["if the quota is used up and refuses", [...steady(100), seen(0, 11_000, { refused: { quota: 9 } })], {}],
    [
      "if calls that were throttled are not charged",
      [seen(5, 0, { refused: { plan: 50 } })],
      { used: { quota: 5 } },
    ],
    ["if hardly anything of a quota is left", steady(99), { exhausted: ["quota"] }],
    [
      "if nobody knows of calls that a kill has cut",
      steady(9),
      { used: { quota: 11 }, unknown: { keyed: 2 } },
    ],
  ])("%s", (_what, observations, more) => {
    expect(check(observations, more)).toEqual([]);
  });
});

describe("a history of limits does not fit", () => {
  it.each<[string, readonly Observation[], Partial<LimitsHistory>, RegExp]>([
    ["if more come at once", [seen(MOST + 1, 0)], {}, /^plan admitted 1 calls more than 11/],
    [
      "if a call that took long is among them",
      [seen(1, 10_000, { beginMs: 0 }), seen(MOST + 5, 0)],
      {},
      /^plan admitted 5 calls more than 11/,
    ],
    [
      "if the rate is exceeded",
      [...steady(50), ...steady(50)],
      { limits: { plan: limits.plan } },
      /^plan admitted/,
    ],
    ["if two nodes have a burst each", [seen(7, 0), seen(7, 0, { node: "m" })], {}, /^plan admitted 3/],
    [
      "if calls that the quota refused took more of the throttle than there is",
      [seen(0, 0, { refused: { quota: MOST + 1 } })],
      {},
      /^plan admitted 1/,
    ],
    ["if a quota is exceeded", steady(101), {}, /^quota admitted 101 calls of 100$/],
    ["if calls of a quota got lost", steady(98), { exhausted: ["quota"] }, /although callers wanted more$/],
    [
      "if throttled calls are charged",
      [seen(5, 0, { refused: { plan: 50 } })],
      { used: { quota: 6 } },
      /^quota says that 6/,
    ],
    ["if calls are forgotten", steady(9), { used: { quota: 8 } }, /^quota says that 8 calls were used, of 9/],
    [
      "if another limit refuses",
      [seen(0, 0, { refused: { method: 1 } })],
      {},
      /^keyed was refused by method/,
    ],
  ])("%s", (_what, observations, more, wrong) => {
    const found = check(observations, more);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(wrong);
  });
});
