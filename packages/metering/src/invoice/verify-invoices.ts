import { createHash } from "node:crypto";
import {
  adjustmentsOf,
  type CreditNoteDocument,
  documentText,
  formatAmount,
  type InvoiceDocument,
  readStoredTerms,
  wrongSums,
} from "@tollgate/billing";
import type { Session } from "../usage-store/database.ts";
import { type Books, readBooks } from "./books.ts";
import { isDropped, ratedUsage, rowsFor } from "./charge-period.ts";
import { type InvoiceFilter, refuseNoMonth } from "./document-filter.ts";

/** InvoiceProblem is something about an invoice that cannot be. */
export interface InvoiceProblem {
  /** Of the document, or of the series with a hole. */
  readonly number: string;
  readonly problem: string;
}

/** Verification is what was looked at, and what is wrong with it. */
export interface Verification {
  readonly documentCount: number;
  readonly problems: readonly InvoiceProblem[];
}

const sha256Of = (document: object): string =>
  createHash("sha256").update(documentText(document)).digest("hex");

function documentProblems({
  document,
  sha256,
}: {
  readonly document: InvoiceDocument | CreditNoteDocument;
  readonly sha256: string;
}): readonly InvoiceProblem[] {
  const { number } = document;
  const altered = sha256Of(document) === sha256 ? [] : ["it is not what was stored: its SHA-256 is another"];
  return [...altered, ...wrongSums(document)].map((problem) => ({ number, problem }));
}

const differenceText = (micros: bigint, currency: string): string =>
  micros < 0n
    ? `${formatAmount(-micros, currency)} ${currency} less`
    : `${formatAmount(micros, currency)} ${currency} more`;

/** A month that had no late usage since all of it was charged must come to what was charged. */
async function ledgerProblems(
  session: Session,
  { invoices, creditNotes, keptFromUnixMs, ratedMonths: known, rateable }: Books,
  month: string,
): Promise<readonly InvoiceProblem[]> {
  const problems: InvoiceProblem[] = [];
  for (const { document, terms } of invoices) {
    if (month !== "" && document.month !== month) continue;
    const { changeCount } = rateable(terms);
    if (known.get(document.month) !== changeCount) continue;
    const own = readStoredTerms(terms);
    if (isDropped(own, keptFromUnixMs)) continue;
    const [rows, credits] = [rowsFor(document.month, invoices), rowsFor(document.month, creditNotes)];
    const rating = await ratedUsage(session, own);
    for (const { line } of adjustmentsOf({ period: own.period, rating, rows, credits }))
      problems.push({
        number: document.number,
        problem: `the usage of ${document.month} that is stored comes to ${differenceText(line.amountMicros, rating.currency)} for '${line.id}' than was charged, and none of it arrived late`,
      });
  }
  return problems;
}

const NUMBER = /^(?<series>[A-Z]+)-(?<year>\d{4})-(?<place>\d+)$/;

/** Numbers that were given and are of no document. */
async function holes(session: Session, accountId: string): Promise<readonly InvoiceProblem[]> {
  const given = await session.query(
    "SELECT series, year, last_number FROM document_numbers WHERE account_id = $1 ORDER BY series, year",
    [accountId],
  );
  const found = await session.query(
    "SELECT number FROM invoices WHERE account_id = $1 UNION ALL SELECT number FROM credit_notes WHERE account_id = $1",
    [accountId],
  );
  const places = Map.groupBy(
    found.map((row) => NUMBER.exec(String(row["number"]))?.groups),
    (groups) => `${groups?.["series"]}-${groups?.["year"]}`,
  );
  return given.flatMap((row) => {
    const series = `${row["series"]}-${row["year"]}`;
    const taken = new Set((places.get(series) ?? []).map((groups) => Number(groups?.["place"])));
    const missing = Array.from({ length: Number(row["last_number"]) }, (_, i) => i + 1).filter(
      (place) => !taken.has(place),
    );
    const [first] = missing;
    return first === undefined
      ? []
      : [
          {
            number: series,
            problem: `${missing.length} of its numbers are of no document, the first is ${first}`,
          },
        ];
  });
}

async function subscriptionsOf(session: Session, { accountId, subscriptionId }: InvoiceFilter) {
  const rows = await session.query(
    "SELECT DISTINCT subscription_id FROM invoices WHERE account_id = $1 AND ($2 = '' OR subscription_id = $2) ORDER BY subscription_id",
    [accountId, subscriptionId],
  );
  return rows.map((row) => String(row["subscription_id"]));
}

/** verifySubscription looks at the documents of one subscription. */
export async function verifySubscription(
  session: Session,
  { accountId, subscriptionId, month }: InvoiceFilter,
): Promise<Verification> {
  const booksOf = await readBooks(session, { accountId, subscriptionIds: [subscriptionId] });
  const books = booksOf(subscriptionId);
  const { invoices, creditNotes } = books;
  const documents = [...invoices, ...creditNotes].filter(
    ({ document }) => month === "" || document.month === month,
  );
  const wrong = documents.flatMap(documentProblems);
  return {
    documentCount: documents.length,
    problems: [...wrong, ...(await ledgerProblems(session, books, month))],
  };
}

/**
 * verifyInvoices is BillingService.VerifyInvoices: whether documents are what was stored, add up, have numbers without holes, and charge what is
 * stored of usage. It reads one subscription at a time.
 */
export async function verifyInvoices(session: Session, of: InvoiceFilter): Promise<Verification> {
  const { accountId, month } = of;
  refuseNoMonth(of);
  const problems: InvoiceProblem[] = [...(await holes(session, accountId))];
  let documentCount = 0;
  for (const subscriptionId of await subscriptionsOf(session, of)) {
    const found = await verifySubscription(session, { accountId, subscriptionId, month });
    documentCount += found.documentCount;
    problems.push(...found.problems);
  }
  return { documentCount, problems };
}
