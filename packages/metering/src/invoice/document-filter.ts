import { isMonth } from "@tollgate/config";
import { Refusal } from "../refusal.ts";

/** InvoiceFilter selects documents of an account. */
export interface InvoiceFilter {
  readonly accountId: string;
  /** Empty: all. */
  readonly subscriptionId: string;
  /** Empty: all. */
  readonly month: string;
}

/**
 * The number as it is sorted by where few documents are expected: an expression keeps a database from reading all documents of the account in the
 * order of their numbers to save sorting.
 */
export const NUMBER_OF_FEW = "number || ''";

/** refuseNoMonth refuses a filter by what is no month: nothing would be found, as if there were no documents of it. */
export function refuseNoMonth({ month }: Pick<InvoiceFilter, "month">): void {
  if (month !== "" && !isMonth(month)) throw new Refusal(`month '${month}' must be a month such as 2026-11`);
}

/** conditionOf has a condition for what a filter names and no other: a database reads all documents for one that may be empty. Throws a Refusal. */
export function conditionOf({ accountId, subscriptionId, month }: InvoiceFilter): {
  readonly where: string;
  readonly parameters: readonly string[];
  /** What documents are sorted by. */
  readonly number: string;
} {
  refuseNoMonth({ month });
  const parameters = [accountId];
  const named = Object.entries({ subscription_id: subscriptionId, month }).filter(
    ([, value]) => value !== "",
  );
  const conditions = named.map(([column, value]) => `${column} = $${parameters.push(value)}`);
  return {
    where: ["account_id = $1", ...conditions].join(" AND "),
    parameters,
    number: subscriptionId === "" ? "number" : NUMBER_OF_FEW,
  };
}

/** SubscriptionsFilter selects documents of some subscriptions of an account. */
export interface SubscriptionsFilter {
  readonly accountId: string;
  readonly subscriptionIds: readonly string[];
}

/** conditionOfSubscriptions is a condition for the documents of some subscriptions; none of them: for no document. */
export function conditionOfSubscriptions({ accountId, subscriptionIds }: SubscriptionsFilter): {
  readonly where: string;
  readonly parameters: readonly string[];
} {
  const parameters = [accountId, ...subscriptionIds];
  const places = subscriptionIds.map((_, i) => `$${i + 2}`).join(", ");
  return { where: `account_id = $1 AND subscription_id IN (${places || "NULL"})`, parameters };
}
