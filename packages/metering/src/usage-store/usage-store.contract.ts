import { beforeEach, describe, expect, it } from "vitest";
import { UsagePeriod as Period } from "@tollgate/proto/usage";
import { queryUsage } from "../usage/query-usage.ts";
import { batchOf } from "./batches.contract.ts";
import type { Database } from "./database.ts";
import { UsageStore } from "./usage-store.ts";

/** OpenDatabase opens an empty database, and returns how to remove it after it is closed. */
export type OpenDatabase = () => Promise<{ readonly database: Database; close(): Promise<void> }>;

/** describeUsageStore is the contract of the usage store on a database: what counts, and how often. */
export function describeUsageStore(name: string, open: OpenDatabase): void {
  describe(name, () => {
    let database: Database;
    let store: UsageStore;
    beforeEach(async () => {
      const opened = await open();
      ({ database } = opened);
      store = await UsageStore.open(database);
      return async () => {
        await database[Symbol.asyncDispose]();
        await opened.close();
      };
    });

    /** Calls of everything together. */
    const calls = async () => {
      const { rows } = await queryUsage(database, {
        accountId: "",
        apiId: "",
        startTimeUnixMs: 0n,
        endTimeUnixMs: 0n,
        by: [],
        period: Period.TOTAL,
      } as never);
      return Number(rows[0]?.callCount ?? 0);
    };
    const gaps = () => database.query("SELECT source, first_seq, last_seq FROM usage_gaps ORDER BY 1, 2");

    it("counts a batch once, however often and together with whatever it arrives", async () => {
      const one = batchOf("n/0/a", 1, [{}, {}]);
      const two = batchOf("n/0/a", 3, [{}]);
      const overlapping = batchOf("n/0/a", 2, [{}, {}, {}]);
      expect(await store.ingest([one, one, two])).toMatchObject({ counted: 3, repeated: 2 });
      expect(await store.ingest([one, two, overlapping])).toMatchObject({
        counted: 1,
        repeated: 5,
        missing: 0,
      });
      expect(await calls()).toBe(4);
    });

    it("counts equal sequence numbers of different sources separately", async () => {
      const sources = ["n/0/a", "n/1/a", "m/0/a", "n/0/b"];
      await store.ingest(sources.map((source) => batchOf(source, 1, [{}, {}])));
      await store.ingest(sources.map((source) => batchOf(source, 2, [{}, {}])));
      expect(await calls()).toBe(12);
    });

    it("counts a batch once if two consumers deliver it at the same time", async () => {
      const batches = Array.from({ length: 20 }, (_, i) => batchOf("n/0/a", i * 3 + 1, [{}, {}, {}]));
      await Promise.all([store.ingest(batches), store.ingest(batches), store.ingest(batches)]);
      expect(await calls()).toBe(60);
    });

    it("records which sequence numbers of each source never arrived", async () => {
      await store.ingest([batchOf("n/0/a", 1, [{}])]);
      expect(await store.ingest([batchOf("n/0/a", 5, [{}])])).toMatchObject({ counted: 1, missing: 3 });
      expect(await store.ingest([batchOf("n/0/b", 3, [{}])])).toMatchObject({ counted: 1, missing: 2 });
      expect(await gaps()).toEqual([
        { source: "n/0/a", first_seq: 2, last_seq: 4 },
        { source: "n/0/b", first_seq: 1, last_seq: 2 },
      ]);
    });

    it("finds no gap in a batch that overlaps counted events, and keeps a known gap when that batch arrives again", async () => {
      await store.ingest([batchOf("n/0/a", 3, [{}])]);
      expect(await store.ingest([batchOf("n/0/a", 3, [{}, {}])])).toMatchObject({ counted: 1, missing: 0 });
      expect(await store.ingest([batchOf("n/0/a", 3, [{}])])).toMatchObject({ repeated: 1, missing: 0 });
      expect(await gaps()).toEqual([{ source: "n/0/a", first_seq: 1, last_seq: 2 }]);
    });

    it("does not count a damaged batch; its events are missing once later ones arrive", async () => {
      const damaged = batchOf("n/0/a", 1, [{}, {}]);
      damaged[damaged.length - 3] = (damaged.at(-3) ?? 0) ^ 1;
      expect(await store.ingest([damaged, Buffer.from("junk"), batchOf("n/0/b", 1, [{}])])).toMatchObject({
        counted: 1,
        damaged: 2,
      });
      expect(await store.ingest([batchOf("n/0/a", 3, [{}])])).toMatchObject({ missing: 2, damaged: 0 });
      expect(await calls()).toBe(2);
    });

    it("counts a batch that arrived damaged when it arrives again", async () => {
      const sound = batchOf("n/0/a", 1, [{}, {}]);
      await store.ingest([sound.subarray(0, sound.length - 1)]);
      expect(await store.ingest([sound])).toEqual({ counted: 2, repeated: 0, missing: 0, damaged: 0 });
    });

    it("keeps sums and position in the topic together: both or none", async () => {
      await store.ingest([batchOf("n/0/a", 1, [{}])], { topic: "t", partition: 3, nextOffset: 8 });
      expect(await store.nextOffset("t", 3)).toBe(8);
      await expect(
        store.ingest([batchOf("n/0/a", 2, [{}])], { topic: null as never, partition: 3, nextOffset: 9 }),
      ).rejects.toThrow();
      expect(await store.nextOffset("t", 3)).toBe(8);
      expect(await calls()).toBe(1);
      await store.ingest([], { topic: "t", partition: 3, nextOffset: 5 });
      expect(await store.nextOffset("t", 3)).toBe(8);
      expect(await store.nextOffset("t", 4)).toBe(0);
    });
  });
}
