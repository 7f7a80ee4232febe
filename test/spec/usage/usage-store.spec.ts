import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { UsageBatchSchema, UsageDimension as By, UsagePeriod as Period } from "@tollgate/proto/usage";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../../../packages/metering/src/usage-store/database.ts";
import { openPostgres } from "../../../packages/metering/src/usage-store/postgres.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../../packages/metering/src/usage-store/usage-store.ts";
import { queryUsage } from "../../../packages/metering/src/usage/query-usage.ts";
import { startPostgres, type Postgres } from "../../kit/postgres.ts";

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 10, 21, 10, 0, 0);

interface EventInit {
  readonly status?: number;
  readonly atMs?: number;
  readonly method?: string;
  readonly path?: string;
  readonly stage?: string;
}

/** batchOf encodes events with contiguous sequence numbers as a node does. */
function batchOf(source: string, firstSeq: number, inits: readonly EventInit[]): Buffer {
  const events = inits.map(
    ({ status = 200, atMs = T0, method = "GET", path = "/pets", stage = "prod" }, i) => ({
      seq: BigInt(firstSeq + i),
      endTimeUnixMs: BigInt(atMs),
      accountId: "000000000000",
      apiId: "usageapi01",
      stage,
      httpMethod: method,
      resourcePath: path,
      status,
      latencyUs: 1500n,
      integrationLatencyUs: 1000n,
      requestBytes: 10n,
      responseBytes: 100n,
      requestId: "r",
    }),
  );
  const eventBytes = toBinary(UsageBatchSchema, create(UsageBatchSchema, { events }));
  const head = {
    source,
    firstSeq: BigInt(firstSeq),
    lastSeq: BigInt(firstSeq + inits.length - 1),
    eventsCrc32: crc32(eventBytes),
  };
  return Buffer.concat([toBinary(UsageBatchSchema, create(UsageBatchSchema, head)), eventBytes]);
}

const query = (
  database: Database,
  request: {
    by?: By[];
    period?: Period;
    startTimeUnixMs?: bigint;
    endTimeUnixMs?: bigint;
    apiId?: string;
  } = {},
) =>
  queryUsage(database, {
    accountId: "",
    by: [],
    period: Period.TOTAL,
    startTimeUnixMs: 0n,
    endTimeUnixMs: 0n,
    apiId: "",
    ...request,
  } as never);

