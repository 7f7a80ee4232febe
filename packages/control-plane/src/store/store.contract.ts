import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Listing, readAll, type Store, type StoreEvent, type WatchItem } from "./store.ts";

/** Opens one implementation, so that the contract can be checked against it. */
export interface StoreFixture {
  open(): Promise<Store>;
  /** Stops what open() has started besides the store itself. */
  close(): Promise<void>;
}

const put = (key: string, value: string) => ({ guards: [], puts: [{ key, value }], deletes: [] });
/** An item of a watch, of which a listing was read to its end. */
type SeenItem = Exclude<WatchItem, { readonly kind: "listing" }> | ({ readonly kind: "listing" } & Listing);
const listed = (item: SeenItem) => item.kind === "listing" && item.entries.map(({ value }) => value);
const keyOf = (event: StoreEvent) => (event.type === "put" ? event.entry.key : event.key);

/** Collector runs a watch in the background and returns its items one by one. */
class Collector implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #iterator: AsyncIterator<WatchItem>;
  constructor(store: Store, prefix: string, afterRevision?: number) {
    const options = {
      prefix,
      signal: this.#abort.signal,
      ...(afterRevision === undefined ? {} : { afterRevision }),
    };
    this.#iterator = store.watch(options)[Symbol.asyncIterator]();
  }
  async next(): Promise<SeenItem> {
    const step = await this.#iterator.next();
    if (step.done) throw new Error("the watch ended");
    const { value: item } = step;
    return item.kind === "commit" ? item : { ...item, entries: await readAll(item) };
  }
  async [Symbol.asyncDispose]() {
    this.#abort.abort();
    await this.#iterator.return?.();
  }
}

