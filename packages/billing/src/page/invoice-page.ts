import type { CreditNoteDocument, CreditRow } from "../invoice/credit-note.ts";
import type { InvoiceDocument, TaxRow } from "../invoice/document.ts";
import type { LineRow, StepRow } from "../invoice/line-row.ts";
import { dayOf } from "../period/day.ts";
import { html, Markup, nothing } from "./html.ts";
import { STYLE } from "./style.ts";

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

function titleOf(document: ShownDocument): string {
  if ("corrects" in document) return `Credit note ${document.number}`;
  if (document.number === "") return "Preview of an invoice";
  if (document.state === "VOID") return `Void draft ${document.number}`;
  return document.state === "DRAFT" ? `Draft ${document.number}` : `Invoice ${document.number}`;
}

function partyOf(json: string): Markup {
  if (json === "") return nothing;
  const { name = "", address = {}, taxIds = [], registration = "" } = JSON.parse(json) as Party;
  const { line1, line2, postalCode, city, state, country } = address;
  const place = [postalCode, city, state].filter(Boolean).join(" ");
  const lines = [line1, line2, place, country].flatMap((line) => (line ? [html`<p>${line}</p>`] : []));
  const ids = taxIds.map(({ type, value }) => html`<p class="quiet">${type} ${value}</p>`);
  const register = registration === "" ? nothing : html`<p class="quiet">${registration}</p>`;
  return html`<address><p><strong>${name}</strong></p>${lines}${ids}${register}</address>`;
}

/** Whom it is from, in a row of its own. */
const sellerOf = (json = ""): Markup =>
  json === ""
    ? nothing
    : html`
  <section><p class="quiet">From</p>${partyOf(json)}</section>`;

const dueOf = (document: ShownDocument): Markup =>
  "dueDate" in document && document.dueDate !== undefined
    ? html`
      <p>To be paid until ${document.dueDate}</p>`
    : nothing;

const stepOf = ({ kind, quantity, amount, per }: StepRow): string => {
  if (kind === "INCLUDED") return `${quantity} included`;
  if (kind === "PERCENT") return `${amount} %`;
  if (kind === "UNITS" || kind === "PACKAGES")
    return `${quantity} at ${amount}${per === "1" ? "" : ` for ${per}`}`;
  if (kind === "SHARE") return quantity === per ? amount : `${amount} for a part of the month`;
  return amount;
};

/** How a line comes about, where that is more than its amount. */
function stepsOf({ kind, steps }: LineRow): Markup {
  if (kind !== "USAGE" && kind !== "FEE" && kind !== "DISCOUNT") return nothing;
  return html`<br><small>${steps.map(stepOf).join(", ")}</small>`;
}

const nameOf = ({ kind, name }: LineRow): string => (kind === "MINIMUM" ? "Up to the minimum" : name);

/** A line of a credit note has the place of the line that it credits. */
const placeOf = (line: LineRow | CreditRow, i: number): number =>
  "correctsLine" in line ? line.correctsLine : i + 1;

const rowOf = (line: LineRow, i: number): Markup => html`
      <tr>
        <td class="number">${placeOf(line, i)}</td>
        <td>${nameOf(line)}${line.forMonth === "" ? "" : `, ${line.forMonth}`}${stepsOf(line)}</td>
        <td class="number">${line.meter === "" ? "" : line.quantity}</td>
        <td class="number">${line.taxRate} %</td>
        <td class="number">${line.amount}</td>
      </tr>`;

const taxOf =
  (currency: string) =>
  ({ category, rate, net, tax, included }: TaxRow): Markup =>
    html`
      <tr><td colspan="4" class="number">Tax ${rate} % (${category}) on ${net} ${currency}${included ? ", contained in the amounts" : ""}</td><td class="number">${tax}</td></tr>`;

/** What a reader has to know besides. */
function notesOf(document: ShownDocument): readonly Markup[] {
  if ("corrects" in document) return [html`<p>Corrects invoice ${document.corrects}: ${document.reason}</p>`];
  const unpriced = document.unpriced.map(
    ({ meter, quantity }) => html`<p class="quiet">Without a price: ${quantity} of ${meter}</p>`,
  );
  return document.missingEventCount === "0"
    ? unpriced
    : [
        ...unpriced,
        html`<p class="quiet">Usage events that never arrived: ${document.missingEventCount}</p>`,
      ];
}

/** invoicePage is an invoice, a draft or a credit note as a page of HTML. It needs no other file, runs no script, and is equal for equal input. */
export function invoicePage(document: ShownDocument, sha256: string): string {
  const { currency, timeZone, month, periodStart, periodEnd, issueDate, lines, taxes, net, tax, total } =
    document;
  const title = titleOf(document);
  const page = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>${title}</title>
  <style>${new Markup(STYLE)}</style>
</head>
<body>
  <header>
    <div>
      <h1>${title}</h1>
      ${issueDate === "" ? nothing : html`<p>Date ${issueDate}</p>`}${dueOf(document)}
      <p>For ${month}: ${dayOf(periodStart, timeZone, false)} to ${dayOf(periodEnd, timeZone, true)} (${timeZone})</p>
      ${document.subscriptionId === "" ? nothing : html`<p>Subscription ${document.subscriptionId}</p>`}
    </div>
    ${partyOf(document.customerJson)}
  </header>${sellerOf(document.sellerJson)}
  <table>
    <thead><tr><th class="number">No</th><th>What</th><th class="number">Quantity</th><th class="number">Tax</th><th class="number">${currency}</th></tr></thead>
    <tbody>${lines.map(rowOf)}
    </tbody>
    <tfoot>
      <tr><td colspan="4" class="number">Net</td><td class="number">${net}</td></tr>${taxes.map(taxOf(currency))}
      <tr><td colspan="4" class="number">Taxes</td><td class="number">${tax}</td></tr>
      <tr><td colspan="4" class="number">Total ${currency}</td><td class="number">${total}</td></tr>
    </tfoot>
  </table>
  ${notesOf(document)}
  ${sha256 === "" ? nothing : html`<p class="quiet">SHA-256 of the stored document: ${sha256}</p>`}
</body>
</html>
`;
  return page.html;
}
