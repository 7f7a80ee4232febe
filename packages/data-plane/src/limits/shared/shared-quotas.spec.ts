import { afterEach, describe, expect, it, vi } from "vitest";
import type { Allowance } from "@tollgate/pipeline";
import type { Redis, Script } from "@tollgate/redis";
import { ScriptModel } from "../../../../../test/limits/simulation/script-model.ts";
import type { NodeRoll } from "./node-roll.ts";
import type { JournalEntry, QuotaJournal } from "./quota-journal.ts";
import type { QuotaLives } from "./quota-lives.ts";
import { SharedQuotas } from "./shared-quotas.ts";

const LIMIT = 100_000;
const allowance: Allowance = {
  limit: LIMIT,
  period: "MONTH-2100-01",
  endsUnixMs: 4_102_444_800_000,
  offset: 0,
};
const granted = (remaining: number, grantTimeUnixMs = 5): Allowance => ({
  ...allowance,
  grant: { period: allowance.period, remaining, grantTimeUnixMs },
});

let scope = new AsyncDisposableStack();
afterEach(async () => {
  await scope.disposeAsync();
  scope = new AsyncDisposableStack();
});

/** Two nodes of one server, which replies at once, and a disk that is full while it is said to be. */
function twoNodes({ sharesMax = 10 } = {}) {
  const model = new ScriptModel(() => 0);
  const redis = {
    key: (name: string) => name,
    run: async (script: Script, key: string, args: readonly string[]) => model.run(script, key, args),
  } as unknown as Redis;
  const state = {
    nowMs: 1_000,
    isOnline: true,
    isFull: false,
    refused: 0,
    given: 0,
    kept: [] as JournalEntry[],
  };
  const node = (name: string) => {
    const roll = {
      nodes: 2,
      epoch: "e",
      learningForMs: 0,
      get isOnline() {
        return state.isOnline;
      },
      get isLeasing() {
        return state.isOnline;
      },
      onLost: () => undefined,
      failed: () => undefined,
      told: () => undefined,
    };
    const journal = {
      read: (counter: string) => state.kept.findLast((entry) => entry.counter === counter),
      ofOtherEpochs: () => [],
      forgetEnded: () => undefined,
      keep: (entries: readonly JournalEntry[]) => {
        if (entries.length === 0) return true;
        if (state.isFull) state.refused++;
        else state.kept.push(...entries);
        return !state.isFull;
      },
    };
    const lives = { own: { id: 1, name }, leased: () => true, forgetEnded: () => undefined };
    const quotas = scope.use(
      new SharedQuotas({
        redis,
        roll: roll as unknown as NodeRoll,
        nowMs: () => state.nowMs,
        withoutRedis: "fair",
        sharesMax,
        journal: journal as unknown as QuotaJournal,
        lives: lives as unknown as QuotaLives,
      }),
    );
    return async (given: Allowance, wanted: number, returned = 0, counter = "c") =>
      (await quotas.lease({ counter, allowance: given, wanted, needed: Math.min(1, wanted), returned }))
        .calls;
  };
  return { state, nodes: [node("a"), node("b")] as const };
}

/** Calls until nothing was given out ten times; how many were. */
async function all(lease: (wanted: number) => Promise<number>, state: { nowMs: number }): Promise<number> {
  let sum = 0;
  for (let none = 0; none < 10; state.nowMs += 60) {
    const calls = await lease(7);
    none = calls === 0 ? none + 1 : 0;
    sum += calls;
  }
  return sum;
}

/** Both nodes have calls at hand, and a reserve. */
async function busyNodes() {
  const { state, nodes } = twoNodes();
  for (let i = 0; i < 20; i++, state.nowMs += 20)
    for (const lease of nodes) state.given += await lease(allowance, 50);
  return { state, nodes };
}

describe("what nodes have at hand of a quota", () => {
  it.each([
    ["what is left is set to none", granted(0), 0],
    ["what is left is set to a few", granted(300), 300],
    ["the limit is lowered below what was used", { ...allowance, limit: 500 }, 0],
  ])("is not given out after %s", async (_what, changed, left) => {
    const { state, nodes } = await busyNodes();
    // One that has not heard of it may still make the calls that it has at hand: the others get theirs once it has.
    let sum = (await nodes[0](changed, 1)) + (await nodes[1](changed, 1));
    for (const lease of nodes) sum += await all((wanted) => lease(changed, wanted), state);
    for (const lease of nodes) sum += await all((wanted) => lease(changed, wanted), state);
    expect(sum).toBeLessThanOrEqual(left);
    // Calls of a moment before are counted after it.
    expect(sum).toBeGreaterThanOrEqual(left / 2);
  });

  it("is not given out after what is left was set, if the server is away", async () => {
    const { state, nodes } = await busyNodes();
    state.isOnline = false;
    expect(await nodes[0](allowance, 1)).toBe(1);
    expect(await all((wanted) => nodes[0](granted(0), wanted), state)).toBe(0);
  });

  it("is no more after what was given out before what is left was set comes back", async () => {
    const { state, nodes } = await busyNodes();
    expect(await nodes[0](granted(0), 1)).toBe(0);
    await nodes[0](allowance, 0, 40);
    expect(await all((wanted) => nodes[0](granted(0), wanted), state)).toBe(0);
  });
});

describe("what a node keeps of a quota that it has no calls of any more", () => {
  it.each([
    ["of the whole quota", allowance, LIMIT, 0],
    // Calls of a moment before are counted after it.
    ["of what is left after it was set", granted(600), 600, 100],
  ])("is returned after half a minute, %s", async (_what, given, left, late) => {
    const { state, nodes } = await busyNodes();
    const before = state.given;
    let sum = given === allowance ? before : 0;
    sum += await all((wanted) => nodes[0](given, wanted), state);
    state.nowMs += 31_000;
    await vi.waitFor(
      async () => {
        state.nowMs += 1_000;
        sum += await all((wanted) => nodes[0](given, wanted), state);
        expect(sum).toBeGreaterThanOrEqual(left - late);
      },
      { timeout: 20_000 },
    );
    expect(sum).toBeLessThanOrEqual(left);
  });
});

it("what a full disk does not take of a quota's count is written when it has room again", async () => {
  const { state, nodes } = twoNodes();
  state.isFull = true;
  expect(await nodes[0](allowance, 5)).toBeGreaterThan(0);
  // Nobody calls now, so that no reply has news for the disk.
  await vi.waitFor(
    () => {
      state.nowMs += 1_000;
      expect(state.refused).toBeGreaterThan(5);
    },
    { timeout: 20_000 },
  );
  state.isFull = false;
  state.nowMs += 1_000;
  const kept = expect.objectContaining({ counter: "c", epoch: "e" }) as unknown;
  await vi.waitFor(() => expect(state.kept).toContainEqual(kept), { timeout: 20_000 });
});

it("a node that has more counters than it keeps in memory forgives none of the calls of those that it left out", async () => {
  const { state, nodes } = twoNodes({ sharesMax: 1 });
  const [lease] = nodes;
  const few = { ...allowance, limit: 500 };
  let admitted = 0;
  for (let none = 0; none < 10; state.nowMs += 60) {
    const calls = await lease(few, 7);
    await lease(few, 1, 0, "other");
    none = calls === 0 ? none + 1 : 0;
    admitted += calls;
    if (admitted > 2 * few.limit) break;
  }
  expect(admitted).toBeLessThanOrEqual(few.limit);
  expect(admitted).toBeGreaterThan(few.limit * 0.9);
});
