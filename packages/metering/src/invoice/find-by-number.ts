import type { InvoiceDocument } from "@tollgate/billing";
import type { Session } from "../usage-store/database.ts";
import { findCreditNote, type StoredCreditNote } from "./credit-note-store.ts";
import { type Draft, findDraft } from "./drafts.ts";
import { findInvoice, type StoredInvoice } from "./invoice-store.ts";
import { previewInvoice } from "./preview-invoice.ts";

/** FoundDocument is what a number is of. */
export type FoundDocument =
  | ({ readonly kind: "invoice" } & StoredInvoice)
  | ({ readonly kind: "credit-note" } & StoredCreditNote)
  /** As its usage is now. */
  | { readonly kind: "draft"; readonly draft: Draft; readonly document: InvoiceDocument };

/** findByNumber finds an invoice, a credit note or a draft. A draft that has become an invoice is that. */
export async function findByNumber(
  session: Session,
  accountId: string,
  number: string,
  silentBeforeUnixMs: number,
): Promise<FoundDocument | undefined> {
  const draft = await findDraft(session, accountId, number);
  const invoice = await findInvoice(session, accountId, draft?.invoiceNumber || number);
  if (invoice) return { kind: "invoice", ...invoice };
  const creditNote = await findCreditNote(session, accountId, number);
  if (creditNote) return { kind: "credit-note", ...creditNote };
  if (!draft) return undefined;
  const document = await previewInvoice(session, draft.terms, silentBeforeUnixMs);
  return { kind: "draft", draft, document };
}
