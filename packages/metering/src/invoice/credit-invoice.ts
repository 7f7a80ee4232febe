import { CreditRefused, creditNote, type WantedCredit } from "@tollgate/billing";
import { reasonOf } from "../reason.ts";
import { Refusal } from "../refusal.ts";
import type { Database } from "../usage-store/database.ts";
import { announceCreditNote } from "./announce.ts";
import { addCreditNote, creditNotesOf, type StoredCreditNote } from "./credit-note-store.ts";
import { nextNumbers } from "./document-number.ts";
import { type Deed, recordEvents } from "./invoice-events.ts";
import { findInvoice, listInvoices } from "./invoice-store.ts";
import { issueDateOf } from "./issue-date.ts";

export interface CreditOptions extends Deed {
  readonly accountId: string;
  readonly number: string;
  /** Empty: everything that is left. */
  readonly wanted: readonly WantedCredit[];
  readonly reason: string;
  /** Empty: none. */
  readonly reference: string;
  /** Empty: today in UTC. */
  readonly issueDate: string;
}

const REFERENCE_MAX = 200;

/** creditInvoice is BillingService.CreditInvoice: it takes back what a final invoice charges, or a part of it. */
export async function creditInvoice(database: Database, options: CreditOptions): Promise<StoredCreditNote> {
  const { accountId, number, wanted, reference } = options;
  const reason = reasonOf(options.reason);
  if (reference.length > REFERENCE_MAX)
    throw new Refusal(`reference must have at most ${REFERENCE_MAX} characters`);
  const issueDate = issueDateOf(options.issueDate, options.nowUnixMs);
  return await database.exclusive(async (session) => {
    const found = await findInvoice(session, accountId, number);
    if (!found) throw new Refusal(`there is no invoice '${number}'`, "not-found");
    const { document: invoice } = found;
    const of = { accountId, subscriptionId: invoice.subscriptionId, month: "" };
    const known = await creditNotesOf(session, of);
    const repeated = known.find(
      ({ document }) => reference !== "" && document.corrects === number && document.reference === reference,
    );
    if (repeated) return repeated;
    if (issueDate < invoice.issueDate)
      throw new Refusal(`issue_date '${issueDate}' must not be before the invoice's, ${invoice.issueDate}`);
    const invoices = (await listInvoices(session, of)).map(({ document }) => document);
    const creditNotes = known.map(({ document }) => document);
    const make = (creditNumber: string) =>
      creditNote({
        invoice,
        invoices,
        creditNotes,
        wanted,
        number: creditNumber,
        issueDate,
        reason,
        reference,
      });
    try {
      // What is refused takes no number: the transaction ends with it.
      const [next = ""] = await nextNumbers(session, accountId, "CN", issueDate, 1);
      const stored = await addCreditNote(session, make(next));
      await recordEvents(
        session,
        [{ accountId, action: "CREDITED", document: number, reason: `${stored.document.number}: ${reason}` }],
        options,
      );
      await announceCreditNote(session, stored, options);
      return stored;
    } catch (error) {
      if (error instanceof CreditRefused) throw new Refusal(error.message, "precondition");
      throw error;
    }
  });
}
