import { describe, expect, it } from "vitest";
import { RuntimeState } from "@tollgate/pipeline";
import { NodeCache } from "./node-cache.ts";
import { NodeCaches } from "./node-caches.ts";
import { type NodeSide, workerLevel } from "./worker-level.ts";

const bytes = (text: string) => Buffer.from(text);
const textOf = (found: { readonly bytes: Uint8Array } | null) => found && Buffer.from(found.bytes).toString();

describe("a cache of the node", () => {
  it("has one worker make a key, and gives all others what that made", async () => {
    const cache = new NodeCache(10_000);
    expect(cache.find("one", "k", 1_000)).toBeNull();
    const find = async (worker: string) => cache.find(worker, "k", 1_000);
    const others = [find("two"), find("one")];
    cache.made("k", bytes("made"), 60_000);
    expect((await Promise.all(others)).map(textOf)).toEqual(["made", "made"]);
    expect(textOf(await cache.find("three", "k", 1_000))).toBe("made");
    expect(cache.status).toMatchObject({ entries: 1, hits: 1, misses: 3 });
  });

  it.each([
    ["nothing was kept", (cache: NodeCache) => cache.made("k", undefined, 0)],
    ["its worker ended", (cache: NodeCache) => cache.ended("one")],
  ])("lets those who wait make it themselves where %s", async (_what, end) => {
    const cache = new NodeCache(10_000);
    void cache.find("one", "k", 1_000);
    const other = cache.find("two", "k", 60_000);
    end(cache);
    expect(await other).toBeNull();
  });

  it("lets nobody wait for longer than it said", async () => {
    const cache = new NodeCache(10_000);
    void cache.find("one", "k", 1_000);
    expect(await cache.find("two", "k", 1)).toBeNull();
  });

  it("keeps no more than its bytes, and forgets what is removed", () => {
    const cache = new NodeCache(4_000);
    for (let i = 0; i < 100; i++) cache.made(`k${i}`, Buffer.alloc(500), 60_000);
    expect(cache.status.usedBytes).toBeLessThanOrEqual(4_000);
    expect(cache.status.entries).toBeGreaterThan(1);
    expect(cache.find("one", "k99", 1)).not.toBeNull();
    cache.remove("k99");
    expect(cache.find("one", "k99", 1)).toBeNull();
  });
});

describe("a cache of the node, with what other nodes have", () => {
  /** Other nodes reply with `reply`, and write down what they hear. */
  const nodesOf = () => {
    const reply = Promise.withResolvers<{ bytes: Uint8Array; ttlMs: number } | undefined>();
    const heard: string[] = [];
    const nodes = {
      isReachable: true,
      status: { hits: 0, failures: 0, ownBytes: 0 },
      find: () => reply.promise,
      made: (key: string, given: Uint8Array | undefined) =>
        void heard.push(`${key} ${given ? "made" : "not made"}`),
      remove: (key: string) => void heard.push(`${key} removed`),
    };
    return { cache: new NodeCache(10_000, nodes), reply, heard };
  };

  it("lets them make what a worker that ended was to make", async () => {
    const { cache, reply, heard } = nodesOf();
    reply.resolve(undefined);
    expect(await cache.find("one", "k", 1_000)).toBeNull();
    cache.ended("one");
    expect(heard).toEqual(["k not made"]);
  });

  it("does not take over what was invalidated while they were asked", async () => {
    const { cache, reply } = nodesOf();
    const found = cache.find("one", "k", 1_000);
    cache.drop("k");
    reply.resolve({ bytes: bytes("old"), ttlMs: 60_000 });
    expect(await found).toBeNull();
    expect(cache.status.entries).toBe(0);
  });
});

