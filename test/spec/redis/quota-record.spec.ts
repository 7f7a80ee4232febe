import { beforeEach, describe, expect, it } from "vitest";
import {
  callsUsed,
  closeShare,
  isFirstPeriod,
  openRedis,
  orderCalls,
  type Redis,
  readRedisSettings,
  setCalls,
} from "@tollgate/redis";
import { createLogger, parseSettings } from "@tollgate/telemetry";
import { QuotaShare } from "../../../packages/data-plane/src/limits/shared/quota-share.ts";
import { AWAY_MS, signIn, signInScript } from "../../../packages/redis/src/limits/node-record.ts";
import { type RedisServer, startRedis } from "../../kit/redis.ts";
import { useScope } from "../../kit/use.ts";
import { ScriptModel } from "../../limits/simulation/script-model.ts";
import { World } from "../../limits/simulation/world.ts";

const scope = useScope();
const LIMIT = 1_000;
const endsUnixMs = Date.now() + 10_000_000;
let server: RedisServer;
let redis: Redis;

beforeEach(async () => {
  server = scope.use(await startRedis());
  const settings = parseSettings({ TOLLGATE_REDIS: server.url }, (read) => {
    const { redis: value, problems } = readRedisSettings(read);
    return { value, problems };
  });
  if (!settings) throw new Error("TOLLGATE_REDIS is not set");
  redis = scope.use(await openRedis(settings, createLogger("spec", "silent")));
  await redis.connected(30_000);
});

/** Nodes that share one counter, in time and epochs that the test sets. */
class Nodes {
  terms = { counter: "c", period: "DAY-2026-11-29", endsUnixMs, limit: LIMIT, grantUnixMs: 0, granted: 0 };
  epoch = "first";
  /** How long it lasts until all nodes have told how they stand. */
  learningForMs = 0;
  nowMs = 0;
  sequence = 0;
  readonly shares: QuotaShare[];

  constructor(nodes: number) {
    const { period } = this.terms;
    const allowance = { period, endsUnixMs, limit: LIMIT, offset: 0 };
    this.shares = Array.from({ length: nodes }, () => new QuotaShare(allowance, undefined));
  }

  /** The reply is lost unless something takes it. */
  async order(node: number, needed = 0, mayLease = this.learningForMs === 0): Promise<() => void> {
    const share = this.shares[node] as QuotaShare;
    const nodes = this.shares.length;
    const { epoch, learningForMs } = this;
    const nowMs = (this.nowMs += 1_000);
    const sequence = ++this.sequence;
    const occasion = { node: `n${node}`, sequence, nodes, epoch, mayLease, learningForMs, needed, nowMs };
    const order = share.order(occasion);
    const reply = await orderCalls(redis, this.terms, order);
    return () => share.replied(order, reply, nowMs);
  }

  async settle(node: number, needed = 0): Promise<void> {
    const take = await this.order(node, needed);
    take();
  }

  /** The server loses its data; from then on the nodes are in another epoch. */
  async lose(epoch: string): Promise<void> {
    await server.cli("flushall");
    for (const share of this.shares) share.lost(this.nowMs);
    this.epoch = epoch;
  }

  async settleAll(): Promise<void> {
    for (const node of this.shares.keys()) await this.settle(node);
  }

  /** Calls of one node, which are settled; those that were made. */
  async call(node: number, calls: number): Promise<number> {
    const share = this.shares[node] as QuotaShare;
    let made = 0;
    for (; made < calls; made++) {
      if (share.held === 0) await this.settle(node, 1);
      if (share.take(1) === 0) break;
    }
    await this.settle(node);
    return made;
  }

  async used(): Promise<number | undefined> {
    return (await callsUsed(redis, this.terms))?.used;
  }
}

