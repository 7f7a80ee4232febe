import { createHash } from "node:crypto";
import { type CreditNoteDocument, documentText } from "@tollgate/billing";
import type { Row, Session } from "../usage-store/database.ts";
import {
  conditionOf,
  conditionOfSubscriptions,
  type InvoiceFilter,
  NUMBER_OF_FEW,
  type SubscriptionsFilter,
} from "./document-filter.ts";

/** StoredCreditNote is a credit note as it is stored. */
export interface StoredCreditNote {
  readonly document: CreditNoteDocument;
  readonly sha256: string;
}

const fromRow = (row: Row): StoredCreditNote => ({
  document: JSON.parse(String(row["document"])) as CreditNoteDocument,
  sha256: String(row["sha256"]),
});

const LISTED_MAX = 1_000;

/** listCreditNotes are credit notes of invoices, the latest numbers first: at most 1000. */
export async function listCreditNotes(
  session: Session,
  filter: InvoiceFilter,
): Promise<readonly StoredCreditNote[]> {
  const { where, parameters, number } = conditionOf(filter);
  const rows = await session.query(
    `SELECT document, sha256 FROM credit_notes WHERE ${where} ORDER BY ${number} DESC LIMIT ${LISTED_MAX}`,
    parameters,
  );
  return rows.map(fromRow);
}

/** creditNotesOf are all credit notes of a subscription: what is left to credit depends on every one. */
export const creditNotesOf = (
  session: Session,
  { accountId, subscriptionId }: Pick<InvoiceFilter, "accountId" | "subscriptionId">,
): Promise<readonly StoredCreditNote[]> =>
  creditNotesIn(session, { accountId, subscriptionIds: [subscriptionId] });

/** creditNotesIn are all credit notes of some subscriptions. */
export async function creditNotesIn(
  session: Session,
  of: SubscriptionsFilter,
): Promise<readonly StoredCreditNote[]> {
  const { where, parameters } = conditionOfSubscriptions(of);
  const rows = await session.query(
    `SELECT document, sha256 FROM credit_notes WHERE ${where} ORDER BY ${NUMBER_OF_FEW}`,
    parameters,
  );
  return rows.map(fromRow);
}

/** creditNotesFor are all credit notes of some invoices, at most as many as are listed at once. */
export async function creditNotesFor(
  session: Session,
  accountId: string,
  invoiceNumbers: readonly string[],
): Promise<readonly StoredCreditNote[]> {
  if (invoiceNumbers.length === 0) return [];
  const places = invoiceNumbers.map((_, i) => `$${i + 2}`).join(", ");
  const rows = await session.query(
    `SELECT document, sha256 FROM credit_notes WHERE account_id = $1 AND invoice_number IN (${places})`,
    [accountId, ...invoiceNumbers],
  );
  return rows.map(fromRow);
}

/** findCreditNote is the credit note with a number. */
export async function findCreditNote(
  session: Session,
  accountId: string,
  number: string,
): Promise<StoredCreditNote | undefined> {
  const rows = await session.query(
    "SELECT document, sha256 FROM credit_notes WHERE account_id = $1 AND number = $2",
    [accountId, number],
  );
  return rows.map(fromRow)[0];
}

/** addCreditNote stores a credit note. There is no statement that changes one. */
export async function addCreditNote(
  session: Session,
  document: CreditNoteDocument,
): Promise<StoredCreditNote> {
  const text = documentText(document);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const { accountId, number, subscriptionId, month, corrects } = document;
  await session.query(
    `INSERT INTO credit_notes (account_id, number, invoice_number, subscription_id, month, document, sha256)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [accountId, number, corrects, subscriptionId, month, text, sha256],
  );
  return { document, sha256 };
}
