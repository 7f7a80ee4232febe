import { addEvent } from "../billing-events/add-event.ts";
import type { Session } from "../usage-store/database.ts";
import type { StoredCreditNote } from "./credit-note-store.ts";
import type { Draft } from "./drafts.ts";
import type { Deed } from "./invoice-events.ts";
import type { StoredInvoice } from "./invoice-store.ts";

type When = Pick<Deed, "nowUnixMs">;

/*
 * A database that is restored from a backup gives numbers again: to the same documents, of which receivers have the event, or to others, which they have not.
 * So events are told apart by what the documents say, and not by their numbers alone.
 */

/** announceInvoice writes the event of a final invoice, in the transaction that makes it final. */
export const announceInvoice = (
  session: Session,
  { document, sha256 }: StoredInvoice,
  { nowUnixMs: timeUnixMs }: When,
): Promise<void> =>
  addEvent(
    session,
    {
      accountId: document.accountId,
      type: "invoice.finalized",
      subject: document.number,
      timeUnixMs,
      content: { invoice: document, sha256 },
    },
    sha256,
  );

/** announceCreditNote writes the event of a credit note, which is about the invoice that it corrects. */
export const announceCreditNote = (
  session: Session,
  { document, sha256 }: StoredCreditNote,
  { nowUnixMs: timeUnixMs }: When,
): Promise<void> =>
  addEvent(
    session,
    {
      accountId: document.accountId,
      type: "invoice.credited",
      subject: document.corrects,
      timeUnixMs,
      content: { creditNote: document, sha256 },
    },
    sha256,
  );

/** announceDraft writes the event of a draft that was made or given up. */
export function announceDraft(
  session: Session,
  type: "invoice.drafted" | "invoice.voided",
  { number, terms }: Draft,
  { nowUnixMs: timeUnixMs, reason }: When & { readonly reason: string },
): Promise<void> {
  const { accountId, subscriptionId, month } = terms;
  const content = { draft: { number, accountId, subscriptionId, month }, reason };
  return addEvent(
    session,
    { accountId, type, subject: number, timeUnixMs, content },
    JSON.stringify([terms, reason]),
  );
}