describe("a record of a quota that is lost", () => {
  for (const epoch of ["first", "second"])
    it(`has every call once again, where the nodes are in the ${epoch} epoch`, async () => {
      const nodes = new Nodes(2);
      for (const [node, calls] of [
        [0, 300],
        [1, 200],
        [0, 100],
      ] as const)
        await nodes.call(node, calls);
      expect(await nodes.used()).toBe(600);
      await server.cli("flushall");
      nodes.epoch = epoch;
      await nodes.settleAll();
      expect(await nodes.used()).toBe(600);
      expect((await nodes.call(1, LIMIT)) + (await nodes.call(0, LIMIT))).toBe(400);
    });

  it("has the calls of the node that knew more, whoever tells first", async () => {
    const nodes = new Nodes(2);
    await nodes.call(1, 200);
    await nodes.call(0, 400);
    await server.cli("flushall");
    await nodes.settle(1);
    await nodes.settle(0);
    expect(await nodes.used()).toBe(600);
  });

  it("has the calls of a node that had returned others, and did not hear that they were taken", async () => {
    const nodes = new Nodes(2);
    await nodes.settle(0, 100);
    await nodes.order(0, 0, false);
    expect(await nodes.call(1, 200)).toBe(200);
    await nodes.lose("second");
    nodes.shares[0]?.takeFreely(150);
    await nodes.settleAll();
    expect(await nodes.used()).toBe(350);
  });

  it("has every call once though it is lost again before all nodes have told", async () => {
    for (const soon of [0, 1]) {
      await server.cli("flushall");
      const nodes = new Nodes(2);
      nodes.nowMs = 1_000_000;
      await nodes.call(0, 100);
      await nodes.call(1, 200);
      for (const [epoch, calls] of [
        ["second", 50],
        ["third", 30],
      ] as const) {
        await nodes.lose(epoch);
        nodes.learningForMs = 10_000;
        nodes.shares[soon]?.takeFreely(calls);
        await nodes.settle(soon);
      }
      await nodes.settle(1 - soon);
      expect(await nodes.used()).toBe(380);
    }
  });

  it("has every call once though it is lost again when that epoch has lasted for one of the nodes only", async () => {
    for (const told of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      await server.cli("flushall");
      const nodes = new Nodes(3);
      nodes.nowMs = 1_000_000;
      for (const node of [0, 1, 2]) await nodes.call(node, 50);
      for (const [epoch, calls] of [
        ["second", 100],
        ["third", 20],
        ["fourth", 10],
      ] as const) {
        await nodes.lose(epoch);
        for (const node of told) {
          nodes.shares[node]?.takeFreely(calls);
          nodes.learningForMs = node === 1 && epoch === "second" ? 0 : 10_000;
          await nodes.settle(node);
        }
      }
      expect(await nodes.used()).toBe(540);
    }
  });

  it("keeps what was set by hand, with the calls since, whoever tells first", async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      await server.cli("flushall");
      const nodes = new Nodes(2);
      await nodes.call(0, LIMIT / 2);
      await nodes.call(1, LIMIT / 2);
      nodes.terms = { ...nodes.terms, grantUnixMs: 5, granted: 500 };
      expect(await nodes.call(0, 400)).toBe(400);
      expect(await nodes.used()).toBe(900);
      await server.cli("flushall");
      nodes.epoch = "second";
      for (const node of order) await nodes.settle(node);
      expect(await nodes.used()).toBe(900);
      expect((await nodes.call(0, LIMIT)) + (await nodes.call(1, LIMIT))).toBe(100);
      nodes.terms = { ...nodes.terms, grantUnixMs: 6, granted: 30 };
      expect(await nodes.call(1, LIMIT)).toBe(30);
    }
  });

  it("has the calls that metering has counted once, where the control plane tells first", async () => {
    const nodes = new Nodes(1);
    await nodes.call(0, 600);
    await server.cli("flushall");
    nodes.epoch = "second";
    await setCalls(redis, nodes.terms, { counted: 550, epoch: "second" });
    await nodes.settle(0);
    expect(await nodes.used()).toBe(600);
  });
});

describe("a node that was killed", () => {
  it("has used what it made of its lease, and the others get the rest", async () => {
    const nodes = new Nodes(2);
    const [killed] = nodes.shares;
    await nodes.call(0, 200);
    // It leases ahead as it called before, and gives out two of that which nobody hears of.
    await nodes.settle(0, 5);
    expect(killed?.held).toBeGreaterThan(2);
    const out = (killed?.held ?? 0) + (killed?.reserve ?? 0);
    expect(await callsUsed(redis, nodes.terms)).toMatchObject({ used: 200, leased: out });
    const close = (spent: number) => closeShare(redis, nodes.terms, { node: "n0", spent });
    expect(await close(202)).toBe(out - 2);
    expect(await close(202)).toBe(0);
    expect(await callsUsed(redis, nodes.terms)).toMatchObject({ used: 202, leased: 0 });
    expect(await nodes.call(1, LIMIT)).toBe(LIMIT - 202);
  });

  it("gives back no more than its lease where what is left was set by hand since", async () => {
    const nodes = new Nodes(2);
    await nodes.call(0, 200);
    nodes.terms = { ...nodes.terms, grantUnixMs: 5, granted: 500 };
    await nodes.settle(1);
    expect(await nodes.used()).toBe(500);
    expect(await closeShare(redis, nodes.terms, { node: "n0", spent: 150 })).toBe(nodes.shares[0]?.reserve);
    expect(await nodes.used()).toBe(500);
  });

  it("is not settled in a record that was lost since, and has used its reserve there", async () => {
    const nodes = new Nodes(2);
    await nodes.call(0, 200);
    await nodes.call(1, 100);
    await server.cli("flushall");
    const close = () => closeShare(redis, nodes.terms, { node: "n0", spent: 150 });
    expect(await close()).toBeUndefined();
    await nodes.settle(1);
    expect(await close()).toBeUndefined();
    expect(await nodes.used()).toBe(300 + (nodes.shares[0]?.reserve ?? 0));
  });
});

