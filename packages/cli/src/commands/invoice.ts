import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { type Invoice, InvoiceFormat } from "@tollgate/proto/billing";
import { formatCsv } from "../csv.ts";
import { CliError, EXIT, print, printTable, toJson } from "../output.ts";
import { parquetOption } from "../parquet.ts";
import { globalsOf, openSession } from "../session.ts";
import { readMonth } from "../time.ts";
import { writeLines, writeSums } from "./invoice-files.ts";
import { addInvoiceLife } from "./invoice-life.ts";
import {
  ALLOWANCE_COLUMNS,
  allowanceRow,
  jsonOfLine,
  jsonOfMessage,
  STEP_COLUMNS,
  stateOf,
  stepRow,
  USAGE_COLUMNS,
  usageRow,
} from "./invoice-rows.ts";
import { type OfAnyMonth, type Shown, showInvoice } from "./invoice-shown.ts";
import { monthOf, readInvoiceTerms } from "./invoice-terms.ts";

const THIS_MONTH = "such as 2026-11 (default: the current one where the customer is)";

function addPreview(invoice: Command): void {
  invoice
    .command("preview")
    .description(
      "what a month is charged, so far: of a subscription, or of the whole account at AWS's prices",
    )
    .argument("[subscription]")
    .option("--month <month>", THIS_MONTH, readMonth)
    .option("--csv", "the lines as comma-separated values")
    .action(async (subscription: string | undefined, options: OfAnyMonth, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const terms = await readInvoiceTerms(session, globals, subscription);
      const { invoice } = await session.billing.previewInvoice({
        terms: { ...terms, month: monthOf(options.month, terms) },
      });
      showInvoice(invoice, options, globals);
    });
}

const LIST_COLUMNS = [
  "number",
  "state",
  "date",
  "subscription",
  "month",
  "net",
  "tax",
  "total",
  "currency",
] as const;

const listRow = (invoice: Invoice) => ({
  number: invoice.number,
  state: stateOf(invoice),
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
  readonly parquet?: string;
}

function addList(invoice: Command): void {
  invoice
    .command("list")
    .description("list drafts, final invoices and credit notes, the latest first")
    .option("--subscription <id>", "only this subscription")
    .option("--month <month>", "only this month", readMonth)
    .option("--csv", "as comma-separated values")
    .addOption(parquetOption("the sums"))
    .action(async (options: ListOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { invoices } = await session.billing.listInvoices({
        accountId: globals.account,
        subscriptionId: options.subscription ?? "",
        month: options.month ?? "",
      });
      const rows = invoices.map(listRow);
      if (options.parquet !== undefined) return await writeSums(options.parquet, LIST_COLUMNS, rows);
      if (options.csv) return print(formatCsv(rows, LIST_COLUMNS));
      if (globals.output !== "table") return print(toJson(rows));
      printTable(rows, LIST_COLUMNS);
    });
}

interface ShowOptions extends Shown {
  readonly html?: boolean;
  readonly ubl?: boolean;
  readonly pdf?: string;
  readonly parquet?: string;
}

/** The format of a document that is rendered; undefined: none is. */
function formatOf({ csv, html, ubl, pdf }: ShowOptions): InvoiceFormat | undefined {
  if ([csv, html, ubl, pdf !== undefined].filter(Boolean).length > 1)
    throw new CliError("--csv, --html, --ubl and --pdf do not go together", EXIT.USAGE);
  if (pdf !== undefined) return InvoiceFormat.PDF;
  if (ubl) return InvoiceFormat.UBL;
  return html ? InvoiceFormat.HTML : undefined;
}

function writeDocument(file: string, content: Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new CliError(`cannot write ${file}: ${(error as Error).message}`);
  }
}

