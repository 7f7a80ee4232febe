import { type GivenTerms, readTerms } from "@tollgate/billing";
import { reasonOf } from "../reason.ts";
import { Refusal } from "../refusal.ts";
import type { Database } from "../usage-store/database.ts";
import { announceDraft } from "./announce.ts";
import { addDraft, type Draft, endDraft, findDraft, openDraft } from "./drafts.ts";
import { type Deed, recordEvents } from "./invoice-events.ts";
import { findInvoice, listInvoices } from "./invoice-store.ts";
import { refuseOpen, subscribedTerms } from "./subscribed-terms.ts";

/**
 * draftInvoice is BillingService.DraftInvoice: it fixes the terms of a month that has ended, so that price plans, keys and customers can change
 * before its invoice is final. What is used is not fixed.
 */
export async function draftInvoice(database: Database, given: GivenTerms, deed: Deed): Promise<Draft> {
  const terms = subscribedTerms(readTerms(given));
  const { accountId, subscriptionId, month } = terms.given;
  refuseOpen(terms, deed.nowUnixMs, 0);
  return await database.exclusive(async (session) => {
    const of = { accountId, subscriptionId, month };
    const [final] = await listInvoices(session, of);
    if (final) throw new Refusal(`${month} has a final invoice, ${final.document.number}`, "precondition");
    const known = await openDraft(session, of);
    if (known) return known;
    const draft = await addDraft(session, terms.given);
    await recordEvents(session, [{ accountId, action: "DRAFTED", document: draft.number, reason: "" }], deed);
    await announceDraft(session, "invoice.drafted", draft, { ...deed, reason: "" });
    return draft;
  });
}

export interface VoidOptions extends Deed {
  readonly accountId: string;
  readonly number: string;
  readonly reason: string;
}

const mustBeCredited = (number: string): Refusal =>
  new Refusal(`'${number}' is final, and what has a number is never void: credit it instead`, "precondition");

/** voidDraft is BillingService.VoidDraft: it gives a draft up. Its month can be drafted again, with other terms. */
export async function voidDraft(database: Database, options: VoidOptions): Promise<Draft> {
  const { accountId, number } = options;
  const reason = reasonOf(options.reason);
  return await database.exclusive(async (session) => {
    const draft = await findDraft(session, accountId, number);
    if (!draft) {
      if (await findInvoice(session, accountId, number)) throw mustBeCredited(number);
      throw new Refusal(`there is no draft '${number}'`, "not-found");
    }
    if (draft.state === "FINAL") throw mustBeCredited(draft.invoiceNumber);
    if (draft.state === "VOID") return draft;
    await endDraft(session, draft, "VOID");
    await recordEvents(session, [{ accountId, action: "VOIDED", document: number, reason }], options);
    await announceDraft(session, "invoice.voided", draft, { ...options, reason });
    return { ...draft, state: "VOID" };
  });
}
