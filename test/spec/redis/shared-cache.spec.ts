import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRedis, type Redis, readRedisSettings } from "@tollgate/redis";
import { createLogger, parseSettings } from "@tollgate/telemetry";
import { NodeCache } from "../../../packages/data-plane/src/cache/node-cache.ts";
import { NodeCaches } from "../../../packages/data-plane/src/cache/node-caches.ts";
import { describeSharedCaches } from "../../../packages/data-plane/src/cache/nodes-cache.contract.ts";
import { openCaches } from "../../../packages/data-plane/src/cache/open-caches.ts";
import { RedisLevel, type RedisLevelOptions } from "../../../packages/data-plane/src/cache/redis-level.ts";
import { until } from "../../kit/process.ts";
import { type RedisServer, startRedis } from "../../kit/redis.ts";

const SECRET = Buffer.alloc(32, 7);
const scope = new AsyncDisposableStack();
let server: RedisServer;
let redis: Redis;
let nodes = 0;

beforeAll(async () => {
  server = scope.use(await startRedis());
  // Far longer than a lookup may take: what waits for a reply is seen by that.
  const env = { TOLLGATE_REDIS: server.url, TOLLGATE_REDIS_TIMEOUT_MS: "30000" };
  const settings = parseSettings(env, (read) => {
    const { redis: value, problems } = readRedisSettings(read);
    return { value, problems };
  });
  if (!settings) throw new Error("TOLLGATE_REDIS is not set");
  redis = scope.use(await openRedis(settings, createLogger("spec", "silent")));
  await redis.connected(30_000);
});
afterAll(() => scope.disposeAsync());

const levelOf = (given: Partial<RedisLevelOptions> = {}) =>
  new RedisLevel({
    redis,
    cache: "decisions",
    node: `n${++nodes}`,
    secret: SECRET,
    maxBytes: 1_000_000,
    // The machine of a test may be busy.
    lookupMs: 2_000,
    nowMs: () => performance.now(),
    unixMs: Date.now,
    ...given,
  });
const nodeOf = (given: Partial<RedisLevelOptions> = {}) => new NodeCache(1_000_000, levelOf(given));
/** What was sent on the connection before has been done, and so has what that led to. */
const settled = async () => {
  await server.cli("ping");
  await redis.command("", ["PING"]);
};

describeSharedCaches("nodes with a Redis", async (count) => {
  await server.cli("flushall");
  const caches = Array.from({ length: count }, () => nodeOf());
  return {
    caches,
    async settled() {
      await settled();
      // What other nodes invalidate is dropped by what they publish: here, by hand.
      for (const cache of caches) for (let i = 0; i <= 10; i++) cache.drop(`key-${i}`);
    },
  };
});

