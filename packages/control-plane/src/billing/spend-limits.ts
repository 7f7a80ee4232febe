import { hasReached, highestReached, monthOf, monthPeriod } from "@tollgate/billing";
import { chargedBy, type Entity, type SpecOf, subscriptionState } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import type { Fact, FactWrite, NewEvent, SpendTerms } from "./billing-records.ts";

type Limit = NonNullable<SpecOf<"Subscription">["spendLimit"]>;

/** Limited is a subscription with a spend limit, and by what its month is charged. */
export interface Limited {
  readonly subscription: Entity<"Subscription">;
  readonly limit: Limit;
  readonly terms: SpendTerms;
  /** The end of the month, as a subscription says it. */
  readonly monthEnd: string;
}

const instant = (unixMs: number): string => new Date(unixMs).toISOString().replace(".000Z", "Z");

/** limitedOf is what is needed to compare a subscription with its limit; undefined: it has none. */
export function limitedOf(
  accountId: string,
  account: AccountState,
  subscription: Entity<"Subscription">,
  nowMs: number,
): Limited | undefined {
  const { id: subscriptionId, spec } = subscription;
  const customer = account.find("Customer", "", spec.customerId);
  const product = account.find("Product", "", spec.productId);
  const plan = account.find("PricePlan", "", product?.spec.pricePlanId);
  if (!spec.spendLimit || !customer || !product || !plan) return undefined;
  const { timeZone } = customer.spec;
  const month = monthOf(nowMs, timeZone);
  return {
    subscription,
    limit: spec.spendLimit,
    terms: {
      ...chargedBy(spec, customer.spec, product.spec),
      accountId,
      subscriptionId,
      month,
      pricePlanJson: JSON.stringify(plan.spec),
    },
    monthEnd: instant(monthPeriod(month, timeZone).endUnixMs),
  };
}

/** The fact of a spend limit; its value has the month, the limit and the highest share that was reached, so that each share is reached once. */
export const spendFactOf = (subscriptionId: string): string => `spend/${subscriptionId}`;

export interface Spending {
  readonly total: string;
  readonly currency: string;
}

/** spendWarnings is what is to be recorded of a subscription's spending; undefined: nothing new. */
export function spendWarnings(
  { subscription, limit, terms: { accountId, month } }: Limited,
  { total, currency }: Spending,
  known: Fact | undefined,
  nowMs: number,
): FactWrite | undefined {
  const head = `${month} ${limit.amount}`;
  const reached = highestReached({ total, limit: limit.amount }, limit.warnAt);
  const [month0, amount0, percent0] = known?.value.split(" ") ?? [];
  const before = `${month0} ${amount0}` === head ? Number(percent0) : 0;
  if (reached <= before) return undefined;
  const { id, spec } = subscription;
  const events = limit.warnAt
    .filter((percent) => before < percent && percent <= reached)
    .map(
      (percent): NewEvent => ({
        type: "spend.warning",
        subject: id,
        timeUnixMs: nowMs,
        content: {
          spend: {
            subscriptionId: id,
            customerId: spec.customerId,
            month,
            percent,
            total,
            limit: limit.amount,
            currency,
          },
        },
      }),
    );
  const fact = {
    accountId,
    fact: spendFactOf(id),
    value: `${head} ${reached}`,
    version: known?.version ?? 0,
  };
  return { fact, events };
}

/**
 * suspensionOf is until when calls of a subscription are to be refused; undefined: they are not. One that has ended refuses none: its usage plans may be
 * those of the subscription that follows it.
 */
export function suspensionOf(
  { subscription: { spec }, limit, terms: { timeZone }, monthEnd }: Limited,
  { total }: Pick<Spending, "total">,
  nowMs: number,
): string | undefined {
  const isSpent = limit.onLimit === "SUSPEND" && hasReached({ total, limit: limit.amount }, 100);
  return isSpent && subscriptionState(spec, nowMs, timeZone) !== "ended" ? monthEnd : undefined;
}