/** describeStore checks the contract of the Store port. */
export function describeStore(name: string, newFixture: () => StoreFixture): void {
  describe(name, () => {
    let fixture: StoreFixture;
    let store: Store;
    let prefix: string;
    let counter = 0;
    beforeEach(async () => {
      fixture = newFixture();
      store = await fixture.open();
      prefix = `t${process.pid}-${Date.now()}-${counter++}/`;
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await fixture.close();
    });

    it("lists the entries below a prefix in the order of their keys, at the revision of the last commit", async () => {
      await store.commit({
        guards: [],
        puts: [
          { key: `${prefix}b`, value: "2" },
          { key: `${prefix}a`, value: "1" },
        ],
        deletes: [],
      });
      const { revision } = await store.commit(put(`${prefix}c`, "3"));
      const listing = await store.list(prefix);
      expect(listing.entries.map((e) => [e.key.slice(prefix.length), e.value])).toEqual([
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ]);
      expect(listing.revision).toBeGreaterThanOrEqual(revision);
      expect(listing.entries[2]?.modRevision).toBe(revision);
      const entries = await readAll(await store.versions(prefix));
      expect(entries.map(({ key, modRevision }) => ({ key, modRevision }))).toEqual(
        listing.entries.map(({ key, modRevision }) => ({ key, modRevision })),
      );
    });

    it("reads the entries of one revision page by page, whatever is written meanwhile", async () => {
      const puts = Array.from({ length: 1200 }, (_, i) => ({
        key: `${prefix}k${String(i).padStart(4, "0")}`,
        value: "before",
      }));
      const { revision } = await store.commit({ guards: [], puts, deletes: [] });
      const reading = await store.read(prefix);
      expect(reading.revision).toBeGreaterThanOrEqual(revision);
      const read: string[] = [];
      for await (const page of reading.pages) {
        if (read.length === 0)
          await store.commit({
            ...put(`${prefix}k1100`, "after"),
            deletes: [`${prefix}k1199`],
          });
        read.push(...page.map(({ key, value }) => `${key.slice(prefix.length)} ${value}`));
      }
      expect(read).toEqual(puts.map(({ key }) => `${key.slice(prefix.length)} before`));
    });

    it("leaves out what is below some prefixes, and counts it", async () => {
      const keys = ["a", "b", "b/", "b/1", "b/2/3", "b0", "c/1", "d"].map((key) => prefix + key);
      await store.commit({ guards: [], puts: keys.map((key) => ({ key, value: key })), deletes: [] });
      const read = async (...leftOut: string[]) => {
        const reading = await store.read(
          prefix,
          leftOut.map((one) => prefix + one),
        );
        const left = (await readAll(reading)).map(({ key }) => key.slice(prefix.length));
        return [left.join(" "), reading.leftOutCount];
      };
      expect(await read("c/", "b/")).toEqual(["a b b0 d", 4]);
      expect(await read("a", "d")).toEqual(["b b/ b/1 b/2/3 b0 c/1", 2]);
      expect(await read("none/")).toEqual(["a b b/ b/1 b/2/3 b0 c/1 d", 0]);
      expect(await read("")).toEqual(["", 8]);
    });

    it("tells what an entry was at a revision, while it has the history", async () => {
      const key = `${prefix}a`;
      const before = await store.commit(put(`${prefix}b`, "other"));
      const first = await store.commit(put(key, "1"));
      const second = await store.commit(put(key, "2"));
      const gone = await store.commit({ guards: [], puts: [], deletes: [key] });
      const revisions = [before, first, second, gone].map(({ revision }) => revision);
      const values = await Promise.all(revisions.map((revision) => store.valueAt(key, revision)));
      expect(values).toEqual([undefined, "1", "2", undefined]);
      await store.compact(gone.revision);
      await expect(store.valueAt(key, second.revision)).rejects.toMatchObject({ reason: "expired" });
    });

    it("increases the revision with every commit", async () => {
      const first = await store.commit(put(`${prefix}a`, "1"));
      const second = await store.commit(put(`${prefix}a`, "2"));
      expect(second.revision).toBeGreaterThan(first.revision);
    });

    it("writes nothing if a guard fails", async () => {
      const { revision } = await store.commit(put(`${prefix}a`, "1"));
      await store.commit(put(`${prefix}a`, "2"));
      const outcome = await store.commit({
        ...put(`${prefix}b`, "x"),
        guards: [{ key: `${prefix}a`, modRevision: revision }],
      });
      expect(outcome.committed).toBe(false);
      expect((await store.list(prefix)).entries.map((e) => e.value)).toEqual(["2"]);
    });

    it("accepts a guard of revision 0 if the key does not exist", async () => {
      const guards = [{ key: `${prefix}a`, modRevision: 0 }];
      expect((await store.commit({ ...put(`${prefix}a`, "1"), guards })).committed).toBe(true);
      expect((await store.commit({ ...put(`${prefix}a`, "2"), guards })).committed).toBe(false);
    });

    it("accepts exactly one of two commits with the same guard", async () => {
      const { revision } = await store.commit(put(`${prefix}a`, "0"));
      const guards = [{ key: `${prefix}a`, modRevision: revision }];
      const outcomes = await Promise.all(
        ["x", "y", "z"].map((v) => store.commit({ ...put(`${prefix}a`, v), guards })),
      );
      expect(outcomes.filter((o) => o.committed)).toHaveLength(1);
    });

    it("starts a watch with a listing, followed by one item per commit", async () => {
      await store.commit(put(`${prefix}a`, "1"));
      await using watch = new Collector(store, prefix);
      const listing = await watch.next();
      expect(listed(listing)).toEqual(["1"]);
      const { revision } = await store.commit({
        guards: [],
        puts: [{ key: `${prefix}b`, value: "2" }],
        deletes: [`${prefix}a`],
      });
      const item = await watch.next();
      expect(item).toMatchObject({ kind: "commit", revision });
      expect(
        item.kind === "commit" && item.events.map((e) => `${e.type} ${keyOf(e).slice(prefix.length)}`).sort(),
      ).toEqual(["delete a", "put b"]);
    });

    it("resumes a watch after a revision without missing or repeating a commit", async () => {
      const { revision } = await store.commit(put(`${prefix}a`, "1"));
      await store.commit(put(`${prefix}a`, "2"));
      await store.commit(put(`${prefix}a`, "3"));
      await using watch = new Collector(store, prefix, revision);
      await store.commit(put(`${prefix}a`, "4"));
      const values: string[] = [];
      for (let i = 0; i < 3; i++) {
        const item = await watch.next();
        if (item.kind === "commit")
          for (const e of item.events) if (e.type === "put") values.push(e.entry.value);
      }
      expect(values).toEqual(["2", "3", "4"]);
    });

    it("restarts a watch with a listing if the history that it needs was compacted", async () => {
      const { revision } = await store.commit(put(`${prefix}a`, "1"));
      const last = await store.commit(put(`${prefix}a`, "2"));
      await store.compact(last.revision);
      await using watch = new Collector(store, prefix, revision - 1);
      const item = await watch.next();
      expect(listed(item)).toEqual(["2"]);
    });

    it("does not report changes outside the prefix of a watch", async () => {
      await using watch = new Collector(store, prefix);
      await watch.next();
      await store.commit(put(`other-${prefix}a`, "1"));
      await store.commit(put(`${prefix}a`, "2"));
      const item = await watch.next();
      expect(item.kind === "commit" && item.events.map(keyOf)).toEqual([`${prefix}a`]);
    });

    it("commits a thousand keys atomically: a watch gets one item, a listing shows all keys or none", async () => {
      await using watch = new Collector(store, prefix);
      await watch.next();
      const puts = Array.from({ length: 1000 }, (_, i) => ({
        key: `${prefix}k${String(i).padStart(4, "0")}`,
        value: `v${i}`,
      }));
      const writing = store.commit({
        guards: [{ key: `${prefix}k0000`, modRevision: 0 }],
        puts,
        deletes: [],
      });
      const sizes = new Set<number>();
      for (let i = 0; i < 5; i++) sizes.add((await store.list(prefix)).entries.length);
      const outcome = await writing;
      expect([...sizes].every((size) => size === 0 || size === 1000)).toBe(true);
      const item = await watch.next();
      expect(item).toMatchObject({ kind: "commit", revision: outcome.revision });
      expect(item.kind === "commit" && item.events.length).toBe(1000);
      const { entries } = await store.list(prefix);
      expect(entries).toHaveLength(1000);
      expect(entries.at(-1)?.modRevision).toBe(outcome.revision);
    });

    it("checks every guard, however many there are", async () => {
      const keys = Array.from({ length: 300 }, (_, i) => `${prefix}g${i}`);
      const puts = keys.map((key) => ({ key, value: "1" }));
      const { revision } = await store.commit({ guards: [], puts, deletes: [] });
      const guards = keys.map((key) => ({ key, modRevision: 0 }));
      const after = { key: `${prefix}after`, value: "2" };
      const { entries } = await store.list(`${prefix}g`);
      const versions = new Map(entries.map(({ key, modRevision }) => [key, modRevision]));
      const right = guards.map(({ key }) => ({ key, modRevision: versions.get(key) ?? 0 }));
      for (const wrong of [0, 127, 299]) {
        const given = right.map((guard, i) =>
          i === wrong ? { ...guard, modRevision: revision + 1_000 } : guard,
        );
        const refused = await store.commit({ guards: given, puts: [after], deletes: keys });
        expect([wrong, refused.committed]).toEqual([wrong, false]);
      }
      expect((await store.list(prefix)).entries).toHaveLength(300);
      expect((await store.commit({ guards: right, puts: [after], deletes: keys })).committed).toBe(true);
      expect((await store.list(prefix)).entries.map(({ value }) => value)).toEqual(["2"]);
    });

    it("keeps large and small commits apart", async () => {
      const large = Array.from({ length: 300 }, (_, i) => ({ key: `${prefix}k${i}`, value: "large" }));
      await Promise.all([
        store.commit({ guards: [], puts: large, deletes: [] }),
        ...Array.from({ length: 5 }, (_, i) => store.commit(put(`${prefix}s${i}`, "small"))),
      ]);
      expect((await store.list(prefix)).entries).toHaveLength(305);
    });
  });
}