describe("entries in a Redis", () => {
  const kept = () => server.cli("--scan", "--pattern", "*cache:*");

  it("are sealed: nobody reads, forges or moves one without the nodes' key", async () => {
    const one = levelOf();
    expect(await one.find("a", 1)).toBeUndefined();
    one.made("a", Buffer.from("planted secret"), 60_000);
    await settled();
    expect(Buffer.from((await levelOf().find("a", 1))?.bytes ?? []).toString()).toBe("planted secret");
    const raw = await server.cli("get", redis.key("cache:decisions:a"));
    expect(Buffer.from(raw.split(" ").at(-1) ?? "", "base64").includes("planted")).toBe(false);
    expect(await levelOf({ secret: Buffer.alloc(32, 8) }).find("a", 1)).toBeUndefined();
    await server.cli("set", redis.key("cache:decisions:b"), raw);
    await server.cli("pexpire", redis.key("cache:decisions:b"), "60000");
    expect(await levelOf().find("b", 1)).toBeUndefined();
  });

  it("are found as nodes of the version before have kept them", async () => {
    const one = levelOf();
    await one.find("old", 1);
    one.made("old", Buffer.from("kept"), 60_000);
    await settled();
    const raw = await server.cli("get", redis.key("cache:decisions:old"));
    await server.cli(
      "set",
      redis.key("cache:decisions:old"),
      `E${raw.trim().split(" ").at(-1)}`,
      "px",
      "60000",
    );
    expect(Buffer.from((await levelOf().find("old", 1))?.bytes ?? []).toString()).toBe("kept");
  });

  it("take no more memory than a node may use there", async () => {
    await server.cli("flushall");
    const one = levelOf({ maxBytes: 5_000 });
    for (let i = 0; i < 30; i++) {
      await one.find(`k${i}`, 1);
      one.made(`k${i}`, Buffer.alloc(500), 60_000);
    }
    await settled();
    await until("the oldest are gone", async () => (await kept()).split("\n").length <= 6);
    expect(one.status.ownBytes).toBeLessThanOrEqual(5_000);
    expect(await levelOf().find("k29", 1)).toBeDefined();
    await one.find("large", 1);
    one.made("large", Buffer.alloc(5_000), 60_000);
    await settled();
    expect(await server.cli("exists", redis.key("cache:decisions:large"))).toContain("0");
  });

  it.each([
    ["made anew by another node after it was invalidated", async (other: RedisLevel) => other.remove("late")],
    [
      "made by another node after the claim had ended",
      async () => void (await server.cli("del", redis.key("cache:decisions:late"))),
    ],
  ])("are not replaced by a late response when they were %s", async (_what, meanwhile) => {
    await server.cli("flushall");
    const [slow, other] = [levelOf(), levelOf()];
    const text = async () => Buffer.from((await levelOf().find("late", 1))?.bytes ?? []).toString();
    expect(await slow.find("late", 1)).toBeUndefined();
    await meanwhile(other);
    expect(await other.find("late", 1)).toBeUndefined();
    other.made("late", Buffer.from("new"), 60_000);
    slow.made("late", Buffer.from("late and old"), 60_000);
    await settled();
    expect(await text()).toBe("new");
    other.made("late", Buffer.from("newer"), 60_000);
    await settled();
    expect(await text()).toBe("newer");
  });

  it("are not kept from a response whose claim was invalidated and given up meanwhile", async () => {
    const [slow, other] = [levelOf(), levelOf()];
    expect(await slow.find("gone", 1)).toBeUndefined();
    other.remove("gone");
    other.made("gone", undefined, 0);
    slow.made("gone", Buffer.from("old"), 60_000);
    await settled();
    expect(await server.cli("exists", redis.key("cache:decisions:gone"))).toContain("0");
  });

  it("hold nobody up for long where the node that makes one has died", async () => {
    expect(await levelOf().find("dead", 1)).toBeUndefined();
    let clockMs = 0;
    const other = levelOf({ nowMs: () => (clockMs += 50) });
    expect(await other.find("dead", 10_000)).toBeUndefined();
    expect(clockMs).toBeLessThan(2_000);
  });

  it("are invalidated on all nodes", async () => {
    const removed: string[] = [];
    const settings = { cacheKey: SECRET, cacheLookupMs: 5, responseCacheBytes: 4_000_000 };
    const open = (nodeId: string) =>
      openCaches({
        settings: { ...settings, nodeId },
        redis,
        onRemoved: (cache, key) => removed.push(`${nodeId} ${cache} ${key}`),
      });
    const [one] = [open("one"), open("two")];
    // Both hear of what is published once they have subscribed.
    await until("a node hears of it", () => {
      one?.of("responses").remove("k");
      return removed.length > 0;
    });
    expect(new Set(removed)).toEqual(new Set(["two responses k"]));
  });

  it("cost no call more than a lookup may take while the server does not reply, and nothing while it is away", async () => {
    const cache = nodeOf({ lookupMs: 5 });
    const timed = async (key: string) => {
      const startMs = performance.now();
      expect(await cache.find("w", key, 10_000)).toBeNull();
      return performance.now() - startMs;
    };
    await server.pause();
    try {
      // A command counts as lost after 30 s.
      expect(await timed("first")).toBeLessThan(10_000);
      // Nobody asks it again so soon.
      const found = cache.find("w", "second", 10_000);
      expect(found).toBeNull();
      cache.made("second", Buffer.from("own"), 60_000);
      expect(await cache.find("w", "second", 1)).not.toBeNull();
    } finally {
      server.resume();
    }
    await server.kill();
    await until("the loss is noticed", () => !redis.isConnected);
    expect(cache.find("w", "third", 10_000)).toBeNull();
    cache.remove("second");
    expect(cache.find("w", "second", 10_000)).toBeNull();
  });
});

it("nodes without a key share nothing, also with a Redis", () => {
  const settings = { cacheKey: undefined, cacheLookupMs: 5, responseCacheBytes: 4_000_000, nodeId: "n" };
  const caches = openCaches({ settings, redis, onRemoved: () => undefined });
  expect(caches).toBeInstanceOf(NodeCaches);
  expect(caches.readings().some(({ name }) => name.includes("nodes"))).toBe(false);
});
