import type { GivenTerms } from "@tollgate/billing";
import { readKeptFrom } from "../retention/kept-from.ts";
import type { Session } from "../usage-store/database.ts";
import { creditNotesIn, type StoredCreditNote } from "./credit-note-store.ts";
import type { SubscriptionsFilter } from "./document-filter.ts";
import { type Draft, openDraftsIn } from "./drafts.ts";
import { invoicesIn, type StoredInvoice } from "./invoice-store.ts";
import { LateChanges, type RatedMonth, ratedMonthsIn } from "./rated-months.ts";

/** Books is what is stored of one subscription besides its usage. */
export interface Books {
  /** The latest numbers first. */
  readonly invoices: readonly StoredInvoice[];
  readonly creditNotes: readonly StoredCreditNote[];
  /** Usage before this time was dropped: months before it are not rated again. */
  readonly keptFromUnixMs: number;
  /** Drafts that are neither final nor void. */
  readonly drafts: readonly Draft[];
  /** Months of which everything is charged, as long as they have no more late usage than this. */
  readonly ratedMonths: ReadonlyMap<string, number>;
  /** How much late usage the month of some terms of the subscription has. */
  rateable(given: GivenTerms): RatedMonth;
}

/**
 * readBooks reads the books of some subscriptions of one account, with the late usage of terms that are given for them, too: as many statements for a hundred as for one. Late usage is
 * read before usage itself: what arrives in between makes its month be rated once more, and is never missed.
 */
export async function readBooks(
  session: Session,
  of: SubscriptionsFilter,
  givens: readonly GivenTerms[] = [],
): Promise<(subscriptionId: string) => Books> {
  const bySubscription = <T>(all: readonly T[], idOf: (one: T) => string) => Map.groupBy(all, idOf);
  const invoices = bySubscription(await invoicesIn(session, of), ({ document }) => document.subscriptionId);
  const creditNotes = bySubscription(
    await creditNotesIn(session, of),
    ({ document }) => document.subscriptionId,
  );
  const drafts = bySubscription(await openDraftsIn(session, of), ({ terms }) => terms.subscriptionId);
  const rated = await ratedMonthsIn(session, of);
  const terms = [
    ...givens,
    ...[...invoices.values()].flat().map((invoice) => invoice.terms),
    ...[...drafts.values()].flat().map((draft) => draft.terms),
  ];
  const keptFromUnixMs = await readKeptFrom(session);
  const late = await LateChanges.read(session, of.accountId, terms);
  return (subscriptionId) => ({
    invoices: invoices.get(subscriptionId) ?? [],
    creditNotes: creditNotes.get(subscriptionId) ?? [],
    keptFromUnixMs,
    drafts: drafts.get(subscriptionId) ?? [],
    ratedMonths: rated.get(subscriptionId) ?? new Map(),
    rateable: (given) => late.of(given),
  });
}
