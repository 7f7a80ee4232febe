import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { UsagePeriod as Period, SourceState as State } from "@tollgate/proto/usage";
import type { Position } from "@tollgate/usage-stream";
import { countLeasedCalls } from "../usage/count-leased-calls.ts";
import { listSources } from "../usage/list-sources.ts";
import { queryUsage } from "../usage/query-usage.ts";
import { reportSources } from "../usage/report-sources.ts";
import { batchOf, DAY, HOUR, receivedAt, reportOf, T0 } from "./batches.contract.ts";
import type { Database } from "./database.ts";
import { missingEvents } from "./sources.ts";
import { UsageStore } from "./usage-store.ts";

/** OpenDatabase opens an empty database, and returns how to remove it after it is closed. */
export type OpenDatabase = () => Promise<{ readonly database: Database; close(): Promise<void> }>;

/** describeUsageStore is the contract of the usage store on a database: what counts, and how often. */
export function describeUsageStore(name: string, open: OpenDatabase): void {
  describe(name, () => {
    let database: Database;
    let store: UsageStore;
    let nowMs: number;
    beforeEach(async () => {
      const opened = await open();
      ({ database } = opened);
      nowMs = T0;
      store = await UsageStore.open(database, () => nowMs, 90 * DAY);
      return async () => {
        await database[Symbol.asyncDispose]();
        await opened.close();
      };
    });

    const ingest = (values: readonly Uint8Array[], position?: Position) =>
      store.ingest(receivedAt(values), position);

    /** Calls of everything together. */
    const calls = async () => {
      const { rows } = await queryUsage(
        database,
        {
          accountId: "",
          apiId: "",
          startTimeUnixMs: 0n,
          endTimeUnixMs: 0n,
          by: [],
          period: Period.TOTAL,
        } as never,
        0,
      );
      return Number(rows[0]?.callCount ?? 0);
    };
    const gaps = () => database.query("SELECT source, first_seq, last_seq FROM usage_gaps ORDER BY 1, 2");

    it("counts a batch once, however often and together with whatever it arrives", async () => {
      const one = batchOf("n/0/a", 1, [{}, {}]);
      const two = batchOf("n/0/a", 3, [{}]);
      const overlapping = batchOf("n/0/a", 2, [{}, {}, {}]);
      expect(await ingest([one, one, two])).toMatchObject({ counted: 3, repeated: 2 });
      expect(await ingest([one, two, overlapping])).toMatchObject({
        counted: 1,
        repeated: 5,
        missing: 0,
      });
      expect(await calls()).toBe(4);
    });

    it("counts equal sequence numbers of different sources separately", async () => {
      const sources = ["n/0/a", "n/1/a", "m/0/a", "n/0/b"];
      await ingest(sources.map((source) => batchOf(source, 1, [{}, {}])));
      await ingest(sources.map((source) => batchOf(source, 2, [{}, {}])));
      expect(await calls()).toBe(12);
    });

    it("counts a batch once if two consumers deliver it at the same time", async () => {
      const batches = Array.from({ length: 20 }, (_, i) => batchOf("n/0/a", i * 3 + 1, [{}, {}, {}]));
      await Promise.all([ingest(batches), ingest(batches), ingest(batches)]);
      expect(await calls()).toBe(60);
    });

    it("records which sequence numbers of each source never arrived", async () => {
      await ingest([batchOf("n/0/a", 1, [{}])]);
      expect(await ingest([batchOf("n/0/a", 5, [{}])])).toMatchObject({ counted: 1, missing: 3 });
      expect(await ingest([batchOf("n/0/b", 3, [{}])])).toMatchObject({ counted: 1, missing: 2 });
      expect(await gaps()).toEqual([
        { source: "n/0/a", first_seq: 2, last_seq: 4 },
        { source: "n/0/b", first_seq: 1, last_seq: 2 },
      ]);
    });

    it("counts what arrives after later events, once, and leaves only the gaps of what never arrived", async () => {
      await ingest([batchOf("n/0/a", 1, [{}]), batchOf("n/0/a", 11, [{}])]);
      expect(await ingest([batchOf("n/0/a", 4, [{}, {}, {}])])).toMatchObject({ counted: 3, missing: 0 });
      expect(await gaps()).toEqual([
        { source: "n/0/a", first_seq: 2, last_seq: 3 },
        { source: "n/0/a", first_seq: 7, last_seq: 10 },
      ]);
      expect(
        await ingest([
          batchOf(
            "n/0/a",
            1,
            Array.from({ length: 9 }, () => ({})),
          ),
        ]),
      ).toMatchObject({
        counted: 5,
        repeated: 4,
      });
      expect(await gaps()).toEqual([{ source: "n/0/a", first_seq: 10, last_seq: 10 }]);
      // The end of a source too, whose last message may be in another partition.
      await ingest([reportOf("n/0/a", { recordedSeq: 13, settledSeq: 13, isClosed: true })]);
      await Promise.all([1, 2, 3].map(() => ingest([batchOf("n/0/a", 10, [{}, {}, {}, {}])])));
      expect([await calls(), await gaps()]).toEqual([13, []]);
    });

    it("counts exactly what arrives, in whatever order", async () => {
      let tests = 0;
      const runs = fc.array(
        fc.record({ first: fc.integer({ min: 1, max: 20 }), count: fc.integer({ min: 1, max: 6 }) }),
        { minLength: 1, maxLength: 8 },
      );
      await fc.assert(
        fc.asyncProperty(runs, async (given) => {
          const source = `n/0/${++tests}`;
          const before = await calls();
          const arrived = new Set<number>();
          for (const { first, count } of given) {
            await ingest([
              batchOf(
                source,
                first,
                Array.from({ length: count }, () => ({})),
              ),
            ]);
            for (let i = 0; i < count; i++) arrived.add(first + i);
          }
          const missing = Array.from({ length: Math.max(...arrived) }, (_, i) => i + 1).filter(
            (seq) => !arrived.has(seq),
          );
          const known = (await gaps())
            .filter((gap) => gap["source"] === source)
            .flatMap((gap) => {
              const [first, last] = [Number(gap["first_seq"]), Number(gap["last_seq"])];
              return Array.from({ length: last - first + 1 }, (_, i) => first + i);
            });
          expect([(await calls()) - before, known.sort((a, b) => a - b)]).toEqual([arrived.size, missing]);
        }),
        { numRuns: 30 },
      );
    });

    it("knows how many partitions of a topic were counted, and forgets where to continue in one", async () => {
      await ingest([], { topic: "many", partition: 4, nextOffset: 8 });
      expect([await store.partitionsOf("many"), await store.partitionsOf("other")]).toEqual([5, 0]);
      await store.restart("many", 4);
      expect(await store.nextOffset("many", 4)).toBe(0);
    });

    it("finds no gap in a batch that overlaps counted events, and keeps a known gap when that batch arrives again", async () => {
      await ingest([batchOf("n/0/a", 3, [{}])]);
      expect(await ingest([batchOf("n/0/a", 3, [{}, {}])])).toMatchObject({ counted: 1, missing: 0 });
      expect(await ingest([batchOf("n/0/a", 3, [{}])])).toMatchObject({ repeated: 1, missing: 0 });
      expect(await gaps()).toEqual([{ source: "n/0/a", first_seq: 1, last_seq: 2 }]);
    });

    it("does not count a damaged batch; its events are missing once later ones arrive", async () => {
      const damaged = batchOf("n/0/a", 1, [{}, {}]);
      damaged[damaged.length - 3] = (damaged.at(-3) ?? 0) ^ 1;
      expect(await ingest([damaged, Buffer.from("junk"), batchOf("n/0/b", 1, [{}])])).toMatchObject({
        counted: 1,
        damaged: 2,
      });
      expect(await ingest([batchOf("n/0/a", 3, [{}])])).toMatchObject({ missing: 2, damaged: 0 });
      expect(await calls()).toBe(2);
    });

    it("counts a batch that arrived damaged when it arrives again", async () => {
      const sound = batchOf("n/0/a", 1, [{}, {}]);
      await ingest([sound.subarray(0, sound.length - 1)]);
      expect(await ingest([sound])).toEqual({
        counted: 2,
        repeated: 0,
        missing: 0,
        damaged: 0,
        early: 0,
        late: 0,
      });
    });

    it("keeps sums and position in the topic together: both or none", async () => {
      await ingest([batchOf("n/0/a", 1, [{}])], { topic: "t", partition: 3, nextOffset: 8 });
      expect(await store.nextOffset("t", 3)).toBe(8);
      await expect(
        ingest([batchOf("n/0/a", 2, [{}])], { topic: null as never, partition: 3, nextOffset: 9 }),
      ).rejects.toThrow();
      expect(await store.nextOffset("t", 3)).toBe(8);
      expect(await calls()).toBe(1);
      await ingest([], { topic: "t", partition: 3, nextOffset: 5 });
      expect(await store.nextOffset("t", 3)).toBe(8);
      expect(await store.nextOffset("t", 4)).toBe(0);
    });

    it("counts batches of several partitions at once, whatever the order of their routes and sources is", async () => {
      const paths = Array.from({ length: 60 }, (_, i) => ({ path: `/${i}` }));
      const keys = Array.from({ length: 60 }, (_, i) => ({ usagePlanId: "plan", apiKeyId: `key${i}` }));
      const sources = ["n/0/a", "n/1/b", "n/2/c"];
      const events = [...paths, ...keys];
      const batchesOf = (partition: number) => {
        const isReversed = partition % 2 > 0;
        const inits = isReversed ? events.toReversed() : events;
        const named = isReversed ? sources.toReversed() : sources;
        return named.map((source) => batchOf(source, 1 + partition * events.length, inits));
      };
      const partitions = [0, 1, 2, 3];
      await Promise.all(
        partitions.map((partition) =>
          ingest(batchesOf(partition), { topic: "t", partition, nextOffset: sources.length }),
        ),
      );
      expect(await calls()).toBe(partitions.length * sources.length * events.length);
    });

    const stateName = (state: State) => Object.entries(State).find(([, value]) => value === state)?.[0];
    const sources = async (incompleteOnly = false) =>
      (await listSources(database, { incompleteOnly }, nowMs - 60_000)).sources.map((row) => [
        row.source,
        stateName(row.state),
        Number(row.expectedEventCount),
        Number(row.countedEventCount),
        Number(row.missingEventCount),
      ]);
    const isAlive = { settledSeq: 0, isClosed: false };

    it("knows the end of a source, and what was lost of it: all, the end, or nothing", async () => {
      await ingest([
        batchOf("n/0/whole", 1, [{}, {}]),
        reportOf("n/0/whole", { recordedSeq: 2, settledSeq: 2, isClosed: true }),
        batchOf("n/0/end", 1, [{}, {}]),
        reportOf("n/0/end", { recordedSeq: 5, settledSeq: 5, isClosed: true }),
        reportOf("n/0/none", { recordedSeq: 4, settledSeq: 4, isClosed: true }),
      ]);
      expect(await sources()).toEqual([
        ["n/0/end", "CLOSED", 5, 2, 3],
        ["n/0/none", "CLOSED", 4, 0, 4],
        ["n/0/whole", "CLOSED", 2, 2, 0],
      ]);
      expect(await gaps()).toEqual([
        { source: "n/0/end", first_seq: 3, last_seq: 5 },
        { source: "n/0/none", first_seq: 1, last_seq: 4 },
      ]);
      expect((await sources(true)).map(([source]) => source)).toEqual(["n/0/end", "n/0/none"]);
    });

    it("reports what was lost while the source goes on, and counts an end once however often it arrives", async () => {
      const lost = reportOf("n/0/a", { recordedSeq: 6, settledSeq: 4, isClosed: false });
      expect(await ingest([batchOf("n/0/a", 1, [{}, {}]), lost, lost])).toMatchObject({
        counted: 2,
        missing: 2,
      });
      expect(await ingest([batchOf("n/0/a", 5, [{}, {}]), lost])).toMatchObject({ counted: 2, missing: 0 });
      const end = reportOf("n/0/a", { recordedSeq: 6, settledSeq: 6, isClosed: true });
      expect(await ingest([end, batchOf("n/0/a", 1, [{}, {}]), lost, end])).toMatchObject({
        missing: 0,
        repeated: 2,
      });
      expect(await sources()).toEqual([["n/0/a", "CLOSED", 6, 4, 2]]);
    });

    it("counts as missing what a source had recorded that fell silent, until it is heard of again", async () => {
      await ingest([batchOf("n/0/a", 1, [{}]), reportOf("n/0/a", { ...isAlive, recordedSeq: 7 })]);
      nowMs += 60_000;
      expect(await sources()).toEqual([["n/0/a", "OPEN", 7, 1, 0]]);
      expect(await sources(true)).toEqual([]);
      nowMs += 1;
      expect(await sources(true)).toEqual([["n/0/a", "SILENT", 7, 1, 6]]);
      await ingest([
        batchOf(
          "n/0/a",
          2,
          Array.from({ length: 6 }, () => ({})),
        ),
      ]);
      expect(await sources()).toEqual([["n/0/a", "OPEN", 7, 7, 0]]);
    });

    it("takes over what a node says it has recorded, before any of it arrives", async () => {
      const report = (source: string, recordedSeq: bigint) =>
        reportSources(database, { sources: [{ source, recordedSeq }] as never }, nowMs);
      await report("n/0/a", 5n);
      await report("n/0/a", 9n);
      await report("n/0/a", 7n);
      expect(await sources()).toEqual([["n/0/a", "OPEN", 9, 0, 0]]);
      nowMs += 60_001;
      expect(await sources()).toEqual([["n/0/a", "SILENT", 9, 0, 9]]);
      await report("n/0/a", 9n);
      expect(await sources()).toEqual([["n/0/a", "OPEN", 9, 0, 0]]);
      await ingest([
        batchOf("n/0/a", 1, [{}, {}]),
        reportOf("n/0/a", { recordedSeq: 9, settledSeq: 9, isClosed: true }),
      ]);
      await report("n/0/a", 9n);
      expect(await sources()).toEqual([["n/0/a", "CLOSED", 9, 2, 7]]);
    });

    it("counts as missing what a source had announced that was closed before it: its node lost the end with the power", async () => {
      await ingest([batchOf("n/0/a", 1, [{}, {}])]);
      await reportSources(database, { sources: [{ source: "n/0/a", recordedSeq: 10n }] as never }, nowMs);
      await ingest([reportOf("n/0/a", { recordedSeq: 2, settledSeq: 2, isClosed: true })]);
      expect(await sources()).toEqual([["n/0/a", "CLOSED", 10, 2, 8]]);
      expect(await sources(true)).toEqual([["n/0/a", "CLOSED", 10, 2, 8]]);
      expect(await missingEvents(database, nowMs - 60_000)).toBe(8);
    });

    it("forgets sources that were not heard of for 90 days, with what is missing of them, and no record", async () => {
      await ingest([
        batchOf("n/0/a", 3, [{}]),
        reportOf("n/0/a", { recordedSeq: 3, settledSeq: 3, isClosed: true }),
        batchOf("n/0/b", 1, [{}]),
        reportOf("n/0/b", { ...isAlive, recordedSeq: 9 }),
        reportOf("n/0/c", { ...isAlive, recordedSeq: 1 }),
      ]);
      nowMs += 90 * DAY;
      await ingest([reportOf("n/0/c", { ...isAlive, recordedSeq: 1 })]);
      expect((await sources()).map(([source]) => source)).toEqual(["n/0/c", "n/0/a", "n/0/b"]);
      expect(await missingEvents(database, nowMs - 60_000)).toBe(10);
      nowMs += 3_600_001;
      await ingest([reportOf("n/0/c", { ...isAlive, recordedSeq: 1 })]);
      expect((await sources()).map(([source]) => source)).toEqual(["n/0/c"]);
      expect([await missingEvents(database, nowMs - 60_000), await gaps(), await calls()]).toEqual([
        0,
        [],
        2,
      ]);
    });

    it("counts the calls of keys by source for nodes that lease quotas, when all of a source is there", async () => {
      const midnight = T0 - (T0 % DAY);
      const key = { accountId: "000000000000", usagePlanId: "plan", apiKeyId: "key" };
      const quota = {
        ...key,
        startTimeUnixMs: BigInt(midnight),
        endTimeUnixMs: BigInt(midnight + DAY),
      };
      const count = async (...sources: string[]) => {
        const quotas = [quota, { ...quota, apiKeyId: "other" }];
        const reply = await countLeasedCalls(database, { sources, quotas } as never);
        return reply.complete ? reply.callCounts.map(Number) : "incomplete";
      };
      const end = (source: string, recordedSeq: number) =>
        reportOf(source, { recordedSeq, settledSeq: recordedSeq, isClosed: true });
      const other = { ...key, apiKeyId: "other" };
      // A call that began at midnight takes 1.5 ms, and the time of its end has no fractions; the one before it began the day before.
      const edges = [
        { ...key, atMs: midnight + 1 },
        { ...key, atMs: midnight },
      ];
      const batch = batchOf("n/0/a", 1, [key, key, {}, other, ...edges], true);
      await ingest([batch, batch, batchOf("n/0/b", 1, [key], true), batchOf("n/0/plain", 1, [key])]);
      expect(await count("n/0/a")).toBe("incomplete");
      await ingest([end("n/0/a", 6), end("n/0/b", 1), end("n/0/plain", 1)]);
      expect([await count("n/0/a"), await count("n/0/a", "n/0/b"), await count("n/0/plain")]).toEqual([
        [3, 1],
        [4, 1],
        [0, 0],
      ]);
      await ingest([batchOf("n/0/gap", 2, [key], true), end("n/0/gap", 2)]);
      expect([await count("n/0/gap"), await count("n/0/nobody")]).toEqual(["incomplete", "incomplete"]);
      await expect(count()).rejects.toThrow("sources is empty");
      // A worker that was replaced early in a month is asked about when its node is killed at the end of it.
      nowMs += 31 * DAY;
      await ingest([batchOf("n/0/late", 1, [key], true)]);
      expect(await count("n/0/a")).toEqual([3, 1]);
      nowMs += 3 * DAY;
      await ingest([batchOf("n/0/later", 1, [key], true)]);
      expect(await count("n/0/a")).toEqual([0, 0]);
    });

    it("does not know whether a source of the last version has ended", async () => {
      const [batch] = receivedAt([batchOf("n/0/a", 1, [{}])]);
      // Version 0.1 did not send recorded_seq: tag 6, one byte.
      const value = Buffer.from(batch?.value ?? []);
      const at = value.indexOf(Buffer.from([0x30, 0x01]));
      await ingest([Buffer.concat([value.subarray(0, at), value.subarray(at + 2)])]);
      nowMs += HOUR;
      expect(await sources()).toEqual([["n/0/a", "UNSPECIFIED", 1, 1, 0]]);
      expect(await sources(true)).toEqual([]);
    });

    it("counts an event in the hour of its own time, and marks it if that is far from when it was received", async () => {
      const minutes = (count: number) => ({ atMs: T0 + count * 60_000 });
      const inits = [-61, -60, 0, 5, 6].map(minutes);
      expect(await ingest([batchOf("n/0/a", 1, inits)])).toMatchObject({ counted: 5, early: 1, late: 1 });
      await store.ingest(receivedAt([batchOf("n/0/b", 1, [minutes(0)])], T0 + 2 * HOUR));
      const { rows } = await queryUsage(
        database,
        {
          by: [],
          period: Period.HOUR,
          accountId: "",
          apiId: "",
          startTimeUnixMs: 0n,
          endTimeUnixMs: 0n,
        } as never,
        0,
      );
      expect(
        rows.map((row) => [
          (Number(row.periodStartUnixMs) - T0) / HOUR,
          Number(row.callCount),
          Number(row.earlyCount),
          Number(row.lateCount),
          (Number(row.lastReceivedTimeUnixMs) - T0) / HOUR,
        ]),
      ).toEqual([
        [-2, 1, 0, 1, 0],
        [-1, 1, 0, 0, 0],
        [0, 4, 1, 1, 2],
      ]);
    });
  });
}
