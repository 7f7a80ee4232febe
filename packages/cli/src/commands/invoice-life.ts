import { type Command, InvalidArgumentError } from "commander";
import type { InvoiceEvent } from "@tollgate/proto/billing";
import { formatCsv } from "../csv.ts";
import { print, printTable, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { readDate, readMonth } from "../time.ts";
import { jsonOfMessage } from "./invoice-rows.ts";
import { addRun } from "./invoice-run.ts";
import { type OfMonth, type Shown, showInvoice } from "./invoice-shown.ts";
import { readInvoiceTerms } from "./invoice-terms.ts";

interface FinalizeOptions extends OfMonth {
  readonly date?: string;
  readonly acceptMissing?: boolean;
}

function addDraft(invoice: Command): void {
  invoice
    .command("draft")
    .description("fix the terms of a month that has ended: its price plan, keys and customer")
    .argument("<subscription>")
    .requiredOption("--month <month>", "such as 2026-11", readMonth)
    .option("--csv", "the lines as comma-separated values")
    .action(async (subscription: string, options: OfMonth, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const terms = await readInvoiceTerms(session, globals, subscription);
      const drafted = await session.billing.draftInvoice({ terms: { ...terms, month: options.month } });
      showInvoice(drafted.invoice, options, globals);
    });
}

interface Reasoned {
  readonly reason: string;
}

function addVoid(invoice: Command): void {
  invoice
    .command("void")
    .description("give a draft up; what has a number is credited instead")
    .argument("<draft>", "such as DRAFT-000001")
    .requiredOption("--reason <text>", "why, for the history")
    .action(async (number: string, { reason }: Reasoned, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      await session.billing.voidDraft({ accountId: globals.account, number, reason });
      print(`${number} is void`);
    });
}

function addFinalize(invoice: Command): void {
  invoice
    .command("finalize")
    .description("number and store the invoice of a month, which never changes again")
    .argument("<subscription>")
    .requiredOption("--month <month>", "such as 2026-11", readMonth)
    .option("--date <date>", "the date on the invoice; otherwise today", readDate)
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
      showInvoice(invoice, options, globals);
    });
}

interface CreditedLine {
  readonly line: number;
  readonly amount: string;
}

const CREDITED_LINE = /^(?<line>[1-9]\d{0,5})(=(?<amount>.+))?$/;

function readCreditedLine(given: string, before: readonly CreditedLine[] = []): readonly CreditedLine[] {
  const { line, amount = "" } = CREDITED_LINE.exec(given)?.groups ?? {};
  if (line === undefined)
    throw new InvalidArgumentError("use the number of a line, such as 2, or with an amount, such as 2=4.99");
  return [...before, { line: Number(line), amount }];
}

interface CreditOptions extends Shown, Reasoned {
  readonly line?: readonly CreditedLine[];
  readonly reference?: string;
  readonly date?: string;
}

function addCredit(invoice: Command): void {
  invoice
    .command("credit")
    .description("take back what a final invoice charges, or a part of it, by a credit note")
    .argument("<number>", "such as INV-2026-000001")
    .requiredOption("--reason <text>", "why, for the customer")
    .option(
      "--line <line[=amount]>",
      "only this line, or this amount of it; can be repeated",
      readCreditedLine,
    )
    .option("--reference <text>", "of yours, such as a ticket: the same one is never credited twice")
    .option("--date <date>", "the date on the credit note; otherwise today", readDate)
    .option("--csv", "the lines as comma-separated values")
    .action(async (number: string, options: CreditOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { creditNote } = await session.billing.creditInvoice({
        accountId: globals.account,
        number,
        lines: [...(options.line ?? [])],
        reason: options.reason,
        reference: options.reference ?? "",
        issueDate: options.date ?? "",
      });
      showInvoice(creditNote, options, globals);
    });
}

const EVENT_COLUMNS = ["time", "action", "number", "who", "reason"] as const;

const eventRow = ({ timeUnixMs, action, number, actor, reason }: InvoiceEvent) => ({
  time: new Date(Number(timeUnixMs)).toISOString(),
  action,
  number,
  who: actor,
  reason,
});

function addHistory(invoice: Command): void {
  invoice
    .command("history")
    .description("who did what to invoices, the latest first")
    .argument("[number]", "of an invoice or a draft")
    .option("--csv", "as comma-separated values")
    .action(async (number: string | undefined, { csv }: Shown, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { events } = await session.billing.listInvoiceEvents({
        accountId: globals.account,
        number: number ?? "",
      });
      const rows = events.map(eventRow);
      if (csv) return print(formatCsv(rows, EVENT_COLUMNS));
      if (globals.output !== "table") return print(toJson(events.map(jsonOfMessage)));
      printTable(rows, EVENT_COLUMNS);
    });
}

/** addInvoiceLife adds the commands that make invoices, and take them back. */
export function addInvoiceLife(invoice: Command): void {
  for (const add of [addDraft, addVoid, addFinalize, addRun, addCredit, addHistory]) add(invoice);
}
