import { currencyDecimals } from "@tollgate/config";
import type { CreditNoteDocument } from "../invoice/credit-note.ts";
import type { InvoiceDocument, TaxRow } from "../invoice/document.ts";
import type { LineRow } from "../invoice/line-row.ts";
import { formatAmount, parseAmount } from "../money/micros.ts";
import { html, type Markup } from "../page/html.ts";
import { dayOf } from "../period/day.ts";
import type { TaxRule } from "../rating/line.ts";
import { ruleName } from "../rating/tax.ts";
import { element } from "./element.ts";
import { netAmounts } from "./net-amounts.ts";
import { otherIdOf, partyOf, readParty, type UblParty, vatIdOf } from "./party.ts";

/** UblImpossible is the expected failure for a document that EN 16931 does not allow, with everything that it lacks. */
export class UblImpossible extends Error {
  constructor(lacks: readonly string[]) {
    super(`EN 16931 does not allow it: ${lacks.join("; ")}`);
  }
}

type UblSource = InvoiceDocument | CreditNoteDocument;

/** EN 16931 itself, without rules of a country or a network. */
const CUSTOMIZATION = "urn:cen.eu:en16931:2017";
/** UNTDID 1001. */
const INVOICE = "380";
const CREDIT_NOTE = "381";
/** UN/ECE Recommendation 20: one. Units of meters are no units of trade: a line is one of its amount. */
const ONE = "C62";
const DECIMALS_MAX = 2;

/** Why there is no tax, which categories other than S and Z have to say (BR-E-10, BR-AE-10, BR-O-10). */
const exemptions: Readonly<Record<string, string>> = {
  E: "Exempt from VAT",
  AE: "Reverse charge",
  O: "Not subject to VAT",
};
const NOT_SUBJECT = "O";

/** TaxGroup is the tax of one category and rate, whether amounts contain it or not. */
interface TaxGroup {
  readonly category: string;
  readonly rate: string;
  readonly netMicros: bigint;
  readonly taxMicros: bigint;
}

/** EN 16931 has one breakdown for each category and rate (BG-23). */
function groupsOf(taxes: readonly TaxRow[], currency: string): readonly TaxGroup[] {
  const groups = Map.groupBy(taxes, ({ category, rate }) =>
    ruleName({ category: category as TaxRule["category"], rate, isIncluded: false }),
  );
  const sum = (rows: readonly TaxRow[], member: "net" | "tax") =>
    rows.reduce((all, row) => all + parseAmount(row[member], currency), 0n);
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows;
    if (!first) return [];
    const { category, rate } = first;
    return [{ category, rate, netMicros: sum(rows, "net"), taxMicros: sum(rows, "tax") }];
  });
}

interface Parties {
  readonly seller: UblParty;
  readonly buyer: UblParty;
}

/** What a document lacks, in sentences. */
function* lacksOf(
  { currency, number, taxes, lines }: UblSource,
  { seller, buyer }: Parties,
): Generator<string> {
  const categories = new Set(taxes.map(({ category }) => category));
  const isTaxed = [...categories].some((category) => category !== NOT_SUBJECT);
  if (number === "" || number.startsWith("DRAFT-")) yield "it has no number before it is final";
  if (lines.length === 0) yield "it has no line";
  if (currencyDecimals(currency) > DECIMALS_MAX)
    yield `amounts in ${currency} have ${currencyDecimals(currency)} decimals, and two are the most`;
  if (seller.name === "") yield "it has no seller: apply one (kind: Seller) before the invoice is final";
  else if (!seller.address["country"]) yield "the seller has no address.country";
  if (buyer.name === "") yield "the customer has no name";
  if (!buyer.address["country"]) yield "the customer has no address.country";
  if (categories.has(NOT_SUBJECT) && isTaxed)
    yield "some lines are not subject to VAT (category O), and others are: it can be only one of both";
  if (isTaxed && seller.name !== "" && vatIdOf(seller) === undefined)
    yield "the seller has no VAT id (taxIds with a type such as EU_VAT)";
  if (!isTaxed && seller.name !== "" && otherIdOf(seller) === undefined)
    yield "the seller has no registration, which names it where nothing is subject to VAT";
  if (categories.has("AE") && vatIdOf(buyer) === undefined)
    yield "the customer has no VAT id, which a reverse charge needs";
}

/** A rate as EN 16931 writes it; what is not subject to VAT has none. */
const percentOf = ({ category, rate }: { readonly category: string; readonly rate: string }): Markup =>
  element("cbc:Percent", category === NOT_SUBJECT ? undefined : rate);

const vat = (): Markup => element("cac:TaxScheme", [element("cbc:ID", "VAT")]);

/** Elements with amounts of one currency. */
const amountIn = (currency: string) => (name: string, micros: bigint) =>
  element(name, formatAmount(micros, currency), { currencyID: currency });

function taxTotalOf(groups: readonly TaxGroup[], currency: string): Markup {
  const amount = amountIn(currency);
  const taxMicros = groups.reduce((all, group) => all + group.taxMicros, 0n);
  return element("cac:TaxTotal", [
    amount("cbc:TaxAmount", taxMicros),
    ...groups.map((group) =>
      element("cac:TaxSubtotal", [
        amount("cbc:TaxableAmount", group.netMicros),
        amount("cbc:TaxAmount", group.taxMicros),
        element("cac:TaxCategory", [
          element("cbc:ID", group.category),
          percentOf(group),
          element("cbc:TaxExemptionReason", exemptions[group.category]),
          vat(),
        ]),
      ]),
    ),
  ]);
}

