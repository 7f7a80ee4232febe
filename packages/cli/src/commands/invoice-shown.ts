import type { Invoice } from "@tollgate/proto/billing";
import { formatCsv } from "../csv.ts";
import { CliError, print, printTable, toJson } from "../output.ts";
import type { GlobalOptions } from "../session.ts";
import {
  CSV_COLUMNS,
  csvRows,
  headOf,
  jsonOfInvoice,
  LINE_COLUMNS,
  lineRow,
  totalsOf,
} from "./invoice-rows.ts";

export interface Shown {
  readonly csv?: boolean;
}

export interface OfMonth extends Shown {
  readonly month: string;
}

/** Without a month, it is the current one. */
export type OfAnyMonth = Shown & Partial<OfMonth>;

/** showInvoice prints an invoice, a draft or a credit note in the form that was asked for. */
export function showInvoice(invoice: Invoice | undefined, { csv }: Shown, { output }: GlobalOptions): void {
  if (!invoice) throw new CliError("metering sent no invoice");
  if (csv) return print(formatCsv(csvRows(invoice), CSV_COLUMNS));
  if (output !== "table") return print(toJson(jsonOfInvoice(invoice)));
  print(headOf(invoice));
  if (invoice.lines.length > 0) printTable(invoice.lines.map(lineRow), LINE_COLUMNS);
  print(totalsOf(invoice));
}
