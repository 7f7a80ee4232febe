import { Temporal } from "temporal-polyfill";
import { canonicalJson } from "@tollgate/config";
import { formatAmount } from "../money/micros.ts";
import { type Rating, totalled } from "../rating/rate-period.ts";
import type { TaxSum } from "../rating/tax.ts";
import type { Adjustment } from "./adjust.ts";
import { type Credit, carriedLines } from "./carry.ts";
import { type LineRow, lineRow } from "./line-row.ts";
import type { Terms } from "./terms.ts";

/** TaxRow is the tax of all lines that are taxed alike. */
export interface TaxRow {
  readonly category: string;
  readonly rate: string;
  readonly included: boolean;
  readonly net: string;
  readonly tax: string;
}

/** taxRow is a tax in the form of a row. */
export const taxRow = (
  { category, rate, isIncluded, netMicros, taxMicros }: TaxSum,
  currency: string,
): TaxRow => ({
  category,
  rate,
  included: isIncluded,
  net: formatAmount(netMicros, currency),
  tax: formatAmount(taxMicros, currency),
});

/** BilledDocument is what an invoice and a credit note have in common. */
export interface BilledDocument {
  readonly number: string;
  readonly accountId: string;
  readonly subscriptionId: string;
  readonly month: string;
  readonly timeZone: string;
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly issueDate: string;
  readonly currency: string;
  readonly lines: readonly LineRow[];
  readonly taxes: readonly TaxRow[];
  readonly net: string;
  readonly tax: string;
  readonly total: string;
  readonly customerJson: string;
  /** Absent: the account has none, or the document is of a version that knew none. */
  readonly sellerJson?: string;
}

/** InvoiceDocument is an invoice with nothing left to compute; a preview has an empty number. Its canonical JSON is what is stored. */
export interface InvoiceDocument extends BilledDocument {
  readonly unpriced: readonly { readonly meter: string; readonly quantity: string }[];
  readonly missingEventCount: string;
  /** When it is to be paid; absent: its seller does not say it. */
  readonly dueDate?: string;
}

const instant = (unixMs: number): string => new Date(unixMs).toISOString();

const adjustmentRow = (adjustment: Adjustment, currency: string): LineRow => ({
  ...lineRow(adjustment.line, currency),
  kind: "ADJUSTMENT",
  forMonth: adjustment.month,
});

/** What a seller adds to an invoice. A preview has no date, and so no day to be paid until. */
function sellerMembersOf(
  sellerJson: string,
  issueDate: string,
): Pick<InvoiceDocument, "sellerJson" | "dueDate"> {
  if (sellerJson === "") return {};
  const { paymentDays } = JSON.parse(sellerJson) as { readonly paymentDays?: number };
  if (paymentDays === undefined || issueDate === "") return { sellerJson };
  return { sellerJson, dueDate: Temporal.PlainDate.from(issueDate).add({ days: paymentDays }).toString() };
}

export interface DocumentOptions {
  readonly terms: Terms;
  /** Of the period itself. */
  readonly rating: Rating;
  readonly adjustments: readonly Adjustment[];
  /** What earlier invoices have left for this one. */
  readonly credits: readonly Credit[];
  readonly number: string;
  readonly issueDate: string;
  readonly missingEventCount: number;
}

/** invoiceDocument writes what is charged as an invoice. */
export function invoiceDocument(options: DocumentOptions): InvoiceDocument {
  const { terms, rating, adjustments, credits, number, issueDate, missingEventCount } = options;
  const { given, period } = terms;
  const { currency, unpriced } = rating;
  const charged = [...rating.lines, ...adjustments.map(({ line }) => line)];
  const carried = carriedLines(currency, period, charged, credits);
  const total = totalled(currency, [...charged, ...carried], unpriced);
  return {
    number,
    accountId: given.accountId,
    subscriptionId: given.subscriptionId,
    month: period.month,
    timeZone: period.timeZone,
    periodStart: instant(period.startUnixMs),
    periodEnd: instant(period.endUnixMs),
    issueDate,
    currency,
    lines: [
      ...rating.lines.map((line) => lineRow(line, currency)),
      ...adjustments.map((adjustment) => adjustmentRow(adjustment, currency)),
      ...carried.map((line) => lineRow(line, currency)),
    ],
    taxes: total.taxes.map((tax) => taxRow(tax, currency)),
    net: formatAmount(total.netMicros, currency),
    tax: formatAmount(total.taxMicros, currency),
    total: formatAmount(total.totalMicros, currency),
    unpriced: unpriced.map(({ meter, quantity }) => ({ meter, quantity: `${quantity}` })),
    customerJson: given.customerJson,
    ...sellerMembersOf(given.sellerJson ?? "", issueDate),
    missingEventCount: `${missingEventCount}`,
  };
}

/** documentText is the string that is stored and hashed: equal documents give the same string. */
export const documentText = (document: object): string => canonicalJson(document);
