import { formatAmount, parseAmount } from "../money/micros.ts";
import { taxSums } from "../rating/tax.ts";
import type { CreditNoteDocument } from "./credit-note.ts";
import { type InvoiceDocument, type TaxRow, taxRow } from "./document.ts";
import { ruleOf } from "./line-row.ts";

type Summed = Pick<InvoiceDocument, "currency" | "lines" | "taxes" | "net" | "tax" | "total">;

const sumOf = (texts: readonly string[], currency: string): string =>
  formatAmount(
    texts.reduce((sum, text) => sum + parseAmount(text, currency), 0n),
    currency,
  );

const text = ({ category, rate, included, net, tax }: TaxRow): string =>
  `${category} ${rate} ${included ? "included " : ""}${net} ${tax}`;

/** The taxes that lines of an invoice have together. Those of credit notes depend on the notes before. */
const taxesOf = ({ currency, lines }: Summed): readonly TaxRow[] =>
  taxSums(
    lines.map((line) => ({ tax: ruleOf(line), amountMicros: parseAmount(line.amount, currency) })),
    currency,
  ).map((tax) => taxRow(tax, currency));

/** wrongSums says which sums of a document are not those of its parts, in words. */
export function wrongSums(document: InvoiceDocument | CreditNoteDocument): readonly string[] {
  const { currency, taxes, net, tax, total } = document;
  const wrong = (what: string, found: string, expected: string) =>
    found === expected ? [] : [`its ${what} is ${found}, and its parts come to ${expected}`];
  const all = (rows: readonly TaxRow[]) => rows.map(text).join(", ");
  return [
    ...("corrects" in document ? [] : wrong("list of taxes", all(taxes), all(taxesOf(document)))),
    ...wrong(
      "net",
      net,
      sumOf(
        taxes.map((row) => row.net),
        currency,
      ),
    ),
    ...wrong(
      "tax",
      tax,
      sumOf(
        taxes.map((row) => row.tax),
        currency,
      ),
    ),
    ...wrong("total", total, sumOf([net, tax], currency)),
  ];
}