describe("an order that arrives after a newer one, over a connection that its node has left", () => {
  const occasion = { node: "n0", nodes: 2, epoch: "first", mayLease: true, learningForMs: 0, nowMs: 0 };

  it("changes nothing, and grants nothing", async () => {
    const nodes = new Nodes(2);
    const late = (nodes.shares[0] as QuotaShare).order({
      ...occasion,
      sequence: ++nodes.sequence,
      needed: 50,
    });
    await nodes.call(0, 200);
    const { used, leased } = (await callsUsed(redis, nodes.terms)) ?? {};
    expect(await orderCalls(redis, nodes.terms, late)).toMatchObject({ granted: 0, leased });
    expect(await callsUsed(redis, nodes.terms)).toEqual({ used, leased, offset: 0 });
  });

  it("leases nothing for a node that was settled after its end", async () => {
    const nodes = new Nodes(2);
    await nodes.call(0, 200);
    const late = (nodes.shares[0] as QuotaShare).order({
      ...occasion,
      sequence: ++nodes.sequence,
      needed: 50,
    });
    await closeShare(redis, nodes.terms, { node: "n0", spent: 200 });
    expect(await orderCalls(redis, nodes.terms, late)).toMatchObject({ granted: 0 });
    expect(await callsUsed(redis, nodes.terms)).toEqual({ used: 200, leased: 0, offset: 0 });
  });
});

it("the model of the scripts that simulations use replies as the scripts do", async () => {
  const kills = [900, 300, 2_600].map(
    (afterMs) => ({ afterMs, kind: "server-killed", node: 0, ms: 200 }) as const,
  );
  const killed = { afterMs: 300, kind: "node-killed", node: 1, ms: 0 } as const;
  const faults = [...kills, killed];
  using world = new World({ seed: 3, nodes: 3, limit: 3_000, demand: 0.15, faults });
  await world.run();
  let model = new ScriptModel(Date.now);
  let life: unknown;
  for (const one of world.server.history) {
    if (one.life !== life) {
      await server.cli("flushall");
      model = new ScriptModel(Date.now);
      life = one.life;
    }
    const real = await redis.run<unknown[]>(one.script, one.key, one.args);
    const simulated = [model.run(one.script, one.key, one.args)].flat();
    const isComparable = (i: number) => one.script !== signInScript || i !== 2; // the age of the epoch
    const compared = (reply: unknown[]) => reply.filter((_, i) => isComparable(i));
    expect(compared(simulated)).toEqual(compared([real].flat()));
  }
  expect(world.server.history.length).toBeGreaterThan(500);
});

it("who has reported what it knows is forgotten once nobody is waited for, so that the list does not grow with each node that ever was", async () => {
  const key = redis.key("nodes");
  const fieldsOf = async () =>
    (await server.cli("hkeys", key)).split(/\s+/).filter((name) => /^k:[bt]:/.test(name));
  const news = { epoch: "e", names: ["a", "b"], version: 0, hasTold: true };
  await signIn(redis, "a", "e", { ...news, epoch: "before" });
  await signIn(redis, "b", "e", news);
  expect((await fieldsOf()).toSorted()).toEqual(["k:b:a", "k:b:b", "k:t:b"]);
  await server.cli("hset", key, "since", String(Date.now() - AWAY_MS - 60_000));
  expect(await signIn(redis, "b", "e", news)).toMatchObject({ untold: [], names: ["a", "b"], live: 2 });
  await signIn(redis, "c", "e", { ...news, epoch: "before" });
  expect(await fieldsOf()).toEqual([]);
});

it("the first period of a counter is remembered as long as the counter is used", async () => {
  const { terms } = new Nodes(1);
  const isFirst = (period: string) => isFirstPeriod(redis, { ...terms, period });
  expect(await isFirst("MONTH-2026-11")).toBe(true);
  const key = redis.key(`quota-first:${terms.counter}`);
  await server.cli("expire", key, "100");
  expect(await isFirst("MONTH-2026-12")).toBe(false);
  expect(Number(await server.cli("ttl", key))).toBeGreaterThan(300 * 86_400);
});
