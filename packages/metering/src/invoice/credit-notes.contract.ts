import { expect, it } from "vitest";
import type { WantedCredit } from "@tollgate/billing";
import { listBillingEvents } from "../billing-events/events.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { type CreditOptions, creditInvoice } from "./credit-invoice.ts";
import { findCreditNote, listCreditNotes } from "./credit-note-store.ts";
import { listEvents } from "./invoice-events.ts";
import { findInvoice } from "./invoice-store.ts";
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
} from "./invoicing.contract.ts";

/** What final invoices give back. */
export function describeCreditNotes(open: OpenDatabase): void {
  const on = useInvoicing(open);
  const credit = (number: string, wanted: readonly WantedCredit[] = [], more: Partial<CreditOptions> = {}) =>
    creditInvoice(on.database, {
      ...deed,
      accountId: ACCOUNT,
      number,
      wanted,
      reason: "an outage",
      reference: "",
      issueDate: "2026-12-10",
      ...more,
    });

  it("have numbers of their own without holes, and leave the invoice as it is", async () => {
    await on.ingest(call(november.startUnixMs));
    const invoice = await on.finalize(terms("2026-11"));
    const { number } = invoice.document;
    const part = await credit(number, [{ line: 4, amount: "4.99" }]);
    await expect(credit(number, [{ line: 4, amount: "6" }])).rejects.toThrow(
      "line 4 has 5.00 EUR left to credit, which is less than 6",
    );
    const rest = await credit(number);
    expect([part, rest].map(({ document }) => [document.number, document.corrects, document.net])).toEqual([
      ["CN-2026-000001", number, "4.99"],
      ["CN-2026-000002", number, "5.05"],
    ]);
    await expect(credit(number)).rejects.toThrow(`${number} has nothing left to credit`);
    const of = { accountId: ACCOUNT, typePrefix: "invoice.credited", state: undefined, limit: 10 };
    const credited = await listBillingEvents(on.database, of);
    expect(
      credited.map(({ subject, content }) => `${subject} ${JSON.parse(content).creditNote.number}`).sort(),
    ).toEqual([`${number} CN-2026-000001`, `${number} CN-2026-000002`]);
    const taxes = [part, rest].map(({ document }) => Math.round(Number(document.tax) * 100));
    expect(taxes.reduce((sum, cents) => sum + cents, 0)).toBe(Math.round(Number(invoice.document.tax) * 100));
    expect(await findInvoice(on.database, ACCOUNT, number)).toEqual(invoice);
    expect(await findCreditNote(on.database, ACCOUNT, "CN-2026-000001")).toEqual(part);
    const all = await listCreditNotes(on.database, { accountId: ACCOUNT, subscriptionId: "", month: "" });
    expect(all).toEqual([rest, part]);
    const events = await listEvents(on.database, { accountId: ACCOUNT, document: number });
    expect(events.map(({ action, reason }) => [action, reason])).toEqual([
      ["CREDITED", "CN-2026-000002: an outage"],
      ["CREDITED", "CN-2026-000001: an outage"],
      ["FINALIZED", ""],
    ]);
  });

  it("are made once for a reference, also by two callers at once", async () => {
    const { number } = (await on.finalize(terms("2026-11"))).document;
    const again = () => credit(number, [{ line: 1, amount: "0.01" }], { reference: "T-17" });
    const [one, other] = await Promise.all([again(), again()]);
    expect(other).toEqual(one);
    expect((await again()).document.number).toBe("CN-2026-000001");
    expect((await credit(number, [{ line: 1, amount: "0.01" }])).document.number).toBe("CN-2026-000002");
  });

  it("are not charged again by late usage, nor given back twice by it", async () => {
    const at = october.startUnixMs + HOUR;
    await on.ingest(...[1, 2, 3, 4, 5].map(() => call(at)));
    const first = await on.finalize(terms("2026-10"));
    expect(amounts(first.document)[2]).toEqual(["MINIMUM", "minimum", "0.01"]);
    await credit(first.document.number);
    expect(amounts(await on.preview(terms("2026-11")))).toEqual([
      ["MINIMUM", "minimum", "0.05"],
      ["FEE", "base", "9.99"],
    ]);
    // More usage is charged as ever; the minimum that it takes back was credited.
    await on.ingest(...Array.from({ length: 24 }, () => call(at)));
    expect(amounts(await on.preview(terms("2026-11"))).slice(2)).toEqual([
      ["2026-10", "calls", "0.11"],
      ["2026-10", "bytes", "0.03"],
    ]);
  });

  it.each<[string, Partial<CreditOptions>, string]>([
    [
      "an invoice that does not exist",
      { number: "INV-2026-000009" },
      "there is no invoice 'INV-2026-000009'",
    ],
    ["no reason", { reason: "" }, "reason is missing"],
    ["a reference that is too long", { reference: "x".repeat(201) }, "at most 200 characters"],
    ["a date that does not exist", { issueDate: "2026-02-30" }, "'2026-02-30' must be a date"],
    [
      "a date before the invoice's",
      { issueDate: "2026-12-01" },
      "issue_date '2026-12-01' must not be before the invoice's, 2026-12-02",
    ],
    ["a line that is not there", { wanted: [{ line: 3, amount: "" }] }, "its lines are 1 to 2"],
    ["line 0", { wanted: [{ line: 0, amount: "" }] }, "its lines are 1 to 2"],
    [
      "a line twice",
      {
        wanted: [
          { line: 1, amount: "0.01" },
          { line: 1, amount: "0.01" },
        ],
      },
      "line 1 is listed twice",
    ],
    ["a negative amount", { wanted: [{ line: 1, amount: "-0.01" }] }, "the amount '-0.01' must be above 0"],
    ["nothing", { wanted: [{ line: 1, amount: "0.00" }] }, "the amount '0.00' must be above 0"],
    ["a word", { wanted: [{ line: 1, amount: "all" }] }, "'all' must be a decimal number such as 0.05"],
    [
      "parts of a cent",
      { wanted: [{ line: 1, amount: "0.005" }] },
      "0.005 is not a whole number of the smallest coins of EUR",
    ],
  ])("refuse %s, and take no number", async (_what, more, message) => {
    const { number } = (await on.finalize(terms("2026-11"))).document;
    await expect(credit(number, [], more)).rejects.toThrow(message);
    expect((await credit(number)).document.number).toBe("CN-2026-000001");
  });
}