/** The usage store's contract: both databases run the same statements and return the same results. */
function describeUsageStore(
  name: string,
  open: () => Promise<{ database: Database; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let database: Database;
    let close: () => Promise<void>;
    let store: UsageStore;
    beforeEach(async () => {
      ({ database, close } = await open());
      store = await UsageStore.open(database);
      return async () => {
        await database[Symbol.asyncDispose]();
        await close();
      };
    });

    it("sums counts, status classes, bytes and latencies by API, stage, method and hour", async () => {
      await store.ingest([
        batchOf("n/0/a", 1, [
          {},
          { status: 404 },
          { status: 302 },
          { status: 503, path: "/pets/{id}" },
          { atMs: T0 + HOUR },
        ]),
        batchOf("n/1/b", 1, [{ stage: "test" }]),
      ]);
      const { rows, missingEventCount } = await query(database, {
        by: [By.API, By.STAGE, By.METHOD],
        period: Period.HOUR,
      });
      expect(rows.map((r) => [Number(r.periodStartUnixMs), r.stage, r.method, Number(r.callCount)])).toEqual([
        [T0, "prod", "GET /pets", 3],
        [T0, "prod", "GET /pets/{id}", 1],
        [T0, "test", "GET /pets", 1],
        [T0 + HOUR, "prod", "GET /pets", 1],
      ]);
      expect(rows[0]).toMatchObject({
        status2xxCount: 1n,
        status3xxCount: 1n,
        status4xxCount: 1n,
        status5xxCount: 0n,
        requestBytes: 30n,
        responseBytes: 300n,
        latencyUsSum: 4500n,
        integrationLatencyUsSum: 3000n,
      });
      expect(missingEventCount).toBe(0n);
      expect((await query(database)).rows.map((r) => Number(r.callCount))).toEqual([6]);
    });

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
      expect((await query(database)).rows.map((r) => Number(r.callCount))).toEqual([4]);
    });

    it("counts a batch once if two consumers deliver it at the same time", async () => {
      const batches = Array.from({ length: 20 }, (_, i) => batchOf("n/0/a", i * 3 + 1, [{}, {}, {}]));
      await Promise.all([store.ingest(batches), store.ingest(batches), store.ingest(batches)]);
      expect((await query(database)).rows.map((r) => Number(r.callCount))).toEqual([60]);
    });

    it("reports what never arrived", async () => {
      await store.ingest([batchOf("n/0/a", 1, [{}])]);
      expect(await store.ingest([batchOf("n/0/a", 5, [{}])])).toMatchObject({ counted: 1, missing: 3 });
      expect((await query(database)).missingEventCount).toBe(3n);
    });

    it("does not count a damaged batch", async () => {
      const damaged = batchOf("n/0/a", 1, [{}, {}]);
      damaged[damaged.length - 3] = (damaged.at(-3) ?? 0) ^ 1;
      expect(await store.ingest([damaged, Buffer.from("junk"), batchOf("n/0/b", 1, [{}])])).toMatchObject({
        counted: 1,
        damaged: 2,
      });
    });

    it("keeps sums and place in the topic together: both or none", async () => {
      await store.ingest([batchOf("n/0/a", 1, [{}])], { topic: "t", partition: 3, nextOffset: 8 });
      expect(await store.nextOffset("t", 3)).toBe(8);
      await expect(
        store.ingest([batchOf("n/0/a", 2, [{}])], { topic: null as never, partition: 3, nextOffset: 9 }),
      ).rejects.toThrow();
      expect(await store.nextOffset("t", 3)).toBe(8);
      expect((await query(database)).rows.map((r) => Number(r.callCount))).toEqual([1]);
      await store.ingest([], { topic: "t", partition: 3, nextOffset: 5 });
      expect(await store.nextOffset("t", 3)).toBe(8);
    });

    it("queries by days, ranges and one API, and refuses invalid ranges", async () => {
      await store.ingest([
        batchOf("n/0/a", 1, [{ atMs: T0 }, { atMs: T0 + 3 * HOUR }, { atMs: T0 + 24 * HOUR }]),
      ]);
      const days = await query(database, { period: Period.DAY });
      expect(
        days.rows.map((r) => [
          new Date(Number(r.periodStartUnixMs)).toISOString().slice(0, 10),
          Number(r.callCount),
        ]),
      ).toEqual([
        ["2026-11-21", 2],
        ["2026-11-22", 1],
      ]);
      expect(
        (
          await query(database, { startTimeUnixMs: BigInt(T0 + HOUR), endTimeUnixMs: BigInt(T0 + 5 * HOUR) })
        ).rows.map((r) => Number(r.callCount)),
      ).toEqual([1]);
      expect((await query(database, { apiId: "other" })).rows).toEqual([]);
      await expect(query(database, { by: [9 as By] })).rejects.toThrow(/no dimension/);
      await expect(query(database, { startTimeUnixMs: 10n ** 13n, endTimeUnixMs: 5n })).rejects.toThrow(
        /range is empty/,
      );
    });
  });
}

describeUsageStore("the usage store on SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-usage-"));
  return {
    database: openSqlite(join(folder, "usage.db")),
    close: async () => rmSync(folder, { recursive: true }),
  };
});

describe("on a real PostgreSQL", () => {
  let postgres: Postgres;
  let databases = 0;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());

  describeUsageStore("the usage store on PostgreSQL", async () => {
    const name = `usage_${process.pid}_${databases++}`;
    const admin = new pg.Client(postgres.url);
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    return {
      database: openPostgres(postgres.url.replace(/\/postgres$/, `/${name}`)),
      close: async () => undefined,
    };
  });
});
