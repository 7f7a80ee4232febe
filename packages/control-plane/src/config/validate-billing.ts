import { momentOf } from "@tollgate/billing";
import { type Entity, type Problem, problemAt } from "@tollgate/config";
import { facts } from "../facts.ts";
import type { View } from "./view.ts";

/** keysOfOtherCustomers reports keys that another customer has: what is used with a key is charged to one. */
export function keysOfOtherCustomers(view: View, written: readonly Entity<"Customer">[]): Problem[] {
  const wanted = new Set(written.flatMap(({ spec }) => spec.apiKeyIds));
  const owners = new Map<string, string[]>();
  for (const { id, spec } of view.list("Customer", ""))
    for (const key of spec.apiKeyIds) if (wanted.has(key)) owners.set(key, [...(owners.get(key) ?? []), id]);
  return written.flatMap(({ id, spec }) =>
    spec.apiKeyIds.flatMap((key, i) => {
      const other = owners.get(key)?.find((owner) => owner !== id);
      return other === undefined
        ? []
        : [problemAt(`Customer/${id}.apiKeyIds[${i}]`, facts.KEY_OF_CUSTOMER({ key, other }))];
    }),
  );
}

type Subscription = Entity<"Subscription">;

/** Whether two subscriptions of one customer are charged at the same time. A date begins at midnight in the customer's time zone. */
function overlap(view: View, one: Subscription, other: Subscription): boolean {
  const timeZone = view.find("Customer", "", one.spec.customerId)?.spec.timeZone ?? "UTC";
  const startOf = ({ spec }: Subscription) => momentOf(spec.startAt, timeZone);
  const endOf = ({ spec }: Subscription) =>
    spec.endAt === undefined ? Infinity : momentOf(spec.endAt, timeZone);
  return startOf(one) < endOf(other) && startOf(other) < endOf(one);
}

/** A usage plan that the products of two subscriptions of one customer have, at the same time. */
function chargedTwice(view: View, one: Subscription, other: Subscription): string | undefined {
  if (one.id === other.id || !overlap(view, one, other)) return undefined;
  const plansOf = ({ spec }: Subscription) =>
    view.find("Product", "", spec.productId)?.spec.usagePlanIds ?? [];
  const plans = new Set(plansOf(other));
  return plansOf(one).find((plan) => plans.has(plan));
}

/** overlappingSubscriptions reports subscriptions of a customer that would charge the same calls. */
export function overlappingSubscriptions(view: View, written: readonly Subscription[]): Problem[] {
  const byCustomer = Map.groupBy(view.list("Subscription", ""), ({ spec }) => spec.customerId);
  return written.flatMap((one) =>
    (byCustomer.get(one.spec.customerId) ?? []).flatMap((other) => {
      const plan = chargedTwice(view, one, other);
      return plan === undefined
        ? []
        : [problemAt(`Subscription/${one.id}.productId`, facts.CHARGED_TWICE({ plan, other: other.id }))];
    }),
  );
}

const subscriptionsWhere = (view: View, isMeant: (spec: Subscription["spec"]) => boolean) =>
  overlappingSubscriptions(
    view,
    view.list("Subscription", "").filter(({ spec }) => isMeant(spec)),
  );

/** subscriptionsOfProducts checks those whose products are written: a product may get another usage plan. */
export function subscriptionsOfProducts(view: View, products: readonly Entity<"Product">[]): Problem[] {
  const written = new Set(products.map(({ id }) => id));
  return subscriptionsWhere(view, ({ productId }) => written.has(productId));
}

/** subscriptionsOfCustomers checks those whose customers are written: dates begin at other instants in another time zone. */
export function subscriptionsOfCustomers(view: View, customers: readonly Entity<"Customer">[]): Problem[] {
  const written = new Set(customers.map(({ id }) => id));
  return subscriptionsWhere(view, ({ customerId }) => written.has(customerId));
}