/** The days of a document's or a line's time. */
const periodOf = (start: string, end: string, timeZone: string): Markup =>
  element("cac:InvoicePeriod", [
    element("cbc:StartDate", dayOf(start, timeZone, false)),
    element("cbc:EndDate", dayOf(end, timeZone, true)),
  ]);

const nameOf = ({ kind, name, forMonth }: LineRow): string =>
  `${kind === "MINIMUM" ? "Up to the minimum" : name}${forMonth === "" ? "" : `, ${forMonth}`}`;

interface LineContext {
  readonly currency: string;
  readonly timeZone: string;
  readonly isCredit: boolean;
}

/** A price must not be below 0 (BR-27): what lowers a bill is minus one of it. */
function lineOf(
  line: LineRow,
  i: number,
  netMicros: bigint,
  { currency, timeZone, isCredit }: LineContext,
): Markup {
  const amount = amountIn(currency);
  const isNegative = netMicros < 0n;
  return element(isCredit ? "cac:CreditNoteLine" : "cac:InvoiceLine", [
    element("cbc:ID", `${i + 1}`),
    element("cbc:Note", line.meter === "" ? undefined : `${line.quantity} of ${line.meter}`),
    element(isCredit ? "cbc:CreditedQuantity" : "cbc:InvoicedQuantity", isNegative ? "-1" : "1", {
      unitCode: ONE,
    }),
    amount("cbc:LineExtensionAmount", netMicros),
    periodOf(line.start, line.end, timeZone),
    element("cac:Item", [
      element("cbc:Name", nameOf(line)),
      element("cac:ClassifiedTaxCategory", [
        element("cbc:ID", line.taxCategory),
        percentOf({ category: line.taxCategory, rate: line.taxRate }),
        vat(),
      ]),
    ]),
    element("cac:Price", [amount("cbc:PriceAmount", isNegative ? -netMicros : netMicros)]),
  ]);
}

function totalsOf({ net, tax, total, currency }: UblSource): Markup {
  const amount = amountIn(currency);
  const micros = (text: string) => parseAmount(text, currency);
  return element("cac:LegalMonetaryTotal", [
    amount("cbc:LineExtensionAmount", micros(net)),
    amount("cbc:TaxExclusiveAmount", micros(net)),
    amount("cbc:TaxInclusiveAmount", micros(net) + micros(tax)),
    amount("cbc:PayableAmount", micros(total)),
  ]);
}

/** When it is to be paid, which an invoice with something to pay has to say (BR-CO-25). */
const termsOf = (document: UblSource): string =>
  "corrects" in document
    ? "Credited"
    : document.dueDate === undefined
      ? "Payable on receipt"
      : `Payable until ${document.dueDate}`;

const NAMESPACES = {
  "xmlns:cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
  "xmlns:cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
};
const rootOf = (name: "Invoice" | "CreditNote", content: readonly Markup[]): Markup =>
  element(name, content, { xmlns: `urn:oasis:names:specification:ubl:schema:xsd:${name}-2`, ...NAMESPACES });

/**
 * ublDocument is a final invoice or a credit note in UBL 2.1, as EN 16931 has it. It is equal for equal input. It throws UblImpossible if
 * something that the standard needs is missing.
 */
export function ublDocument(document: UblSource): string {
  const { currency, timeZone, number, issueDate, lines, taxes, periodStart, periodEnd } = document;
  const parties = { seller: readParty(document.sellerJson ?? ""), buyer: readParty(document.customerJson) };
  const lacks = [...lacksOf(document, parties)];
  if (lacks.length > 0) throw new UblImpossible(lacks);
  const isCredit = "corrects" in document;
  const hasVat = taxes.some(({ category }) => category !== NOT_SUBJECT);
  const nets = netAmounts(document);
  const xml = rootOf(isCredit ? "CreditNote" : "Invoice", [
    element("cbc:CustomizationID", CUSTOMIZATION),
    element("cbc:ID", number),
    element("cbc:IssueDate", issueDate),
    ...(isCredit ? [] : [element("cbc:DueDate", document.dueDate)]),
    element(isCredit ? "cbc:CreditNoteTypeCode" : "cbc:InvoiceTypeCode", isCredit ? CREDIT_NOTE : INVOICE),
    element("cbc:Note", isCredit ? document.reason : undefined),
    element("cbc:DocumentCurrencyCode", currency),
    periodOf(periodStart, periodEnd, timeZone),
    element(
      "cac:BillingReference",
      isCredit
        ? [element("cac:InvoiceDocumentReference", [element("cbc:ID", document.corrects)])]
        : undefined,
    ),
    element("cac:AccountingSupplierParty", [partyOf(parties.seller, { hasVat })]),
    element("cac:AccountingCustomerParty", [partyOf(parties.buyer, { hasVat })]),
    element("cac:PaymentTerms", [element("cbc:Note", termsOf(document))]),
    taxTotalOf(groupsOf(taxes, currency), currency),
    totalsOf(document),
    ...lines.map((line, i) => lineOf(line, i, nets[i] ?? 0n, { currency, timeZone, isCredit })),
  ]);
  return html`<?xml version="1.0" encoding="UTF-8"?>
${xml}
`.html;
}
