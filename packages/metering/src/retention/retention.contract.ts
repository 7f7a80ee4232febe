import { describe, expect, it } from "vitest";
import { draftInvoice, voidDraft } from "../invoice/draft-invoice.ts";
import { explainLine } from "../invoice/explain-line.ts";
import { findInvoice } from "../invoice/invoice-store.ts";
import {
  ACCOUNT,
  amounts,
  call,
  deed,
  HOUR,
  november,
  october,
  terms,
  useInvoicing,
} from "../invoice/invoicing.contract.ts";
import { verifyInvoices } from "../invoice/verify-invoices.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { dropUsage } from "./drop-usage.ts";
import { readKeptFrom } from "./kept-from.ts";
import { USAGE_TABLES } from "./usage-tables.ts";

/** Of this month, October is the fifth and November the fourth before. */
const NOW = Date.UTC(2027, 2, 15);
const GONE = /usage of 2026-10 is gone: what is stored begins at 2026-10-31T00:00:00.000Z/;

/** describeRetention is the contract of dropping old usage on a database. */
export function describeRetention(name: string, open: OpenDatabase): void {
  describe(name, () => {
    const on = useInvoicing(open);
    const tags = { customerId: "acme" };
    const used = () =>
      on.ingest(
        call(october.startUnixMs + HOUR, tags),
        call(october.endUnixMs - HOUR, tags),
        call(november.startUnixMs + 48 * HOUR, tags),
        call(NOW - HOUR, { accountId: "others" }),
      );
    const rows = async (table: string) => {
      const counted = `SELECT COUNT(*) AS count FROM ${table} WHERE account_id <> 'others'`;
      return Number((await on.database.query(counted))[0]?.["count"]);
    };
    const finalize = (month: string) => on.finalize(terms(month), { nowUnixMs: NOW });

    it("drops whole months, keeps their invoices, and says what is gone", async () => {
      await used();
      const invoice = await finalize("2026-10");
      await dropUsage(on.database, 4, NOW);
      await dropUsage(on.database, 4, NOW);
      for (const { name: table, time } of USAGE_TABLES) {
        const [row] = await on.database.query(`SELECT MIN(${time}) AS first FROM ${table}`);
        expect(Number(row?.["first"])).toBeGreaterThanOrEqual(Date.UTC(2026, 9, 31));
      }
      expect(await findInvoice(on.database, ACCOUNT, invoice.document.number)).toEqual(invoice);
      expect(await finalize("2026-10")).toEqual(invoice);
      await expect(explainLine(on.database, terms("2026-10"), "calls")).rejects.toThrow(GONE);
      await expect(on.preview(terms("2026-10"))).rejects.toThrow(GONE);
      const other = terms("2026-10", { subscriptionId: "other" });
      await expect(on.finalize(other, { nowUnixMs: NOW })).rejects.toThrow(GONE);
      const of = { accountId: ACCOUNT, subscriptionId: "", month: "" };
      expect(await verifyInvoices(on.database, of)).toEqual({ documentCount: 1, problems: [] });
    });

    it("charges nothing for usage of dropped months that arrives later, and everything of those that are kept", async () => {
      await used();
      await finalize("2026-10");
      await dropUsage(on.database, 4, NOW);
      await on.ingest(call(october.startUnixMs + HOUR));
      const { document } = await finalize("2026-11");
      expect(amounts(document)).toEqual([
        ["USAGE", "calls", "0.00"],
        ["USAGE", "bytes", "0.01"],
        ["MINIMUM", "minimum", "0.04"],
        ["FEE", "base", "9.99"],
      ]);
      await dropUsage(on.database, 4, NOW);
      // Calls and bytes at the end of October, and in November.
      expect(await rows("usage_units")).toBe(4);
    });

    it("keeps what a draft charges, and what countings do not agree about, until that is settled", async () => {
      await used();
      const { number } = await draftInvoice(on.database, terms("2026-10"), deed);
      await dropUsage(on.database, 4, NOW);
      expect(await readKeptFrom(on.database)).toBe(Date.UTC(2026, 8, 30));
      await voidDraft(on.database, { ...deed, accountId: ACCOUNT, number, reason: "a mistake" });
      await on.database.query(
        `INSERT INTO usage_differences VALUES ('LEDGER/x', 'LEDGER', ${october.startUnixMs}, ${october.endUnixMs}, '', '', '', 0, 0, '', 'OPEN', 0, 0, '', '')`,
      );
      await dropUsage(on.database, 4, NOW);
      expect(await readKeptFrom(on.database)).toBe(october.startUnixMs);
      expect(await rows("usage_records")).toBe(3);
      await on.database.query("UPDATE usage_differences SET state = 'ACCEPTED'");
      await dropUsage(on.database, 4, NOW);
      // The end of October in Kolkata is in the day that is kept besides.
      expect(await rows("usage_records")).toBe(2);
    });

    it("deletes what a wrong clock has put decades ago at once", async () => {
      await on.ingest(call(0, tags));
      await used();
      let steps = 0;
      const slowly: typeof on.database.slowly = (work) => {
        steps++;
        return on.database.slowly(work);
      };
      await dropUsage({ ...on.database, slowly }, 4, NOW);
      expect(await rows("usage_records")).toBe(2);
      // Of each table, the month of 1970 and that of October.
      expect(steps).toBeLessThanOrEqual(2 * USAGE_TABLES.length + 1);
    });

    it("drops nothing by a clock that is ahead of all usage", async () => {
      await on.ingest(call(october.startUnixMs + HOUR, tags), call(november.startUnixMs + HOUR, tags));
      await dropUsage(on.database, 4, NOW + 10 * 365 * 24 * HOUR);
      expect(await rows("usage_records")).toBe(2);
      const { document } = await finalize("2026-10");
      expect(amounts(document)).toContainEqual(["USAGE", "calls", "0.00"]);
    });

    it("never goes back", async () => {
      await used();
      await dropUsage(on.database, 4, NOW);
      await dropUsage(on.database, 14, NOW);
      expect(await readKeptFrom(on.database)).toBe(Date.UTC(2026, 9, 31));
    });
  });
}
