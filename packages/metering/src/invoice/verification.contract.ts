import { beforeEach, expect, it } from "vitest";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { creditInvoice } from "./credit-invoice.ts";
import { listCreditNotes } from "./credit-note-store.ts";
import { listDrafts } from "./drafts.ts";
import { listInvoices } from "./invoice-store.ts";
import { ACCOUNT, call, deed, HOUR, november, october, terms, useInvoicing } from "./invoicing.contract.ts";
import { verifyInvoices } from "./verify-invoices.ts";

/** What cannot be about invoices is found. */
export function describeVerification(open: OpenDatabase): void {
  const on = useInvoicing(open);
  const verify = (month = "") =>
    verifyInvoices(on.database, { accountId: ACCOUNT, subscriptionId: "", month });
  const at = october.startUnixMs + 48 * HOUR;

  beforeEach(async () => {
    await on.ingest(...[1, 2, 3, 4].map(() => call(at)), call(november.startUnixMs + 48 * HOUR));
    await on.finalize(terms("2026-10"));
    await on.finalize(terms("2026-11"));
    const of = { accountId: ACCOUNT, number: "INV-2026-000001", wanted: [{ line: 1, amount: "0.01" }] };
    await creditInvoice(on.database, {
      ...deed,
      ...of,
      reason: "an outage",
      reference: "",
      issueDate: "2026-12-10",
    });
  });

  it("finds nothing wrong with what was made, nor with usage that arrives late", async () => {
    expect(await verify()).toEqual({ documentCount: 3, problems: [] });
    await on.ingest(call(at));
    expect(await verify()).toEqual({ documentCount: 3, problems: [] });
    expect(await verify("2026-11")).toEqual({ documentCount: 1, problems: [] });
  });

  it.each(["2026-1", "2026-13", "november"])(
    "refuses to look at '%s', as whoever lists does",
    async (month) => {
      const of = { accountId: ACCOUNT, subscriptionId: "", month };
      for (const look of [verifyInvoices, listInvoices, listCreditNotes, listDrafts])
        await expect(look(on.database, of)).rejects.toThrow(
          `month '${month}' must be a month such as 2026-11`,
        );
    },
  );

  it.each<[string, string, string, RegExp]>([
    [
      "a document that was altered",
      "UPDATE invoices SET document = REPLACE(document, '0.02', '0.01') WHERE number = 'INV-2026-000001'",
      "INV-2026-000001",
      /not what was stored/,
    ],
    [
      "a credit note that was altered",
      "UPDATE credit_notes SET document = REPLACE(document, '\"total\":\"', '\"total\":\"1') WHERE number = 'CN-2026-000001'",
      "CN-2026-000001",
      /its total is 10.01, and its parts come to 0.01/,
    ],
    [
      "an invoice that is gone",
      "DELETE FROM invoices WHERE number = 'INV-2026-000002'",
      "INV-2026",
      /1 of its numbers are of no document, the first is 2/,
    ],
    [
      "usage that is gone",
      `DELETE FROM usage_units WHERE slot_unix_ms < ${november.startUnixMs}`,
      "INV-2026-000001",
      /the usage of 2026-10 that is stored comes to 0.01 EUR less for 'calls'/,
    ],
    [
      "usage that was added",
      `UPDATE usage_units SET units = units + 100 WHERE slot_unix_ms < ${november.startUnixMs} AND meter = 'rest.request'`,
      "INV-2026-000001",
      /comes to 0.49 EUR more for 'calls'/,
    ],
  ])("finds %s", async (_what, statement, number, message) => {
    await on.database.query(statement);
    const { problems } = await verify();
    const found = problems.filter(({ problem }) => message.test(problem));
    expect([found.map((one) => one.number), problems]).toEqual([[number], expect.any(Array)]);
  });
}
