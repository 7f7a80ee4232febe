import type { CreditNoteDocument, CreditRow } from "../invoice/credit-note.ts";
import type { InvoiceDocument, TaxRow } from "../invoice/document.ts";
import type { LineRow, StepRow } from "../invoice/line-row.ts";
import { dayOf } from "../period/day.ts";

/** ShownDocument is what a page shows; `state` is that of a draft. */
export type ShownDocument = (InvoiceDocument | CreditNoteDocument) & {
  readonly state?: "DRAFT" | "VOID" | "FINAL";
};

interface Party {
  readonly name?: string;
  readonly address?: Readonly<Record<string, string>>;
  readonly taxIds?: readonly { readonly type: string; readonly value: string }[];
  readonly registration?: string;
}

/** PartyText is who pays, or who is paid. */
export interface PartyText {
  readonly name: string;
  readonly address: readonly string[];
  /** Tax ids and the registration. */
  readonly ids: readonly string[];
}

export function titleOf(document: ShownDocument): string {
  if ("corrects" in document) return `Credit note ${document.number}`;
  if (document.number === "") return "Preview of an invoice";
  if (document.state === "VOID") return `Void draft ${document.number}`;
  return document.state === "DRAFT" ? `Draft ${document.number}` : `Invoice ${document.number}`;
}

/** partyOf is a customer or a seller of a document; undefined: it has none. */
export function partyOf(json = ""): PartyText | undefined {
  if (json === "") return undefined;
  const { name = "", address = {}, taxIds = [], registration = "" } = JSON.parse(json) as Party;
  const { line1, line2, postalCode, city, state, country } = address;
  const place = [postalCode, city, state].filter(Boolean).join(" ");
  return {
    name,
    address: [line1, line2, place, country].flatMap((line) => (line ? [line] : [])),
    ids: [
      ...taxIds.map(({ type, value }) => `${type} ${value}`),
      ...(registration === "" ? [] : [registration]),
    ],
  };
}

/** headOf is what is said of a document before its lines. */
export function headOf(document: ShownDocument): readonly string[] {
  const { issueDate, month, periodStart, periodEnd, timeZone, subscriptionId } = document;
  const due = "dueDate" in document ? document.dueDate : undefined;
  return [
    ...(issueDate === "" ? [] : [`Date ${issueDate}`]),
    ...(due === undefined ? [] : [`To be paid until ${due}`]),
    `For ${month}: ${dayOf(periodStart, timeZone, false)} to ${dayOf(periodEnd, timeZone, true)} (${timeZone})`,
    ...(subscriptionId === "" ? [] : [`Subscription ${subscriptionId}`]),
  ];
}

const stepOf = ({ kind, quantity, amount, per }: StepRow): string => {
  if (kind === "INCLUDED") return `${quantity} included`;
  if (kind === "PERCENT") return `${amount} %`;
  if (kind === "UNITS" || kind === "PACKAGES")
    return `${quantity} at ${amount}${per === "1" ? "" : ` for ${per}`}`;
  if (kind === "SHARE") return quantity === per ? amount : `${amount} for a part of the month`;
  return amount;
};

/** Of lines of other kinds, how they come about is their amount. */
const EXPLAINED: readonly LineRow["kind"][] = ["USAGE", "FEE", "DISCOUNT"];

/** A line of a credit note has the place of the line that it credits. */
const placeOf = (line: LineRow | CreditRow, i: number): number =>
  "correctsLine" in line ? line.correctsLine : i + 1;

/** RowText is a line of a document. */
export interface RowText {
  readonly place: string;
  readonly what: string;
  /** How it comes about; undefined: that is not said of lines of its kind. */
  readonly steps: string | undefined;
  readonly quantity: string;
  readonly tax: string;
  readonly amount: string;
}

export const rowsOf = ({ lines }: ShownDocument): readonly RowText[] =>
  lines.map((line, i) => ({
    place: String(placeOf(line, i)),
    what: `${line.kind === "MINIMUM" ? "Up to the minimum" : line.name}${line.forMonth === "" ? "" : `, ${line.forMonth}`}`,
    steps: EXPLAINED.includes(line.kind) ? line.steps.map(stepOf).join(", ") : undefined,
    quantity: line.meter === "" ? "" : line.quantity,
    tax: `${line.taxRate} %`,
    amount: line.amount,
  }));

const taxOf =
  (currency: string) =>
  ({ category, rate, net, tax, included }: TaxRow): readonly [string, string] => [
    `Tax ${rate} % (${category}) on ${net} ${currency}${included ? ", contained in the amounts" : ""}`,
    tax,
  ];

/** totalsOf are the rows below the lines: what each is, and its amount. */
export const totalsOf = ({
  currency,
  net,
  tax,
  total,
  taxes,
}: ShownDocument): readonly (readonly [string, string])[] => [
  ["Net", net],
  ...taxes.map(taxOf(currency)),
  ["Taxes", tax],
  [`Total ${currency}`, total],
];

/** notesOf is what a reader has to know besides: aloud, and quietly. */
export function notesOf(document: ShownDocument): {
  readonly loud: readonly string[];
  readonly quiet: readonly string[];
} {
  if ("corrects" in document)
    return { loud: [`Corrects invoice ${document.corrects}: ${document.reason}`], quiet: [] };
  const unpriced = document.unpriced.map(({ meter, quantity }) => `Without a price: ${quantity} of ${meter}`);
  const missing =
    document.missingEventCount === "0"
      ? []
      : [`Usage events that never arrived: ${document.missingEventCount}`];
  return { loud: [], quiet: [...unpriced, ...missing] };
}

/** shaOf is what proves which stored document it is; empty: it is not stored. */
export const shaOf = (sha256: string): string =>
  sha256 === "" ? "" : `SHA-256 of the stored document: ${sha256}`;

export const COLUMNS = ["No", "What", "Quantity", "Tax"] as const;
