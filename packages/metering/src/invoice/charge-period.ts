import {
  type Adjustment,
  adjustmentsOf,
  type LineRow,
  type Rating,
  ratePeriod,
  readTerms,
  type Terms,
} from "@tollgate/billing";
import { Refusal } from "../refusal.ts";
import type { Session } from "../usage-store/database.ts";
import { listInvoices, type StoredInvoice } from "./invoice-store.ts";
import { meteredUsage } from "./metered-usage.ts";

/** Charges is what a period is charged, and what earlier periods are charged with it. */
export interface Charges {
  readonly rating: Rating;
  readonly adjustments: readonly Adjustment[];
}

/** ratedUsage is what terms charge for their own period. */
export const ratedUsage = async (session: Session, terms: Terms): Promise<Rating> =>
  ratePeriod({
    plan: terms.plan,
    period: terms.period,
    active: terms.active,
    usage: await meteredUsage(session, terms),
  });

/** The rows of all invoices that charge a month. */
const rowsFor = (month: string, invoices: readonly StoredInvoice[]): readonly LineRow[] =>
  invoices.flatMap(({ document }) =>
    document.lines.filter(({ forMonth }) => (forMonth || document.month) === month),
  );

/** Usage of months with an invoice that arrived after it: each month is rated by the terms of its own invoice. */
async function adjust(session: Session, { given, plan }: Terms): Promise<readonly Adjustment[]> {
  const { accountId, subscriptionId } = given;
  if (subscriptionId === "") return [];
  const invoices = await listInvoices(session, { accountId, subscriptionId, month: "" });
  const earlier = invoices
    .filter(({ document }) => document.month < given.month)
    .sort((a, b) => (a.document.month < b.document.month ? -1 : 1));
  const adjustments: Adjustment[] = [];
  for (const { terms } of earlier) {
    const own = readTerms(terms);
    const rating = await ratedUsage(session, own);
    const { period } = own;
    const { month } = period;
    const found = adjustmentsOf({ period, rating, rows: rowsFor(month, invoices) });
    if (found.length > 0 && rating.currency !== plan.currency)
      throw new Refusal(
        `${month} was charged in ${rating.currency} and has late usage, which an invoice in ${plan.currency} cannot charge: finalize a month in ${rating.currency} first`,
        "precondition",
      );
    adjustments.push(...found);
  }
  return adjustments;
}

/** chargePeriod is what terms charge now. */
export const chargePeriod = async (session: Session, terms: Terms): Promise<Charges> => ({
  rating: await ratedUsage(session, terms),
  adjustments: await adjust(session, terms),
});
