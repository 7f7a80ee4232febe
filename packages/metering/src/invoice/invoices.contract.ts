import { describe } from "vitest";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { describeCharges } from "./charges.contract.ts";
import { describeCreditNotes } from "./credit-notes.contract.ts";
import { describeDrafts } from "./drafts.contract.ts";
import { describeFinalInvoices } from "./final-invoices.contract.ts";
import { describeInvoiceRuns } from "./invoice-run.contract.ts";
import { describeLateUsage } from "./late-usage.contract.ts";
import { describeVerification } from "./verification.contract.ts";

/** describeInvoices is the contract of invoices on a database. */
export function describeInvoices(name: string, open: OpenDatabase, runs: number): void {
  describe(name, () => {
    describeCharges(open);
    describeFinalInvoices(open);
    describeLateUsage(open, runs);
  });
  describe(`runs of ${name}`, () => describeInvoiceRuns(open));
  describe(`drafts of ${name}`, () => describeDrafts(open));
  describe(`verification of ${name}`, () => describeVerification(open));
  describe(`credit notes of ${name}`, () => describeCreditNotes(open));
}
