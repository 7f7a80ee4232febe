import type { GivenTerms } from "@tollgate/billing";
import type { Row, Session } from "../usage-store/database.ts";
import {
  conditionOf,
  conditionOfSubscriptions,
  type InvoiceFilter,
  type SubscriptionsFilter,
} from "./document-filter.ts";

/** Draft has the terms of an invoice that is not final yet, or was given up. */
export interface Draft {
  /** Such as DRAFT-000001. */
  readonly number: string;
  readonly terms: GivenTerms;
  readonly state: "DRAFT" | "FINAL" | "VOID";
  /** Of the invoice that it became; empty: none. */
  readonly invoiceNumber: string;
}

const PREFIX = "DRAFT-";
const NUMBER_DIGITS = 6;

const numberOf = (draftNo: number): string => `${PREFIX}${String(draftNo).padStart(NUMBER_DIGITS, "0")}`;

/** draftNoOf is the place of a draft among those of its account; undefined: the number is not of a draft. A draft has one spelling, by which its events are found. */
function draftNoOf(number: string): number | undefined {
  if (!/^DRAFT-\d{6,15}$/.test(number)) return undefined;
  const draftNo = Number(number.slice(PREFIX.length));
  return numberOf(draftNo) === number ? draftNo : undefined;
}

const fromRow = (row: Row): Draft => ({
  number: numberOf(Number(row["draft_no"])),
  terms: JSON.parse(String(row["terms"])) as GivenTerms,
  state: String(row["state"]) as Draft["state"],
  invoiceNumber: String(row["invoice_number"]),
});

const COLUMNS = "draft_no, terms, state, invoice_number";
const LISTED_MAX = 1_000;

/** listDrafts are drafts that are not final, the latest first. */
export async function listDrafts(session: Session, filter: InvoiceFilter): Promise<readonly Draft[]> {
  const { where, parameters } = conditionOf(filter);
  const rows = await session.query(
    `SELECT ${COLUMNS} FROM invoice_drafts WHERE ${where} AND state <> 'FINAL' ORDER BY draft_no DESC LIMIT ${LISTED_MAX}`,
    parameters,
  );
  return rows.map(fromRow);
}

/** findDraft is the draft with a number. */
export async function findDraft(
  session: Session,
  accountId: string,
  number: string,
): Promise<Draft | undefined> {
  const draftNo = draftNoOf(number);
  if (draftNo === undefined) return undefined;
  const rows = await session.query(
    `SELECT ${COLUMNS} FROM invoice_drafts WHERE account_id = $1 AND draft_no = $2`,
    [accountId, draftNo],
  );
  return rows.map(fromRow)[0];
}

/** openDraft is the draft of a month that is neither final nor void. */
export async function openDraft(session: Session, of: InvoiceFilter): Promise<Draft | undefined> {
  const { where, parameters } = conditionOf(of);
  const rows = await session.query(
    `SELECT ${COLUMNS} FROM invoice_drafts WHERE ${where} AND state = 'DRAFT'`,
    parameters,
  );
  return rows.map(fromRow)[0];
}

/** openDraftsIn are the drafts of some subscriptions that are neither final nor void. */
export async function openDraftsIn(session: Session, of: SubscriptionsFilter): Promise<readonly Draft[]> {
  const { where, parameters } = conditionOfSubscriptions(of);
  const rows = await session.query(
    `SELECT ${COLUMNS} FROM invoice_drafts WHERE ${where} AND state = 'DRAFT'`,
    parameters,
  );
  return rows.map(fromRow);
}

/** addDraft stores the terms of an invoice. */
export async function addDraft(session: Session, terms: GivenTerms): Promise<Draft> {
  const { accountId, subscriptionId, month } = terms;
  const [row] = await session.query(
    `INSERT INTO invoice_drafts (account_id, draft_no, subscription_id, month, terms, state, invoice_number)
     SELECT $1, COALESCE(MAX(draft_no), 0) + 1, $2, $3, $4, 'DRAFT', '' FROM invoice_drafts WHERE account_id = $1 RETURNING draft_no`,
    [accountId, subscriptionId, month, JSON.stringify(terms)],
  );
  return { number: numberOf(Number(row?.["draft_no"])), terms, state: "DRAFT", invoiceNumber: "" };
}

/** endDraft gives a draft up, or notes the invoice that it became. */
export async function endDraft(
  session: Session,
  { number, terms }: Draft,
  state: "FINAL" | "VOID",
  invoiceNumber = "",
): Promise<void> {
  await session.query(
    "UPDATE invoice_drafts SET state = $3, invoice_number = $4 WHERE account_id = $1 AND draft_no = $2",
    [terms.accountId, draftNoOf(number) ?? 0, state, invoiceNumber],
  );
}
