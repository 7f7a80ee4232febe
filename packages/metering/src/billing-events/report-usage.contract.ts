import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { USAGE_REPORTED } from "@tollgate/config";
import { batchOf, DAY, type EventInit, HOUR, receivedAt, T0 } from "../usage-store/batches.contract.ts";
import { type OpenDatabase, useStore } from "../usage-store/storing.contract.ts";
import { listBillingEvents } from "./events.ts";
import { forgetReports, reportUsage } from "./report-usage.ts";

const ACCOUNT = "000000000000";
const MINUTE = 60_000;

/** describeUsageReports is the contract of what is reported of customers' usage on a database. */
export function describeUsageReports(name: string, open: OpenDatabase): void {
  describe(name, () => {
    const on = useStore(open);
    let seq = 1;
    const ingestAt = async (receivedUnixMs: number, ...events: readonly EventInit[]) => {
      await on.store.ingest(receivedAt([batchOf(`node/0/${T0}${seq}`, 1, events)], receivedUnixMs));
      seq++;
    };
    /** Each is received as it happens. */
    const ingest = async (...events: readonly EventInit[]) => {
      for (const event of events) await ingestAt(event.atMs ?? T0, event);
    };
    const call = (customerId: string, atMs: number): EventInit => ({ customerId, atMs });
    const report = (nowMs: number, { meter = "rest.request", countedUntilMs = nowMs } = {}) =>
      reportUsage(on.database, { accountId: ACCOUNT, meter, nowMs, countedUntilMs });
    /** The sink is new: usage is reported from T0 on. */
    const begin = (meter?: string) => report(T0 - 10 * MINUTE, meter === undefined ? {} : { meter });
    const reported = async () => {
      const of = { accountId: ACCOUNT, typePrefix: USAGE_REPORTED, state: undefined, limit: 1_000 };
      return (await listBillingEvents(on.database, of))
        .map(({ content }) => JSON.parse(content) as { customerId: string; start: string; units: number })
        .map(({ customerId, start, units }) => `${customerId} ${(Date.parse(start) - T0) / HOUR} ${units}`)
        .sort();
    };

    it("begins with the hour after the one in which it is first asked, and each hour is reported once it has ended", async () => {
      await ingest(call("acme", T0 - 20 * MINUTE));
      expect(await begin()).toBe(0);
      await ingest(call("acme", T0 - 1), call("acme", T0), call("beta", T0 + MINUTE), call("", T0));
      // The last of an hour is received in the next one, and what has the time of a clock that is ahead before its hour.
      await ingestAt(T0 + HOUR + 4 * MINUTE, call("acme", T0 + HOUR - 1));
      await ingestAt(T0 + HOUR, call("acme", T0 + 2 * HOUR + 1));
      expect(await report(T0 + HOUR + 4 * MINUTE)).toBe(0);
      expect(await report(T0 + HOUR + 5 * MINUTE)).toBe(2);
      expect(await report(T0 + HOUR + 6 * MINUTE)).toBe(0);
      expect(await reported()).toEqual(["acme 0 2", "beta 0 1"]);
      await ingest(call("acme", T0 + 2 * HOUR));
      await report(T0 + 3 * HOUR + 5 * MINUTE);
      expect(await reported()).toEqual(["acme 0 2", "acme 2 2", "beta 0 1"]);
    });

    it("waits for usage that was received before, and is not counted yet", async () => {
      await begin();
      await ingest(call("acme", T0));
      const now = T0 + 9 * HOUR;
      expect(await report(now, { countedUntilMs: 0 })).toBe(0);
      expect(await report(now, { countedUntilMs: T0 + HOUR + 4 * MINUTE })).toBe(0);
      await ingest(call("acme", T0 + 1));
      expect(await report(now, { countedUntilMs: T0 + HOUR + 5 * MINUTE })).toBe(1);
      expect(await reported()).toEqual(["acme 0 2"]);
    });

    it("reports late usage by another event of its hour, of a month at most", async () => {
      await begin();
      await ingest(call("acme", T0));
      await report(T0 + 2 * HOUR);
      await ingestAt(T0 + 2 * HOUR, call("acme", T0 + MINUTE));
      await ingestAt(T0 + 2 * HOUR + 30 * MINUTE, call("acme", T0 + MINUTE), call("acme", T0 + HOUR));
      await report(T0 + 4 * HOUR);
      expect(await reported()).toEqual(["acme 0 1", "acme 0 1", "acme 0 1", "acme 1 1"]);
      await ingestAt(T0 + 33 * DAY, call("acme", T0 + 2 * MINUTE));
      await report(T0 + 33 * DAY + 2 * HOUR);
      expect(await reported()).toHaveLength(5);
      await ingestAt(T0 + 35 * DAY, call("acme", T0 + 3 * MINUTE), call("acme", T0 + 35 * DAY));
      expect(await report(T0 + 35 * DAY + 2 * HOUR)).toBe(1);
    });

    it("reports what was received with a clock that was turned back, once", async () => {
      await begin();
      await ingest(call("acme", T0));
      await report(T0 + 2 * HOUR);
      await ingestAt(T0 + MINUTE, call("acme", T0 + 2), call("acme", T0 + 3));
      for (const hours of [3, 4]) await report(T0 + hours * HOUR);
      expect(await reported()).toEqual(["acme 0 1", "acme 0 2"]);
    });

    it("reports nothing twice, whoever asks at the same time, and each meter by itself", async () => {
      await Promise.all([begin(), begin("transfer.byte")]);
      await ingest(call("acme", T0), { ...call("acme", T0), cacheSize: "1.6" });
      const at = T0 + HOUR + 5 * MINUTE;
      const counts = await Promise.all([report(at), report(at), report(at)]);
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
      await report(at, { meter: "transfer.byte" });
      expect(await reported()).toEqual(["acme 0 1", "acme 0 100"]);
    });

    it("reports nothing of hours that a sink has, where that is written into a restored database as the documentation says", async () => {
      await begin();
      await ingest(call("acme", T0), call("acme", T0 + HOUR));
      const page = readFileSync(new URL("../../../docs/backup.md", import.meta.url), "utf8");
      const [, statement = ""] = /```sql\n([^`]+)```/.exec(page) ?? [];
      expect(statement).toContain(`hour_unix_ms <= ${T0};`);
      await on.database.query(statement);
      await report(T0 + 3 * HOUR);
      expect(await reported()).toEqual(["acme 1 1"]);
    });

    it("reports usage of many customers in several steps", async () => {
      await begin();
      await ingestAt(T0, ...Array.from({ length: 700 }, (_, i) => call(`customer${i}`, T0)));
      const at = T0 + HOUR + 5 * MINUTE;
      expect([await report(at), await report(at), await report(at)]).toEqual([500, 200, 0]);
      expect(await reported()).toHaveLength(700);
    });

    it("notes nothing for a meter for which nobody has asked for long", async () => {
      await begin();
      await ingest(call("acme", T0));
      const rows = () => on.database.query("SELECT customer_id FROM usage_to_report");
      await forgetReports(on.database, T0 + 39 * DAY);
      expect(await rows()).toHaveLength(1);
      await forgetReports(on.database, T0 + 41 * DAY);
      await ingest(call("acme", T0 + 1));
      expect(await rows()).toEqual([]);
    });
  });
}
