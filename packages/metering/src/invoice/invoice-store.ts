import { createHash } from "node:crypto";
import { documentText, type GivenTerms, type InvoiceDocument } from "@tollgate/billing";
import type { AddingTable, Row, Session } from "../usage-store/database.ts";
import {
  conditionOf,
  conditionOfSubscriptions,
  type InvoiceFilter,
  NUMBER_OF_FEW,
  type SubscriptionsFilter,
} from "./document-filter.ts";

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

/** invoicesIn are all final invoices of some subscriptions, the latest numbers first. */
export async function invoicesIn(
  session: Session,
  of: SubscriptionsFilter,
): Promise<readonly StoredInvoice[]> {
  const { where, parameters } = conditionOfSubscriptions(of);
  const rows = await session.query(
    `SELECT ${COLUMNS} FROM invoices WHERE ${where} ORDER BY ${NUMBER_OF_FEW} DESC`,
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

const TEXT = "TEXT" as const;

const table: AddingTable = {
  name: "invoices",
  columns: ["account_id", "number", "subscription_id", "month", "document", "terms", "sha256"].map(
    (name) => ({
      name,
      type: TEXT,
    }),
  ),
  key: ["account_id", "number"],
};

/** NewInvoice is an invoice that becomes final, and the terms that it is made by. */
export type NewInvoice = Pick<StoredInvoice, "document" | "terms">;

/** addInvoices stores final invoices. There is no statement that changes one. */
export async function addInvoices(
  session: Session,
  invoices: readonly NewInvoice[],
): Promise<readonly StoredInvoice[]> {
  const made = invoices.map(({ document, terms }) => {
    const text = documentText(document);
    return { text, document, terms, sha256: createHash("sha256").update(text).digest("hex") };
  });
  await session.add(
    table,
    made.map(({ text, document: { accountId, number, subscriptionId, month }, terms, sha256 }) => [
      accountId,
      number,
      subscriptionId,
      month,
      text,
      JSON.stringify(terms),
      sha256,
    ]),
  );
  return made.map(({ document, terms, sha256 }) => ({ document, terms, sha256 }));
}
