import {
  type Adjustment,
  adjustmentsOf,
  type Credit,
  creditsLeft,
  type LineRow,
  type MeteredUsage,
  type Rating,
  type RatingInput,
  ratePeriod,
  readStoredTerms,
  type Terms,
} from "@tollgate/billing";
import { Refusal } from "../refusal.ts";
import { readKeptFrom, refuseGone } from "../retention/kept-from.ts";
import type { Session } from "../usage-store/database.ts";
import { type Books, readBooks } from "./books.ts";
import type { StoredInvoice } from "./invoice-store.ts";
import { meteredUsage } from "./metered-usage.ts";
import type { RatedMonth } from "./rated-months.ts";

/** Charges is what a period is charged, and what earlier periods are charged with it. */
export interface Charges {
  readonly rating: Rating;
  readonly adjustments: readonly Adjustment[];
  /** What earlier invoices carried forward. */
  readonly credits: readonly Credit[];
  /** The months that were rated for it. */
  readonly rated: readonly RatedMonth[];
}

/** isDropped is whether a part of the usage that terms charge was dropped. */
export const isDropped = ({ active }: Terms, keptFromUnixMs: number): boolean =>
  active.startUnixMs < keptFromUnixMs && active.startUnixMs < active.endUnixMs;

/** Nothing is charged by usage of which a part was dropped. */
function refuseDropped(terms: Terms, keptFromUnixMs: number): void {
  if (isDropped(terms, keptFromUnixMs))
    refuseGone(terms.period.month, terms.active.startUnixMs, keptFromUnixMs);
}

/** ratingInput is what terms and usage say of a period. */
export async function ratingInput(session: Session, terms: Terms): Promise<RatingInput> {
  const { plan, period, active } = terms;
  refuseDropped(terms, await readKeptFrom(session));
  return { plan, period, active, usage: await meteredUsage(session, terms) };
}

/** ratedUsage is what terms charge for their own period. */
export const ratedUsage = async (session: Session, terms: Terms): Promise<Rating> =>
  ratePeriod(await ratingInput(session, terms));

interface Charging {
  readonly month: string;
  readonly lines: readonly LineRow[];
}

/** rowsFor are the rows of documents that are for a month. */
export const rowsFor = (
  month: string,
  documents: readonly { readonly document: Charging }[],
): readonly LineRow[] =>
  documents.flatMap(({ document }) =>
    document.lines.filter(({ forMonth }) => (forMonth || document.month) === month),
  );

/** Usage of months with an invoice that arrived after it: each month that has some is rated by the terms of its own invoice. */
async function adjust(
  session: Session,
  { given, plan }: Terms,
  { invoices, creditNotes, keptFromUnixMs, ratedMonths: known, rateable }: Books,
): Promise<Pick<Charges, "adjustments" | "rated">> {
  const rated: RatedMonth[] = [];
  const earlier = invoices
    .filter(({ document }) => document.month < given.month)
    .sort((a, b) => (a.document.month < b.document.month ? -1 : 1));
  const adjustments: Adjustment[] = [];
  for (const { terms } of earlier) {
    const found = rateable(terms);
    // All that there is of it was charged already.
    if (known.get(found.month) === found.changeCount) continue;
    const own = readStoredTerms(terms);
    const { period } = own;
    const { month } = period;
    // What is left of its usage is not all that it charges: what arrives of it now is dropped, too.
    if (isDropped(own, keptFromUnixMs)) continue;
    rated.push(found);
    const rating = await ratedUsage(session, own);
    const rows = rowsFor(month, invoices);
    const added = adjustmentsOf({ period, rating, rows, credits: rowsFor(month, creditNotes) });
    if (added.length > 0 && rating.currency !== plan.currency)
      throw new Refusal(
        `${month} was charged in ${rating.currency} and has late usage, which an invoice in ${plan.currency} cannot charge: finalize a month in ${rating.currency} first`,
        "precondition",
      );
    adjustments.push(...added);
  }
  return { adjustments, rated };
}

/** Carried credits are taken by invoices in their currency only. */
const rowsIn = (currency: string, invoices: readonly StoredInvoice[]): readonly LineRow[] =>
  invoices.filter(({ document }) => document.currency === currency).flatMap(({ document }) => document.lines);

/** chargePeriod is what terms charge now. */
export async function chargePeriod(session: Session, terms: Terms): Promise<Charges> {
  const { given } = terms;
  if (given.subscriptionId === "")
    return { rating: await ratedUsage(session, terms), adjustments: [], credits: [], rated: [] };
  const { accountId, subscriptionId } = given;
  const booksOf = await readBooks(session, { accountId, subscriptionIds: [subscriptionId] }, [given]);
  const usage = await meteredUsage(session, terms);
  return await chargeUsage(session, terms, { books: booksOf(subscriptionId), usage });
}

/** Read is what was read of a subscription: its books first, so that no usage is missed that arrives in between. */
export interface Read {
  readonly books: Books;
  readonly usage: readonly MeteredUsage[];
}

/** chargeUsage is what terms charge for usage that was read, and for what arrived late in earlier months. */
export async function chargeUsage(session: Session, terms: Terms, { books, usage }: Read): Promise<Charges> {
  const { plan, period, active, given } = terms;
  refuseDropped(terms, books.keptFromUnixMs);
  const rating = ratePeriod({ plan, period, active, usage });
  const { adjustments, rated } = await adjust(session, terms, books);
  const credits = creditsLeft(rowsIn(rating.currency, books.invoices), rating.currency);
  return { rating, adjustments, credits, rated: [...rated, books.rateable(given)] };
}
