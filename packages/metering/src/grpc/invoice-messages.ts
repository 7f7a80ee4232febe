import {
  formatAmount,
  type GivenTerms,
  type InvoiceDocument,
  type LineRow,
  monthPeriod,
  type Period,
  parseAmount,
} from "@tollgate/billing";
import { InvoiceKind, InvoiceState, type InvoiceTerms } from "@tollgate/proto/billing";
import type { StoredCreditNote } from "../invoice/credit-note-store.ts";
import type { Draft } from "../invoice/drafts.ts";
import type { StoredInvoice } from "../invoice/invoice-store.ts";
import { Refusal } from "../refusal.ts";

/** givenTerms are the terms of a request. */
export function givenTerms(terms: InvoiceTerms | undefined): GivenTerms {
  if (!terms) throw new Refusal("terms are missing");
  const { $typeName: _, ...given } = terms;
  return given;
}

/** toLine is a line of a document as a message. */
export const toLine = (line: LineRow) => ({
  ...line,
  quantity: BigInt(line.quantity),
  steps: line.steps.map((step) => ({
    ...step,
    quantity: BigInt(step.quantity),
    per: BigInt(step.per),
  })),
});

/** toPreview is a document that is not final as a message. */
export const toPreview = (document: InvoiceDocument) => ({
  ...document,
  state: InvoiceState.PREVIEW,
  lines: document.lines.map(toLine),
  taxes: [...document.taxes],
  unpriced: document.unpriced.map(({ meter, quantity }) => ({ meter, quantity: BigInt(quantity) })),
  missingEventCount: BigInt(document.missingEventCount),
});

const draftStates: Readonly<Record<Draft["state"], InvoiceState>> = {
  DRAFT: InvoiceState.DRAFT,
  FINAL: InvoiceState.FINAL,
  VOID: InvoiceState.VOID,
};

const instant = (unixMs: number): string => new Date(unixMs).toISOString();

const periodOf = ({ month, timeZone }: GivenTerms): Period => monthPeriod(month, timeZone || "UTC");

/** toDraft is a draft as a message, without its lines. */
export function toDraft({ number, terms, state }: Draft) {
  const { startUnixMs, endUnixMs, timeZone } = periodOf(terms);
  const { accountId, subscriptionId, month, customerJson } = terms;
  return {
    number,
    accountId,
    subscriptionId,
    month,
    timeZone,
    customerJson,
    periodStart: instant(startUnixMs),
    periodEnd: instant(endUnixMs),
    state: draftStates[state],
  };
}

/** creditedOf is what credit notes have given back of the total of an invoice. */
function creditedOf({ number, currency }: InvoiceDocument, creditNotes: readonly StoredCreditNote[]): string {
  const totals = creditNotes
    .filter(({ document }) => document.corrects === number)
    .map(({ document }) => parseAmount(document.total, currency));
  return formatAmount(
    totals.reduce((sum, micros) => sum + micros, 0n),
    currency,
  );
}

/** toInvoice is a final invoice as a message, with what credit notes have given back of it. */
export const toInvoice = ({ document, sha256 }: StoredInvoice, creditNotes: readonly StoredCreditNote[]) => ({
  ...toPreview(document),
  state: InvoiceState.FINAL,
  sha256,
  credited: creditedOf(document, creditNotes),
});

/** toCreditNote is a credit note as a message. */
export const toCreditNote = ({ document, sha256 }: StoredCreditNote) => ({
  ...document,
  kind: InvoiceKind.CREDIT_NOTE,
  state: InvoiceState.FINAL,
  sha256,
  lines: document.lines.map((line) => ({ ...toLine(line), correctsLine: line.correctsLine })),
  taxes: [...document.taxes],
});
