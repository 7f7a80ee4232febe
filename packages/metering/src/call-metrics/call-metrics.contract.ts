import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  evaluateQueries,
  listSets,
  type MetricQuery,
  type MetricReader,
  MetricStore,
  readPoints,
  type Sample,
  sweep,
  valuesOf,
} from "@tollgate/metric-store";
import { batchOf, DAY, type EventInit, receivedAt, T0 } from "../usage-store/batches.contract.ts";
import type { Database } from "../usage-store/database.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { UsageStore } from "../usage-store/usage-store.ts";

const accountId = "000000000000";
const T0_S = T0 / 1000;
const STAGE = [
  { name: "ApiName", value: "pets" },
  { name: "Stage", value: "prod" },
];
const event = (init: EventInit = {}): EventInit => ({ metrics: { apiName: "pets" }, ...init });

/** describeCallMetrics is what holds for metrics in any database. */
export function describeCallMetrics(what: string, open: OpenDatabase): void {
  describe(what, () => {
    let database: Database;
    let close: () => Promise<void>;
    let store: UsageStore;
    let nowUnixS = T0_S;
    const metricStore = () => new MetricStore({ setsMax: 4, nowMs: () => nowUnixS * 1000 + 0.5 });

    beforeEach(async () => {
      nowUnixS = T0_S;
      ({ database, close } = await open());
      store = await UsageStore.open(database, { metrics: metricStore() });
    });
    afterEach(async () => {
      await database[Symbol.asyncDispose]();
      await close();
    });

    const reader: MetricReader = {
      accountId,
      points: (query) => readPoints(database, query),
      sets: (namespace) => listSets(database, { accountId, namespace, seenFromUnixS: 0 }),
    };
    const query = (stat: string, metricName: string, more: object = {}): MetricQuery => ({
      id: "m1",
      isReturned: true,
      metricStat: {
        namespace: "AWS/ApiGateway",
        metricName,
        dimensions: STAGE,
        periodS: 60,
        stat,
        ...more,
      },
    });
    const read = async (one: MetricQuery, startUnixS = T0_S - 3600, endUnixS = T0_S + 3600) =>
      (await evaluateQueries([one], { startUnixS, endUnixS }, reader)).map(({ points }) => points);
    const write = (samples: readonly Sample[]) =>
      database.transaction((session) => metricStore().write(session, samples));
    const sampleAt = (unixS: number, value: number, dimensions: Sample["dimensions"] = []): Sample => ({
      accountId,
      namespace: "Own",
      dimensions,
      metric: { name: "Orders", unit: "None" },
      unixS,
      values: valuesOf({ value }),
    });

    it("count each event once, in whatever batches it arrives", async () => {
      const first = batchOf("n/0/a", 1, [event(), event({ status: 500 }), event({ atMs: T0 + 60_000 })]);
      const again = batchOf("n/0/a", 2, [event({ status: 500 }), event({ atMs: T0 + 60_000 }), event()]);
      await store.ingest(receivedAt([first]));
      await store.ingest(receivedAt([again, first]));
      expect(await read(query("Sum", "Count"))).toEqual([
        [
          [T0_S, 3],
          [T0_S + 60, 1],
        ],
      ]);
      expect(await read(query("Average", "5XXError", { periodS: 300 }))).toEqual([[[T0_S, 0.25]]]);
    });

    it("are not there if the usage is not", async () => {
      const failing = {
        ...database,
        transaction: (work: Parameters<Database["transaction"]>[0]) =>
          database.transaction(async (session) => {
            await work(session);
            throw new Error("the process was killed");
          }),
      } as Database;
      const dying = await UsageStore.open(failing, { metrics: metricStore() });
      const batch = receivedAt([batchOf("n/0/a", 1, [event()])]);
      await expect(dying.ingest(batch)).rejects.toThrow("killed");
      expect(await read(query("Sum", "Count"))).toEqual([[]]);
      await store.ingest(batch);
      expect(await read(query("Sum", "Count"))).toEqual([[[T0_S, 1]]]);
    });

    it("have percentiles over all nodes", async () => {
      for (const node of ["a", "b"]) {
        const slow = node === "b" ? 1000 : 1;
        const events = Array.from({ length: 50 }, (_, i) => event({ latencyUs: (i + 1) * slow * 1000 }));
        await store.ingest(receivedAt([batchOf(`${node}/0/x`, 1, events)]));
      }
      const [[[, p50]], [[, p99]]] = (await Promise.all(
        ["p50", "p99"].map(async (stat) => (await read(query(stat, "Latency")))[0]),
      )) as [[[number, number]], [[number, number]]];
      expect(p50 / 50).toBeCloseTo(1, 1);
      expect(Math.abs(p99 / 49_000 - 1)).toBeLessThan(0.02);
    });

    it("of a node whose clock is wrong count when they were received", async () => {
      await store.ingest(receivedAt([batchOf("n/0/a", 1, [event({ atMs: T0 + DAY })])]));
      expect(await read(query("Sum", "Count"))).toEqual([[[T0_S, 1]]]);
    });

    it("have as many dimension sets as an account may have: those of routes give way", async () => {
      const metrics = { apiName: "pets", isDetailed: true };
      const events = ["/a", "/b", "/c"].map((path) => event({ path, metrics }));
      const { metrics: report } = await store.ingest(receivedAt([batchOf("n/0/a", 1, events)]));
      expect(report.refused).toBe(5);
      expect(await read(query("Sum", "Count"))).toEqual([[[T0_S, 3]]]);
      expect(await reader.sets(undefined)).toHaveLength(4);
    });

    it("have room whatever an account puts into namespaces of its own", async () => {
      const own = Array.from({ length: 5 }, (_, i) =>
        sampleAt(T0_S, 1, [{ name: "Shop", value: String(i) }]),
      );
      expect(await write(own)).toMatchObject({ refused: 1 });
      await store.ingest(receivedAt([batchOf("n/0/a", 1, [event()])]));
      expect(await read(query("Sum", "Count"))).toEqual([[[T0_S, 1]]]);
      expect(await reader.sets(undefined)).toHaveLength(4 + 2);
    });

    it("have as many names in one dimension set as can be written with each other", async () => {
      const named = (i: number): Sample => ({
        ...sampleAt(T0_S, 1),
        metric: { name: `Orders${i}`, unit: "None" },
      });
      expect(await write(Array.from({ length: 1_001 }, (_, i) => named(i)))).toMatchObject({ refused: 1 });
      expect(await write([named(0), named(5_000)])).toMatchObject({ refused: 1 });
      expect(await write([{ ...named(5_000), unixS: T0_S + 60 }])).toMatchObject({ refused: 1 });
      const own = (name: string) => query("Sum", name, { namespace: "Own", dimensions: [] });
      expect(await read(own("Orders0"))).toEqual([[[T0_S, 2]]]);
      expect((await reader.sets("Own"))[0]?.metrics).toHaveLength(1_000);
    });

    it("lose their resolution with age, and no value", async () => {
      const minutes = [0, 60, 120, 300, 3600];
      await write(minutes.map((minute) => sampleAt(T0_S + minute, minute + 1)));
      const all = (periodS: number, stat = "Sum") =>
        read(
          query(stat, "Orders", { namespace: "Own", dimensions: [], periodS }),
          T0_S - DAY / 1000,
          T0_S + DAY / 1000,
        );
      const exclusive = database.exclusive.bind(database);
      const swept = async (days: number) => {
        nowUnixS = T0_S + 7200 + days * 86_400;
        return await sweep(exclusive, { nowUnixS, maxBytes: Number.POSITIVE_INFINITY });
      };
      expect(await swept(14)).toEqual({ expired: 0, early: 0, damaged: 0 });
      expect((await all(60))[0]).toHaveLength(5);
      expect(await swept(15)).toEqual({ expired: 5, early: 0, damaged: 0 });
      expect(await all(60)).toEqual([[]]);
      expect((await all(300))[0]?.map(([, value]) => value)).toEqual([183, 301, 3601]);
      // Periods of 5 minutes do not fit into those of 7.
      expect(await all(420)).toEqual([[]]);
      // What arrives late is stored as what is there already.
      await write([sampleAt(T0_S + 30, 1)]);
      expect((await all(300, "SampleCount"))[0]?.map(([, value]) => value)).toEqual([4, 1, 1]);
      expect(await swept(63)).toEqual({ expired: 3, early: 0, damaged: 0 });
      expect((await all(3600))[0]?.map(([, value]) => value)).toEqual([485, 3601]);
      expect(await swept(455)).toEqual({ expired: 2, early: 0, damaged: 0 });
      expect(await all(3600)).toEqual([[]]);
      expect(await write([sampleAt(T0_S, 1)])).toEqual({ refused: 0, expired: 1, damaged: 0 });
    });

    it("that are damaged are reported and passed over: what can be read of them is kept, and calls go on to be counted", async () => {
      await write([sampleAt(T0_S, 5), sampleAt(T0_S + 60, 7)]);
      await database.transaction((session) =>
        session.query("UPDATE metric_points SET data = SUBSTR(data, 1, 4) WHERE start_unix_s = $1", [T0_S]),
      );
      const sums = async () =>
        await evaluateQueries(
          [query("Sum", "Orders", { namespace: "Own", dimensions: [] })],
          { startUnixS: T0_S - 3600, endUnixS: T0_S + 7200 },
          reader,
        );
      expect(await sums()).toMatchObject([
        {
          points: [[T0_S + 60, 7]],
          messages: [{ code: "DamagedData", value: expect.stringMatching(/^1 stored/) }],
        },
      ]);
      expect(await write([sampleAt(T0_S, 1), sampleAt(T0_S + 60, 1)])).toEqual({
        refused: 0,
        expired: 0,
        damaged: 1,
      });
      expect(await sums()).toMatchObject([
        {
          points: [
            [T0_S, 1],
            [T0_S + 60, 8],
          ],
          messages: [],
        },
      ]);
      await database.transaction((session) =>
        session.query("UPDATE metric_points SET data = SUBSTR(data, 1, 4) WHERE start_unix_s = $1", [T0_S]),
      );
      nowUnixS = T0_S + 16 * 86_400;
      expect(
        await sweep(database.exclusive.bind(database), { nowUnixS, maxBytes: Number.POSITIVE_INFINITY }),
      ).toEqual({ expired: 2, early: 0, damaged: 1 });
    });

    it("are merged with what is written while they are chosen", async () => {
      await write(Array.from({ length: 60 }, (_, i) => sampleAt(T0_S + 60 * i, 1)));
      nowUnixS = T0_S + 3600;
      let hasWritten = false;
      await sweep(
        (work) =>
          database.exclusive((session) =>
            work({
              add: (table, rows) => session.add(table, rows),
              async query(sql, parameters) {
                if (sql.startsWith("UPDATE metric_sets SET seen_unix_s") && !hasWritten) {
                  hasWritten = true;
                  await metricStore().write(session, [sampleAt(T0_S, 100)]);
                }
                return await session.query(sql, parameters);
              },
            }),
          ),
        { nowUnixS, maxBytes: 4000 },
      );
      expect(hasWritten).toBe(true);
      expect(await read(query("Sum", "Orders", { namespace: "Own", dimensions: [], periodS: 3600 }))).toEqual(
        [[[T0_S, 160]]],
      );
    });

    it("are merged early where there is no room", async () => {
      await write(Array.from({ length: 60 }, (_, i) => sampleAt(T0_S + 60 * i, 1)));
      nowUnixS = T0_S + 3600;
      const report = await sweep(database.exclusive.bind(database), { nowUnixS, maxBytes: 4000 });
      expect(report.early).toBeGreaterThan(20);
      expect(await read(query("Sum", "Orders", { namespace: "Own", dimensions: [], periodS: 3600 }))).toEqual(
        [[[T0_S, 60]]],
      );
    });
  });
}
