import { describe, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { openEmbeddedStore } from "../store/embedded-store.ts";
import type { Store, WatchItem, WatchOptions } from "../store/store.ts";
import { entityKey, headKey, Mirror } from "./mirror.ts";
import { encodeEntity } from "./stored-entity.ts";

const ACCOUNT = "000000000000";
const entity = (id: string) => ({ kind: "RestApi", apiId: "", id, labels: {}, spec: { name: id } }) as never;
const put = (id: string) => ({
  key: entityKey(ACCOUNT, entity(id)),
  value: encodeEntity(entity(id), { createdUnixMs: 1, updatedUnixMs: 1 }),
});
const head = { key: headKey(ACCOUNT), value: "" };

/** forgetful wraps a store so that its watch loses the commits that `loses` selects. */
function forgetful(store: Store, loses: (item: WatchItem) => boolean): Store {
  return new Proxy(store, {
    get(target, property) {
      if (property !== "watch") return Reflect.get(target, property, target).bind(target) as unknown;
      return async function* (options: WatchOptions) {
        for await (const item of target.watch(options)) if (!loses(item)) yield item;
      };
    },
  });
}

describe("Mirror", () => {
  it("recovers from commits that its watch lost", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    let lost = 0;
    const losesLost = (item: WatchItem) => {
      const isLost =
        item.kind === "commit" && item.events.some((e) => e.type === "put" && e.entry.key.includes("lost"));
      if (isLost) lost++;
      return isLost;
    };
    await using mirror = new Mirror(forgetful(store, losesLost), createLogger("test", "silent"), {
      antiEntropyMs: 20,
    });
    const resets: number[] = [];
    mirror.listen({ reset: (revision) => resets.push(revision), commit: () => undefined });
    await mirror.start();
    await store.commit({ guards: [], puts: [put("lost000000"), head], deletes: [] });
    const { revision } = await store.commit({ guards: [], puts: [put("seen000000"), head], deletes: [] });
    await mirror.reached(revision);
    expect(lost).toBe(1);
    await vi.waitFor(
      () =>
        expect([...mirror.account(ACCOUNT).entities.keys()].sort()).toEqual([
          "restapis/lost000000",
          "restapis/seen000000",
        ]),
      { timeout: 20_000 },
    );
    expect(resets).toHaveLength(2);
  });

  it("keeps what it has while a listing breaks off, and takes the next one as a whole", async () => {
    const [a, b] = ["aaaaaaaaaa", "bbbbbbbbbb"].map((id, i) => ({ ...put(id), modRevision: i + 1 }));
    const pages = async function* (breaksOff: boolean) {
      yield [a] as never;
      if (breaksOff) throw new Error("etcd is away");
      yield [b] as never;
    };
    const proceed = Promise.withResolvers<void>();
    const seen: string[][] = [];
    await using store = openEmbeddedStore({ file: ":memory:" });
    const listings = async function* (): AsyncGenerator<WatchItem> {
      yield { kind: "listing", revision: 3, pages: pages(true) };
      await proceed.promise;
      yield { kind: "listing", revision: 4, pages: pages(false) };
    };
    const broken = { ...store, watch: listings } as unknown as Store;
    await using mirror = new Mirror(broken, createLogger("test", "silent"));
    mirror.listen({ reset: () => seen.push([...mirror.account(ACCOUNT).entities.keys()]), commit: () => {} });
    const started = mirror.start();
    expect(await mirror.reached(1, 20)).toBe(false);
    expect([...mirror.account(ACCOUNT).entities.keys()]).toEqual([]);
    proceed.resolve();
    await started;
    expect(seen).toEqual([["restapis/aaaaaaaaaa", "restapis/bbbbbbbbbb"]]);
  });

  /** A mirror of a store that holds more than the config, as etcd does, so that its revision grows by itself. Its watch loses what names "lost". */
  async function inCluster(
    store: Store,
    check: (mirror: Mirror, resets: readonly number[]) => Promise<void>,
  ): Promise<void> {
    const losesLost = (item: WatchItem) => item.kind === "commit" && JSON.stringify(item).includes("lost");
    const lossy = forgetful(store, losesLost);
    const config = new Proxy(lossy, {
      get(target, property) {
        if (property === "read" || property === "versions") return () => target[property](ACCOUNT);
        if (property === "watch")
          return (options: WatchOptions) => target.watch({ ...options, prefix: ACCOUNT });
        return Reflect.get(target, property, target) as unknown;
      },
    });
    const other = setInterval(
      () => void store.commit({ guards: [], puts: [{ key: "~other", value: "" }], deletes: [] }),
      1,
    );
    try {
      const logger = createLogger("test", "silent");
      await using mirror = new Mirror(config, logger, { antiEntropyMs: 10, catchUpMs: 50 });
      const resets: number[] = [];
      mirror.listen({ reset: (revision) => resets.push(revision), commit: () => undefined });
      await mirror.start();
      await check(mirror, resets);
    } finally {
      clearInterval(other);
    }
  }
  const named = (mirror: Mirror) => [...mirror.account(ACCOUNT).entities.keys()].sort();

  it("finds what is missing although the store's revision grows by itself, and although it is the newest change", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    await inCluster(store, async (mirror, resets) => {
      await store.commit({ guards: [], puts: [put("lost000000"), head], deletes: [] });
      await vi.waitFor(() => expect(named(mirror)).toEqual(["restapis/lost000000"]), { timeout: 20_000 });
      expect(resets).toHaveLength(2);
    });
  });

  it("finds what is missing while others write, and keeps what they have written", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    await inCluster(store, async (mirror) => {
      await store.commit({ guards: [], puts: [put("lost000000"), head], deletes: [] });
      let written = 0;
      const writing = setInterval(
        () => void store.commit({ guards: [], puts: [put(`seen${100000 + written++}`), head], deletes: [] }),
        1,
      );
      await vi.waitFor(() => expect(named(mirror)).toContain("restapis/lost000000"), { timeout: 20_000 });
      clearInterval(writing);
      await vi.waitFor(() => expect(named(mirror)).toHaveLength(written + 1), { timeout: 20_000 });
    });
  });

  it("finds what was deleted, and does not take for a difference what it cannot read", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    const lost = put("lost000000");
    const unknown = { key: `${ACCOUNT}/later-kinds/x`, value: "{}" };
    const chunk = { key: `${ACCOUNT}/chunks/a/b`, value: "{}" };
    await store.commit({ guards: [], puts: [lost, unknown, chunk, head], deletes: [] });
    await inCluster(store, async (mirror, resets) => {
      expect(named(mirror)).toEqual(["restapis/lost000000"]);
      await store.commit({ guards: [], puts: [head], deletes: [lost.key] });
      await vi.waitFor(() => expect(named(mirror)).toEqual([]), { timeout: 20_000 });
      const before = resets.length;
      await store.commit({ guards: [], puts: [put("seen000000"), head], deletes: [chunk.key] });
      await vi.waitFor(() => expect(named(mirror)).toHaveLength(1), { timeout: 20_000 });
      expect(mirror.account(ACCOUNT).chunks.size).toBe(0);
      expect(resets).toHaveLength(before);
    });
  });

  it("does not wait longer than asked for a revision that does not come", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    await using mirror = new Mirror(store, createLogger("test", "silent"));
    await mirror.start();
    expect(await mirror.reached(1_000, 5)).toBe(false);
    const { revision } = await store.commit({ guards: [], puts: [put("seen000000"), head], deletes: [] });
    expect(await mirror.reached(revision, 30_000)).toBe(true);
  });

  it("reports each commit with its entities before and after", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    await using mirror = new Mirror(store, createLogger("test", "silent"));
    const seen: string[] = [];
    mirror.listen({
      reset: () => undefined,
      commit: (_revision, changes) =>
        void seen.push(...changes.map((c) => `${c.before?.entity.id ?? "-"} > ${c.after?.entity.id ?? "-"}`)),
    });
    await mirror.start();
    await store.commit({ guards: [], puts: [put("a000000000"), head], deletes: [] });
    const { revision } = await store.commit({ guards: [], puts: [head], deletes: [put("a000000000").key] });
    await mirror.reached(revision);
    expect(seen).toEqual(["- > a000000000", "a000000000 > -"]);
    expect(mirror.account(ACCOUNT).revision).toBe(revision);
  });

  it("adds the members that entities of an older version lack", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    await using mirror = new Mirror(store, createLogger("test", "silent"));
    await mirror.start();
    const old = {
      key: "000000000000/restapis/a000000000/deployments/d00000",
      value: JSON.stringify({
        labels: {},
        spec: { chunks: [], createTimeUnixMs: 1, methodCount: 0, restApi: { name: "old" } },
      }),
    };
    const { revision } = await store.commit({ guards: [], puts: [old, head], deletes: [] });
    await mirror.reached(revision);
    const [stored] = mirror.account(ACCOUNT).entities.values();
    expect(stored).toMatchObject({
      createdUnixMs: 0,
      entity: {
        spec: { description: "", definitions: [], restApi: { name: "old", apiKeySource: "HEADER" } },
      },
    });
  });
});
