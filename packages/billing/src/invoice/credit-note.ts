import { parseDecimal } from "../money/decimal.ts";
import { amountMicros, exactOf, formatAmount, formatMicros, parseAmount } from "../money/micros.ts";
import { toText } from "../money/rational.ts";
import type { TaxRule } from "../rating/line.ts";
import { ruleName, type TaxSum, taxOfCredit } from "../rating/tax.ts";
import { type BilledDocument, type InvoiceDocument, taxRow } from "./document.ts";
import { type LineRow, ruleOf } from "./line-row.ts";

/** CreditRow is a line of a credit note: what is given back of a line of an invoice. Its amount is above 0. */
export interface CreditRow extends LineRow {
  readonly kind: "CREDIT";
  /** The place of that line on its invoice, from 1. */
  readonly correctsLine: number;
}

/** CreditNoteDocument takes back what a final invoice charged, or a part of it. Its canonical JSON is what is stored. */
export interface CreditNoteDocument extends BilledDocument {
  /** Number of the invoice that it takes back from. */
  readonly corrects: string;
  readonly reason: string;
  /** Of whoever asked for it: the same reference is never credited twice. Empty: none. */
  readonly reference: string;
  readonly lines: readonly CreditRow[];
}

/** WantedCredit is what is to be given back of a line. */
export interface WantedCredit {
  /** The place of the line on the invoice, from 1. */
  readonly line: number;
  /** As the line's amount is, with or without tax; empty: all that is left of it. */
  readonly amount: string;
}

export interface CreditNoteOptions {
  readonly invoice: InvoiceDocument;
  /** All final invoices of the subscription. */
  readonly invoices: readonly InvoiceDocument[];
  /** All credit notes of the subscription. */
  readonly creditNotes: readonly CreditNoteDocument[];
  /** Empty: everything that is left. */
  readonly wanted: readonly WantedCredit[];
  readonly number: string;
  readonly issueDate: string;
  readonly reason: string;
  readonly reference: string;
}

/** CreditRefused is the expected failure for a credit that an invoice does not allow. */
export class CreditRefused extends Error {}

const sumOf = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};

const least = (one: bigint, ...others: readonly bigint[]): bigint =>
  others.reduce((found, other) => (other < found ? other : found), one);

/** What is charged for a price in a month, by whichever invoice, has one name. */
const priceName = (row: LineRow, month: string): string =>
  `${row.forMonth || month} ${row.id} ${ruleName(ruleOf(row))}`;

/** Left is what can still be credited of an invoice. */
class Left {
  readonly #options: CreditNoteOptions;
  readonly #byLine = new Map<number, bigint>();
  readonly #byPrice = new Map<string, bigint>();
  readonly #byTax = new Map<string, bigint>();

  constructor(options: CreditNoteOptions) {
    this.#options = options;
    const { invoice, invoices, creditNotes } = options;
    for (const { month, lines } of invoices)
      for (const row of lines) this.#add(this.#byPrice, priceName(row, month), this.micros(row));
    for (const { month, lines } of creditNotes)
      for (const row of lines) this.#add(this.#byPrice, priceName(row, month), -this.micros(row));
    for (const [i, row] of invoice.lines.entries()) {
      if (row.kind === "CARRIED") continue;
      this.#byLine.set(i + 1, this.micros(row));
      this.#add(this.#byTax, ruleName(ruleOf(row)), this.micros(row));
    }
    for (const row of this.earlier()) {
      this.#add(this.#byLine, row.correctsLine, -this.micros(row));
      this.#add(this.#byTax, ruleName(ruleOf(row)), -this.micros(row));
    }
  }

  #add<Name>(sums: Map<Name, bigint>, name: Name, micros: bigint): void {
    sums.set(name, (sums.get(name) ?? 0n) + micros);
  }

  micros(row: LineRow): bigint {
    return parseAmount(row.amount, this.#options.invoice.currency);
  }

  /** The lines of credit notes of this invoice. */
  earlier(): readonly CreditRow[] {
    const { invoice, creditNotes } = this.#options;
    return creditNotes.filter(({ corrects }) => corrects === invoice.number).flatMap(({ lines }) => lines);
  }

  /** Of a line itself, whatever discounts take off the others; 0 of one that charges nothing. */
  ofLine(line: number): bigint {
    const { invoice } = this.#options;
    const row = invoice.lines[line - 1];
    if (!row) return 0n;
    const left = least(
      this.#byLine.get(line) ?? 0n,
      // An adjustment of a later invoice may have given some of it back.
      this.#byPrice.get(priceName(row, invoice.month)) ?? 0n,
      this.#byTax.get(ruleName(ruleOf(row))) ?? 0n,
    );
    return left > 0n ? left : 0n;
  }

  take(line: number, micros: bigint): void {
    const { invoice } = this.#options;
    const row = invoice.lines[line - 1];
    if (!row) return;
    this.#add(this.#byLine, line, -micros);
    this.#add(this.#byPrice, priceName(row, invoice.month), -micros);
    this.#add(this.#byTax, ruleName(ruleOf(row)), -micros);
  }
}

interface Taken {
  readonly line: number;
  readonly row: LineRow;
  readonly micros: bigint;
}

