import type { Command } from "commander";
import type { Invoice } from "@tollgate/proto/billing";
import { formatCsv } from "../csv.ts";
import { CliError, print, printTable, toJson } from "../output.ts";
import { type GlobalOptions, globalsOf, openSession } from "../session.ts";
import {
  CSV_COLUMNS,
  csvRows,
  headOf,
  jsonOfInvoice,
  jsonOfLine,
  jsonOfMessage,
  LINE_COLUMNS,
  lineRow,
  STEP_COLUMNS,
  stepRow,
  totalsOf,
  USAGE_COLUMNS,
  usageRow,
} from "./invoice-rows.ts";
import { readInvoiceTerms } from "./invoice-terms.ts";

interface Shown {
  readonly csv?: boolean;
}

interface OfMonth extends Shown {
  readonly month: string;
}

const thisMonth = (): string => new Date().toISOString().slice(0, "2026-11".length);

function show(invoice: Invoice | undefined, { csv }: Shown, { output }: GlobalOptions): void {
  if (!invoice) throw new CliError("metering sent no invoice");
  if (csv) return print(formatCsv(csvRows(invoice), CSV_COLUMNS));
  if (output !== "table") return print(toJson(jsonOfInvoice(invoice)));
  print(headOf(invoice));
  if (invoice.lines.length > 0) printTable(invoice.lines.map(lineRow), LINE_COLUMNS);
  print(totalsOf(invoice));
}

function addPreview(invoice: Command): void {
  invoice
    .command("preview")
    .description(
      "what a month is charged, so far: of a subscription, or of the whole account at AWS's prices",
    )
    .argument("[subscription]")
    .option("--month <month>", "such as 2026-11", thisMonth())
    .option("--csv", "the lines as comma-separated values")
    .action(async (subscription: string | undefined, options: OfMonth, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const terms = await readInvoiceTerms(session, globals, subscription);
      const { invoice } = await session.billing.previewInvoice({ terms: { ...terms, month: options.month } });
      show(invoice, options, globals);
    });
}

interface FinalizeOptions extends OfMonth {
  readonly date?: string;
  readonly acceptMissing?: boolean;
}

function addFinalize(invoice: Command): void {
  invoice
    .command("finalize")
    .description("number and store the invoice of a month, which never changes again")
    .argument("<subscription>")
    .requiredOption("--month <month>", "such as 2026-11")
    .option("--date <date>", "the date on the invoice; otherwise today")
    .option("--accept-missing", "although usage events are missing: what arrives of them is charged later")
    .option("--csv", "the lines as comma-separated values")
    .action(async (subscription: string, options: FinalizeOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const terms = await readInvoiceTerms(session, globals, subscription);
      const { invoice } = await session.billing.finalizeInvoice({
        terms: { ...terms, month: options.month },
        issueDate: options.date ?? "",
        acceptMissingEvents: options.acceptMissing ?? false,
      });
      show(invoice, options, globals);
    });
}

const LIST_COLUMNS = ["number", "date", "subscription", "month", "net", "tax", "total", "currency"] as const;

const listRow = (invoice: Invoice) => ({
  number: invoice.number,
  date: invoice.issueDate,
  subscription: invoice.subscriptionId,
  month: invoice.month,
  net: invoice.net,
  tax: invoice.tax,
  total: invoice.total,
  currency: invoice.currency,
});

interface ListOptions extends Shown {
  readonly subscription?: string;
  readonly month?: string;
}

function addList(invoice: Command): void {
  invoice
    .command("list")
    .description("list final invoices, the latest first")
    .option("--subscription <id>", "only this subscription")
    .option("--month <month>", "only this month")
    .option("--csv", "as comma-separated values")
    .action(async (options: ListOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { invoices } = await session.billing.listInvoices({
        accountId: globals.account,
        subscriptionId: options.subscription ?? "",
        month: options.month ?? "",
      });
      const rows = invoices.map(listRow);
      if (options.csv) return print(formatCsv(rows, LIST_COLUMNS));
      if (globals.output !== "table") return print(toJson(rows));
      printTable(rows, LIST_COLUMNS);
    });
}

function addShow(invoice: Command): void {
  invoice
    .command("show")
    .description("show a final invoice")
    .argument("<number>", "such as INV-2026-000001")
    .option("--csv", "the lines as comma-separated values")
    .action(async (number: string, options: Shown, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { invoice } = await session.billing.getInvoice({ accountId: globals.account, number });
      show(invoice, options, globals);
    });
}

interface ExplainOptions extends OfMonth {
  readonly line: string;
}

function addExplainLine(invoice: Command): void {
  invoice
    .command("explain")
    .description("show how a line of a month comes about, and the usage that it is made of")
    .argument("[subscription]")
    .requiredOption("--line <id>", "id of the price")
    .option("--month <month>", "such as 2026-11", thisMonth())
    .option("--csv", "the usage as comma-separated values")
    .action(async (subscription: string | undefined, options: ExplainOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const terms = await readInvoiceTerms(session, globals, subscription);
      const explained = await session.billing.explainLine({
        terms: { ...terms, month: options.month },
        lineId: options.line,
      });
      const usage = explained.usage.map(usageRow);
      if (options.csv) return print(formatCsv(usage, USAGE_COLUMNS));
      if (globals.output !== "table")
        return print(
          toJson({ lines: explained.lines.map(jsonOfLine), usage: explained.usage.map(jsonOfMessage) }),
        );
      for (const line of explained.lines) {
        print(
          `${line.name} from ${line.start} to ${line.end}: exactly ${line.exact}, charged ${line.amount}`,
        );
        printTable(line.steps.map(stepRow), STEP_COLUMNS);
      }
      if (usage.length > 0) printTable(usage, USAGE_COLUMNS);
    });
}

/** addInvoice adds the commands for what usage costs. */
export function addInvoice(program: Command): void {
  const invoice = program.command("invoice").description("what usage costs: previews and final invoices");
  for (const add of [addPreview, addFinalize, addList, addShow, addExplainLine]) add(invoice);
  for (const command of invoice.commands) command.exitOverride();
}
