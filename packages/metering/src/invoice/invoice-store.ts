import { createHash } from "node:crypto";
import { documentText, type GivenTerms, type InvoiceDocument } from "@tollgate/billing";
import type { Row, Session } from "../usage-store/database.ts";
import { conditionOf, type InvoiceFilter } from "./document-filter.ts";

/** StoredInvoice is a final invoice, with the terms that it was made by. */
export interface StoredInvoice {
  readonly document: InvoiceDocument;
  readonly terms: GivenTerms;
  readonly sha256: string;
}

const fromRow = (row: Row): StoredInvoice => ({
  document: JSON.parse(String(row["document"])) as InvoiceDocument,
  terms: JSON.parse(String(row["terms"])) as GivenTerms,
  sha256: String(row["sha256"]),
});

const COLUMNS = "document, terms, sha256";
const LISTED_MAX = 1_000;

/** listInvoices are final invoices, the latest numbers first. */
export async function listInvoices(
  session: Session,
  filter: InvoiceFilter,
): Promise<readonly StoredInvoice[]> {
  const { where, parameters, number } = conditionOf(filter);
  const rows = await session.query(
    `SELECT ${COLUMNS} FROM invoices WHERE ${where} ORDER BY ${number} DESC LIMIT ${LISTED_MAX}`,
    parameters,
  );
  return rows.map(fromRow);
}

/** findInvoice is the invoice with a number. */
export async function findInvoice(
  session: Session,
  accountId: string,
  number: string,
): Promise<StoredInvoice | undefined> {
  const rows = await session.query(`SELECT ${COLUMNS} FROM invoices WHERE account_id = $1 AND number = $2`, [
    accountId,
    number,
  ]);
  return rows.map(fromRow)[0];
}

/** addInvoice stores a final invoice. There is no statement that changes one. */
export async function addInvoice(
  session: Session,
  document: InvoiceDocument,
  terms: GivenTerms,
): Promise<StoredInvoice> {
  const text = documentText(document);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const { accountId, number, subscriptionId, month } = document;
  await session.query(
    `INSERT INTO invoices (account_id, number, subscription_id, month, document, terms, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [accountId, number, subscriptionId, month, text, JSON.stringify(terms), sha256],
  );
  return { document, terms, sha256 };
}
