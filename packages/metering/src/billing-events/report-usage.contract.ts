import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { USAGE_REPORTED } from "@tollgate/config";
import { batchOf, DAY, type EventInit, HOUR, T0 } from "../usage-store/batches.contract.ts";
import { type OpenDatabase, useStore } from "../usage-store/storing.contract.ts";
import { listBillingEvents } from "./events.ts";
import { reportUsage } from "./report-usage.ts";

const ACCOUNT = "000000000000";
const MINUTE = 60_000;

/** describeUsageReports is the contract of what is reported of customers' usage on a database. */
export function describeUsageReports(name: string, open: OpenDatabase): void {
  describe(name, () => {
    const on = useStore(open);
    let seq = 1;
    const ingest = async (...events: readonly EventInit[]) => {
      await on.ingest([batchOf(`node/0/${T0}${seq}`, 1, events)]);
      seq++;
    };
    const call = (customerId: string, atMs: number): EventInit => ({ customerId, atMs });
    const report = (nowMs: number, meter = "rest.request") =>
      reportUsage(on.database, { accountId: ACCOUNT, meter, nowMs });
    const reported = async () => {
      const of = { accountId: ACCOUNT, typePrefix: USAGE_REPORTED, state: undefined, limit: 1_000 };
      return (await listBillingEvents(on.database, of))
        .map(({ content }) => JSON.parse(content) as { customerId: string; start: string; units: number })
        .map(({ customerId, start, units }) => `${customerId} ${(Date.parse(start) - T0) / HOUR} ${units}`)
        .sort();
    };

    it("begins with the hour in which it is first asked, and each hour is reported once it has ended", async () => {
      await ingest(call("acme", T0 - 1));
      expect(await report(T0 + 10 * MINUTE)).toBe(0);
      await ingest(call("acme", T0), call("acme", T0 + HOUR - 1), call("beta", T0 + MINUTE), call("", T0));
      expect(await report(T0 + HOUR)).toBe(0);
      expect(await report(T0 + HOUR + 5 * MINUTE)).toBe(2);
      expect(await report(T0 + HOUR + 6 * MINUTE)).toBe(0);
      expect(await reported()).toEqual(["acme 0 2", "beta 0 1"]);
    });

    it("reports late usage by another event of its hour, of a month at most", async () => {
      await report(T0 + 10 * MINUTE);
      await ingest(call("acme", T0));
      await report(T0 + 2 * HOUR);
      await ingest(call("acme", T0 + MINUTE), call("acme", T0 + HOUR));
      await report(T0 + 3 * HOUR);
      expect(await reported()).toEqual(["acme 0 1", "acme 0 1", "acme 1 1"]);
      await ingest(call("acme", T0 + 2 * MINUTE));
      // Days later, hours are compared once a day.
      await report(T0 + 10 * DAY);
      expect(await reported()).toEqual(["acme 0 1", "acme 0 1", "acme 0 1", "acme 1 1"]);
      await ingest(call("acme", T0 + 3 * MINUTE));
      await report(T0 + 10 * DAY + HOUR);
      expect(await reported()).toHaveLength(4);
      await report(T0 + 11 * DAY);
      expect(await reported()).toHaveLength(5);
    });

    it("reports nothing twice, whoever asks at the same time, and each meter by itself", async () => {
      await Promise.all([report(T0 + 10 * MINUTE), report(T0 + 10 * MINUTE, "transfer.byte")]);
      await ingest(call("acme", T0));
      const at = T0 + HOUR + 5 * MINUTE;
      const counts = await Promise.all([report(at), report(at), report(at)]);
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
      await report(at, "transfer.byte");
      expect(await reported()).toEqual(["acme 0 1", "acme 0 100"]);
    });

    it("reports what is more than a sink has, where that was written into a restored database as the documentation says", async () => {
      await report(T0 + 10 * MINUTE);
      await ingest(call("acme", T0), call("acme", T0 + MINUTE));
      // What is not in the dump: the report of these two calls.
      await ingest(call("acme", T0 + 2 * MINUTE));
      const page = readFileSync(new URL("../../../docs/backup.md", import.meta.url), "utf8");
      const [, statement = ""] = /```sql\n([^`]+)```/.exec(page) ?? [];
      expect(statement).toContain(`'acme', ${T0}, 2`);
      await on.database.query(statement);
      await report(T0 + HOUR + 5 * MINUTE);
      expect(await reported()).toEqual(["acme 0 1"]);
    });

    it("reports usage of many customers in several steps", async () => {
      await report(T0 + 10 * MINUTE);
      await ingest(...Array.from({ length: 700 }, (_, i) => call(`customer${i}`, T0)));
      const at = T0 + HOUR + 5 * MINUTE;
      expect([await report(at), await report(at), await report(at)]).toEqual([500, 200, 0]);
      expect(await reported()).toHaveLength(700);
    });
  });
}
