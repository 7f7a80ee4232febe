import {
  type Adjustment,
  adjustmentsOf,
  type Credit,
  creditsLeft,
  type LineRow,
  type Rating,
  type RatingInput,
  ratePeriod,
  readStoredTerms,
  type Terms,
} from "@tollgate/billing";
import { Refusal } from "../refusal.ts";
import type { Session } from "../usage-store/database.ts";
import { creditNotesOf, type StoredCreditNote } from "./credit-note-store.ts";
import { listInvoices, type StoredInvoice } from "./invoice-store.ts";
import { meteredUsage } from "./metered-usage.ts";
import { type RatedMonth, rateable, ratedMonths } from "./rated-months.ts";

/** Charges is what a period is charged, and what earlier periods are charged with it. */
export interface Charges {
  readonly rating: Rating;
  readonly adjustments: readonly Adjustment[];
  /** What earlier invoices carried forward. */
  readonly credits: readonly Credit[];
  /** The months that were rated for it. */
  readonly rated: readonly RatedMonth[];
}

/** ratingInput is what terms and usage say of a period. */
export const ratingInput = async (session: Session, terms: Terms): Promise<RatingInput> => ({
  plan: terms.plan,
  period: terms.period,
  active: terms.active,
  usage: await meteredUsage(session, terms),
});

/** ratedUsage is what terms charge for their own period. */
export const ratedUsage = async (session: Session, terms: Terms): Promise<Rating> =>
  ratePeriod(await ratingInput(session, terms));

/** All documents of a subscription that are final. */
interface Final {
  readonly invoices: readonly StoredInvoice[];
  readonly creditNotes: readonly StoredCreditNote[];
}

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
  { invoices, creditNotes }: Final,
): Promise<Pick<Charges, "adjustments" | "rated">> {
  const known = await ratedMonths(session, given);
  const rated: RatedMonth[] = [];
  const earlier = invoices
    .filter(({ document }) => document.month < given.month)
    .sort((a, b) => (a.document.month < b.document.month ? -1 : 1));
  const adjustments: Adjustment[] = [];
  for (const { terms } of earlier) {
    const found = await rateable(session, terms);
    // All that there is of it was charged already.
    if (known.get(found.month) === found.changeCount) continue;
    rated.push(found);
    const own = readStoredTerms(terms);
    const rating = await ratedUsage(session, own);
    const { period } = own;
    const { month } = period;
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
  const { accountId, subscriptionId } = given;
  if (subscriptionId === "")
    return { rating: await ratedUsage(session, terms), adjustments: [], credits: [], rated: [] };
  const own = await rateable(session, given);
  const rating = await ratedUsage(session, terms);
  const of = { accountId, subscriptionId, month: "" };
  const invoices = await listInvoices(session, of);
  const creditNotes = await creditNotesOf(session, of);
  const { adjustments, rated } = await adjust(session, terms, { invoices, creditNotes });
  const credits = creditsLeft(rowsIn(rating.currency, invoices), rating.currency);
  return { rating, adjustments, credits, rated: [...rated, own] };
}