function amountOf({ line, amount }: WantedCredit, leftMicros: bigint, currency: string): bigint {
  const left = formatAmount(leftMicros, currency);
  if (leftMicros === 0n)
    throw new CreditRefused(
      `line ${line} has nothing left to credit: it, or what it is taxed with, is credited or discounted`,
    );
  if (amount === "") return leftMicros;
  let exact: ReturnType<typeof parseDecimal>;
  try {
    exact = parseDecimal(amount);
  } catch {
    throw new CreditRefused(`line ${line}: '${amount}' must be a decimal number such as ${left}`);
  }
  const micros = amountMicros(exact, currency);
  if (toText(exactOf(micros)) !== toText(exact))
    throw new CreditRefused(
      `line ${line}: ${amount} is not a whole number of the smallest coins of ${currency}, such as ${left}`,
    );
  if (micros <= 0n) throw new CreditRefused(`line ${line}: the amount '${amount}' must be above 0`);
  if (micros > leftMicros)
    throw new CreditRefused(
      `line ${line} has ${left} ${currency} left to credit, which is less than ${amount}`,
    );
  return micros;
}

function takeWanted({ invoice, wanted }: CreditNoteOptions, left: Left): readonly Taken[] {
  const seen = new Set<number>();
  return wanted.map((one) => {
    const { line } = one;
    const row = invoice.lines[line - 1];
    if (!row)
      throw new CreditRefused(
        `${invoice.number} has no line ${line}: its lines are 1 to ${invoice.lines.length}`,
      );
    if (seen.has(line)) throw new CreditRefused(`line ${line} is listed twice`);
    seen.add(line);
    const micros = amountOf(one, left.ofLine(line), invoice.currency);
    left.take(line, micros);
    return { line, row, micros };
  });
}

/** Everything that is left, line by line; what discounts took off is left out from the last lines on. */
function takeAll({ invoice }: CreditNoteOptions, left: Left): readonly Taken[] {
  const taken = invoice.lines.flatMap((row, i): readonly Taken[] => {
    const micros = left.ofLine(i + 1);
    if (micros === 0n) return [];
    left.take(i + 1, micros);
    return [{ line: i + 1, row, micros }];
  });
  if (taken.length === 0)
    throw new CreditRefused(`${invoice.number} has nothing left to credit: all that it charges is credited`);
  return taken;
}

const creditRow = ({ line, row, micros }: Taken, { currency }: InvoiceDocument): CreditRow => ({
  ...row,
  kind: "CREDIT",
  correctsLine: line,
  // What is given back is an amount, not units.
  meter: "",
  quantity: "0",
  exact: toText(exactOf(micros)),
  rated: formatMicros(micros),
  amount: formatAmount(micros, currency),
  steps: [
    { kind: "AMOUNT", quantity: "1", amount: formatMicros(micros), per: "1", exact: toText(exactOf(micros)) },
  ],
});

/** The taxes that a credit gives back, in the order in which its lines have them first. */
function creditedTaxes(taken: readonly Taken[], left: Left, currency: string): readonly TaxSum[] {
  const groups = Map.groupBy(taken, ({ row }) => ruleName(ruleOf(row)));
  return [...groups].flatMap(([name, group]): readonly TaxSum[] => {
    const [first] = group;
    if (!first) return [];
    const rule: TaxRule = ruleOf(first.row);
    const micros = sumOf(group.map((one) => one.micros));
    const before = sumOf(
      left
        .earlier()
        .filter((row) => ruleName(ruleOf(row)) === name)
        .map((row) => left.micros(row)),
    );
    const taxMicros = taxOfCredit(rule, micros, before, currency);
    return [{ ...rule, taxMicros, netMicros: rule.isIncluded ? micros - taxMicros : micros }];
  });
}

/**
 * creditNote takes back what a final invoice charges, or a part of it. It throws CreditRefused. All credit notes of an invoice together never
 * give back more than it charges for what is taxed alike, nor more of a price and month than all invoices together charge for it; and those that
 * give all of it back give exactly its taxes back. What an invoice takes or leaves of credits that are carried forward is not credited.
 */
export function creditNote(options: CreditNoteOptions): CreditNoteDocument {
  const { invoice, number, issueDate, reason, reference, wanted } = options;
  const { currency } = invoice;
  const left = new Left(options);
  const taken = wanted.length > 0 ? takeWanted(options, left) : takeAll(options, left);
  const taxes = creditedTaxes(taken, left, currency);
  const netMicros = sumOf(taxes.map((tax) => tax.netMicros));
  const taxMicros = sumOf(taxes.map((tax) => tax.taxMicros));
  return {
    number,
    accountId: invoice.accountId,
    subscriptionId: invoice.subscriptionId,
    corrects: invoice.number,
    month: invoice.month,
    timeZone: invoice.timeZone,
    periodStart: invoice.periodStart,
    periodEnd: invoice.periodEnd,
    issueDate,
    currency,
    reason,
    reference,
    lines: taken.map((one) => creditRow(one, invoice)),
    taxes: taxes.map((tax) => taxRow(tax, currency)),
    net: formatAmount(netMicros, currency),
    tax: formatAmount(taxMicros, currency),
    total: formatAmount(netMicros + taxMicros, currency),
    customerJson: invoice.customerJson,
    ...(invoice.sellerJson === undefined ? {} : { sellerJson: invoice.sellerJson }),
  };
}