function addShow(invoice: Command): void {
  invoice
    .command("show")
    .description("show a final invoice, a credit note or a draft")
    .argument("<number>", "such as INV-2026-000001")
    .option("--csv", "the lines as comma-separated values")
    .option("--html", "a page to read and to print")
    .option("--pdf <file>", "a PDF, written to a file")
    .option("--ubl", "as UBL 2.1 of EN 16931, to be exchanged")
    .addOption(parquetOption("the lines", ["csv", "html", "pdf", "ubl"]))
    .action(async (number: string, options: ShowOptions, command: Command) => {
      const format = formatOf(options);
      const globals = globalsOf(command);
      using session = openSession(globals);
      if (format !== undefined) {
        const document = { accountId: globals.account, number, format };
        const { content } = await session.billing.renderInvoice(document);
        if (options.pdf !== undefined) writeDocument(options.pdf, content);
        else print(Buffer.from(content).toString("utf8").trimEnd());
        return;
      }
      const { invoice } = await session.billing.getInvoice({ accountId: globals.account, number });
      if (invoice && options.parquet !== undefined) return await writeLines(options.parquet, invoice);
      showInvoice(invoice, options, globals);
    });
}

interface ExplainOptions extends OfAnyMonth {
  readonly line: string;
}

function addExplainLine(invoice: Command): void {
  invoice
    .command("explain")
    .description("show how a line of a month comes about, and the usage that it is made of")
    .argument("[subscription]")
    .requiredOption("--line <id>", "id of the price")
    .option("--month <month>", THIS_MONTH, readMonth)
    .option("--csv", "the usage as comma-separated values")
    .action(async (subscription: string | undefined, options: ExplainOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const terms = await readInvoiceTerms(session, globals, subscription);
      const explained = await session.billing.explainLine({
        terms: { ...terms, month: monthOf(options.month, terms) },
        lineId: options.line,
      });
      const usage = explained.usage.map(usageRow);
      if (options.csv) return print(formatCsv(usage, USAGE_COLUMNS));
      if (globals.output !== "table")
        return print(
          toJson({
            lines: explained.lines.map(jsonOfLine),
            keys: explained.keys.map(jsonOfMessage),
            usage: explained.usage.map(jsonOfMessage),
          }),
        );
      for (const line of explained.lines) {
        print(
          `${line.name} from ${line.start} to ${line.end}: exactly ${line.exact}, charged ${line.amount}`,
        );
        printTable(line.steps.map(stepRow), STEP_COLUMNS);
      }
      if (explained.keys.length > 0) printTable(explained.keys.map(allowanceRow), ALLOWANCE_COLUMNS);
      if (usage.length > 0) printTable(usage, USAGE_COLUMNS);
    });
}

const PROBLEM_COLUMNS = ["number", "problem"] as const;

function addVerify(invoice: Command): void {
  invoice
    .command("verify")
    .description(
      "look for documents that were altered or do not add up, for numbers of none, and for months that are not charged as their usage is stored",
    )
    .option("--subscription <id>", "only this subscription")
    .option("--month <month>", "only this month", readMonth)
    .action(async (options: ListOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const found = await session.billing.verifyInvoices({
        accountId: globals.account,
        subscriptionId: options.subscription ?? "",
        month: options.month ?? "",
      });
      if (globals.output === "table") {
        print(`${found.documentCount} documents, ${found.problemCount} problems`);
        if (found.problems.length > 0) printTable(found.problems, PROBLEM_COLUMNS);
      } else print(toJson({ ...jsonOfMessage(found), problems: found.problems.map(jsonOfMessage) }));
      if (found.problemCount > 0n) process.exitCode = EXIT.DIFFERENT;
    });
}

/** addInvoice adds the commands for what usage costs. */
export function addInvoice(program: Command): void {
  const invoice = program.command("invoice").description("what usage costs: previews and final invoices");
  for (const add of [addPreview, addInvoiceLife, addList, addShow, addExplainLine, addVerify]) add(invoice);
  for (const command of invoice.commands) command.exitOverride();
}
