import { beforeEach, describe, expect, it } from "vitest";
import { UsageDimension as By, UsagePeriod as Period } from "@tollgate/proto/usage";
import { batchOf, DAY, HOUR, receivedAt, T0 } from "../usage-store/batches.contract.ts";
import type { Database } from "../usage-store/database.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { queryKeyUsage } from "./query-key-usage.ts";
import { describeUnits } from "./query-units.contract.ts";
import { queryUsage } from "./query-usage.ts";

interface UsageQuery {
  readonly by?: readonly By[];
  readonly period?: Period;
  readonly startTimeUnixMs?: bigint;
  readonly endTimeUnixMs?: bigint;
  readonly accountId?: string;
  readonly apiId?: string;
}

/** describeUsageQueries is the contract of the queries on a database: both run the same statements and return the same rows. */
export function describeUsageQueries(name: string, open: OpenDatabase): void {
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

    const query = (request: UsageQuery = {}) =>
      queryUsage(
        database,
        {
          accountId: "",
          apiId: "",
          startTimeUnixMs: 0n,
          endTimeUnixMs: 0n,
          by: [],
          period: Period.TOTAL,
          ...request,
        } as never,
        0,
      );
    const ingest = (values: readonly Uint8Array[]) => store.ingest(receivedAt(values));
    const counts = async (request: UsageQuery) =>
      (await query(request)).rows.map(({ apiId, stage, method, callCount }) =>
        [apiId, stage, method, Number(callCount)].filter((value) => value !== ""),
      );

    it("sums counts, status classes, bytes and latencies by API, stage, method and hour", async () => {
      await ingest([
        batchOf("n/0/a", 1, [
          {},
          { status: 404 },
          { status: 302 },
          { status: 503, path: "/pets/{id}" },
          { atMs: T0 + HOUR },
        ]),
        batchOf("n/1/b", 1, [{ stage: "test" }]),
      ]);
      const { rows, missingEventCount } = await query({
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
      expect((await query()).rows.map((r) => Number(r.callCount))).toEqual([6]);
    });

    it("splits by every dimension, and by several together", async () => {
      await ingest([
        batchOf("n/0/a", 1, [
          { apiId: "one", stage: "prod" },
          { apiId: "one", stage: "test", method: "PUT" },
          { apiId: "two", stage: "prod" },
          { apiId: "two", stage: "prod", path: "" },
        ]),
      ]);
      expect(await counts({})).toEqual([[4]]);
      expect(await counts({ by: [By.API] })).toEqual([
        ["one", 2],
        ["two", 2],
      ]);
      expect(await counts({ by: [By.STAGE] })).toEqual([
        ["prod", 3],
        ["test", 1],
      ]);
      expect(await counts({ by: [By.METHOD] })).toEqual([
        ["GET -", 1],
        ["GET /pets", 2],
        ["PUT /pets", 1],
      ]);
      expect(await counts({ by: [By.STAGE, By.API] })).toEqual([
        ["one", "prod", 1],
        ["two", "prod", 2],
        ["one", "test", 1],
      ]);
      expect(await counts({ by: [By.METHOD], apiId: "one" })).toEqual([
        ["GET /pets", 1],
        ["PUT /pets", 1],
      ]);
    });

    it("returns only the calls of the account itself", async () => {
      await ingest([batchOf("n/0/a", 1, [{}, { accountId: "111111111111" }, {}])]);
      expect(await counts({})).toEqual([[2]]);
      expect(await counts({ accountId: "111111111111" })).toEqual([[1]]);
      expect(await counts({ accountId: "222222222222" })).toEqual([]);
    });

    it("reports how many events are missing", async () => {
      await ingest([batchOf("n/0/a", 4, [{}]), batchOf("n/0/b", 2, [{}])]);
      expect((await query()).missingEventCount).toBe(4n);
    });

    it("queries by days and ranges, and refuses invalid ranges", async () => {
      await ingest([batchOf("n/0/a", 1, [{ atMs: T0 }, { atMs: T0 + 3 * HOUR }, { atMs: T0 + 24 * HOUR }])]);
      const days = await query({ period: Period.DAY });
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
        (await query({ startTimeUnixMs: BigInt(T0 + HOUR), endTimeUnixMs: BigInt(T0 + 5 * HOUR) })).rows.map(
          (r) => Number(r.callCount),
        ),
      ).toEqual([1]);
      expect((await query({ apiId: "other" })).rows).toEqual([]);
      await expect(query({ by: [9 as By] })).rejects.toThrow(/not a dimension/);
      await expect(query({ startTimeUnixMs: 10n ** 13n, endTimeUnixMs: 5n })).rejects.toThrow(
        /range is empty/,
      );
    });

    it.each([
      ["start_time_unix_ms -1", { startTimeUnixMs: -1n }],
      ["end_time_unix_ms -5", { endTimeUnixMs: -5n }],
      ["end_time_unix_ms 9223372036854775807", { endTimeUnixMs: 2n ** 63n - 1n }],
    ])("refuses what is no time, for calls and for keys: %s", async (named, request) => {
      const message = `${named} must be a time in milliseconds since 1970, and not after the year 9999`;
      await expect(query(request)).rejects.toThrow(message);
      await expect(keyUsage(request)).rejects.toThrow(message);
    });

    it("takes the end of the year 9999 for an end", async () => {
      await ingest([batchOf("n/0/a", 1, [{ atMs: T0 }])]);
      expect((await query({ endTimeUnixMs: BigInt(Date.UTC(10_000, 0, 1)) })).rows).toHaveLength(1);
      expect(await keyUsage({ endTimeUnixMs: BigInt(Date.UTC(10_000, 0, 1)) })).toEqual([]);
    });

    const keyUsage = async (request: object) =>
      (
        await queryKeyUsage(database, {
          accountId: "",
          usagePlanId: "gold",
          apiKeyId: "",
          startTimeUnixMs: BigInt(T0),
          endTimeUnixMs: BigInt(T0 + 7 * DAY),
          ...request,
        } as never)
      ).rows.map(({ apiKeyId, dayUnixMs, callCount }) => [
        apiKeyId,
        new Date(Number(dayUnixMs)).toISOString().slice(0, 10),
        Number(callCount),
      ]);

    it("counts the calls of API keys by plan and day, those without a plan not at all", async () => {
      const by = (apiKeyId: string, usagePlanId: string, atMs = T0) => ({ apiKeyId, usagePlanId, atMs });
      await ingest([
        batchOf("n/0/a", 1, [
          by("ada", "gold"),
          by("ada", "gold", T0 + HOUR),
          by("ada", "gold", T0 + DAY),
          by("ben", "gold"),
          by("ben", "free"),
          by("", ""),
          { ...by("ada", "gold"), accountId: "1" },
        ]),
      ]);
      expect(await keyUsage({})).toEqual([
        ["ada", "2026-11-21", 2],
        ["ada", "2026-11-22", 1],
        ["ben", "2026-11-21", 1],
      ]);
      await ingest([batchOf("n/0/b", 1, [by("ben", "gold"), by("ben", "gold")])]);
      expect(await keyUsage({ apiKeyId: "ben" })).toEqual([["ben", "2026-11-21", 3]]);
      expect(await keyUsage({ usagePlanId: "free" })).toEqual([["ben", "2026-11-21", 1]]);
      // A range is widened to full days at its start; its end is exclusive.
      expect(await keyUsage({ apiKeyId: "ada", endTimeUnixMs: BigInt(T0 + HOUR) })).toEqual([
        ["ada", "2026-11-21", 2],
      ]);
      expect(await keyUsage({ accountId: "1" })).toEqual([["ada", "2026-11-21", 1]]);
      await expect(keyUsage({ usagePlanId: "" })).rejects.toThrow(/usage_plan_id/);
      await expect(keyUsage({ endTimeUnixMs: BigInt(T0) })).rejects.toThrow(/must be after/);
    });
  });
  describe(`units of ${name}`, () => describeUnits(open));
}
