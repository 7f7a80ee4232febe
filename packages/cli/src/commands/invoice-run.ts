import type { Command } from "commander";
import type { FinalizedInvoice } from "@tollgate/proto/billing";
import { CliError, EXIT, print, printTable, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { readDate, readMonth } from "../time.ts";
import { type InvoiceTermsInit, readAllTerms } from "./invoice-terms.ts";

interface RunOptions {
  readonly month: string;
  readonly date?: string;
  readonly acceptMissing?: boolean;
}

/** Invoices of one request: metering makes them in one transaction, and takes no more. */
const AT_ONCE = 100;
const COLUMNS = ["subscription", "number", "total", "problem"] as const;

const rowOf = ({ subscriptionId = "" }: InvoiceTermsInit, { invoice, problem }: FinalizedInvoice) => ({
  subscription: subscriptionId,
  number: invoice?.number ?? "",
  total: invoice ? `${invoice.total} ${invoice.currency}` : "",
  problem,
});

/** addRun is `tollgate invoice run`: it finalizes the invoices of a month of all subscriptions. */
export function addRun(invoice: Command): void {
  invoice
    .command("run")
    .description("number and store the invoices of a month of all subscriptions that charge something in it")
    .requiredOption("--month <month>", "such as 2026-11", readMonth)
    .option("--date <date>", "the date on the invoices; otherwise today", readDate)
    .option("--accept-missing", "although usage events are missing: what arrives of them is charged later")
    .action(async ({ month, date = "", acceptMissing = false }: RunOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const all = await readAllTerms(session, globals);
      const rows: ReturnType<typeof rowOf>[] = [];
      for (let at = 0; at < all.length; at += AT_ONCE) {
        const some = all.slice(at, at + AT_ONCE);
        const { results } = await session.billing.finalizeInvoices({
          terms: some.map((terms) => ({ ...terms, month })),
          issueDate: date,
          acceptMissingEvents: acceptMissing,
        });
        for (const [i, result] of results.entries())
          if (!result.inactive) rows.push(rowOf(some[i] as InvoiceTermsInit, result));
      }
      if (globals.output === "table") printTable(rows, COLUMNS);
      else print(toJson(rows));
      const failed = rows.filter(({ problem }) => problem !== "").length;
      if (failed > 0)
        throw new CliError(
          `${failed} of ${rows.length} invoices are not final: run it again when it is mended`,
          EXIT.FAILED,
        );
    });
}