/** The states of workers that share one node. */
function workersOf(count: number, caches = new NodeCaches(4_000_000)): readonly RuntimeState[] {
  return Array.from({ length: count }, (_, i) => {
    const side: NodeSide = {
      ask: async ({ cache, key, waitMs }) => caches.of(cache).find(`w${i}`, key, waitMs),
      send(message) {
        if (message.type === "made") caches.of(message.cache).made(message.key, message.bytes, message.ttlMs);
        if (message.type === "removed") caches.of(message.cache).remove(message.key);
      },
    };
    const shared = {
      decisions: workerLevel("decisions", side),
      responses: workerLevel("responses", side),
      secret: caches.secret,
    };
    return new RuntimeState({ responseCacheBytes: 1_000_000, shared });
  });
}

const RESULT = {
  principalId: "me",
  context: { constructor: "x", team: "blue" },
  values: { team: ["blue"] },
  claims: undefined,
  usageIdentifierKey: undefined,
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "arn:a" }],
  },
  policy: undefined,
};

describe("the workers of a node", () => {
  it("ask an authorizer once, and each decides by what it said", async () => {
    const workers = workersOf(3);
    let asked = 0;
    const ask = (state: RuntimeState) =>
      state.authorizerResults.remembered(
        "key",
        () => 60_000,
        async () => {
          asked++;
          return RESULT;
        },
      );
    const results = await Promise.all([...workers, ...workers].map(async (one) => ask(one)));
    expect(asked).toBe(1);
    for (const { principalId, context, values } of results)
      expect({ principalId, context, values }).toMatchObject({
        principalId: "me",
        context: RESULT.context,
        values: RESULT.values,
      });
    const request = { action: "execute-api:Invoke", principal: undefined, conditionKey: () => undefined };
    const decide = (resource: string) => results[1]?.policy?.decide({ ...request, resource });
    expect([decide("arn:a"), decide("arn:b")]).toEqual(["allow", "silent"]);
  });

  it("share no failure", async () => {
    const workers = workersOf(2);
    let asked = 0;
    const ask = (state: RuntimeState) =>
      state.authorizerResults.remembered(
        "key",
        () => 60_000,
        async () => {
          asked++;
          throw new Error("failed");
        },
      );
    const outcomes = await Promise.allSettled(workers.map(async (one) => ask(one)));
    expect([outcomes.map(({ status }) => status), asked]).toEqual([["rejected", "rejected"], 2]);
  });

  it.each([false, true])("share responses, encrypted: %s", async (isEncrypted) => {
    const caches = new NodeCaches(4_000_000);
    const [one, two, three] = workersOf(3, caches).map(({ responses }) => responses);
    expect(await one?.find("key", isEncrypted)).toBeUndefined();
    const waiting = two?.find("key", isEncrypted);
    const response = { status: 201, headers: ["X-A", "1"], body: Buffer.from("planted secret") };
    one?.put("key", response, { ttlMs: 60_000, isEncrypted });
    expect(await waiting).toEqual(response);
    expect([one?.get("key"), two?.get("key"), three?.get("key")]).toEqual([response, response, undefined]);
    expect(await three?.find("key", isEncrypted)).toEqual(response);
    one?.invalidate("key");
    expect([one?.get("key"), await one?.find("key", isEncrypted)]).toEqual([undefined, undefined]);
  });

  it("keep an encrypted response in no other form", async () => {
    const kept: Uint8Array[] = [];
    const caches = new NodeCaches(4_000_000);
    const made = caches.of("responses").made.bind(caches.of("responses"));
    caches.of("responses").made = (key, given, ttlMs) => {
      if (given) kept.push(given);
      made(key, given, ttlMs);
    };
    const [state] = workersOf(1, caches);
    const body = Buffer.from("planted secret");
    state?.responses.put("key", { status: 200, headers: [], body }, { ttlMs: 60_000, isEncrypted: true });
    expect(kept).toHaveLength(1);
    expect(Buffer.from(kept[0] ?? []).includes("planted")).toBe(false);
    const [other] = workersOf(1, new NodeCaches(4_000_000));
    expect(other?.responses.get("key")).toBeUndefined();
  });
});
