import { type Entity, instantOf, type Problem, problemAt } from "@tollgate/config";
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

const endOf = ({ spec }: Subscription) => (spec.endAt === undefined ? Infinity : instantOf(spec.endAt));

const overlap = (one: Subscription, other: Subscription): boolean =>
  instantOf(one.spec.startAt) < endOf(other) && instantOf(other.spec.startAt) < endOf(one);

/** A usage plan that the products of two subscriptions of one customer have, at the same time. */
function chargedTwice(view: View, one: Subscription, other: Subscription): string | undefined {
  if (one.id === other.id || one.spec.customerId !== other.spec.customerId || !overlap(one, other))
    return undefined;
  const plansOf = ({ spec }: Subscription) =>
    view.find("Product", "", spec.productId)?.spec.usagePlanIds ?? [];
  const plans = new Set(plansOf(other));
  return plansOf(one).find((plan) => plans.has(plan));
}

/** overlappingSubscriptions reports subscriptions of a customer that would charge the same calls. */
export function overlappingSubscriptions(view: View, written: readonly Subscription[]): Problem[] {
  const customers = new Set(written.map(({ spec }) => spec.customerId));
  const all = view.list("Subscription", "").filter(({ spec }) => customers.has(spec.customerId));
  return written.flatMap((one) =>
    all.flatMap((other) => {
      const plan = chargedTwice(view, one, other);
      return plan === undefined
        ? []
        : [problemAt(`Subscription/${one.id}.productId`, facts.CHARGED_TWICE({ plan, other: other.id }))];
    }),
  );
}

/** subscriptionsOf checks those whose products are written: a product may get another usage plan. */
export function subscriptionsOf(view: View, products: readonly Entity<"Product">[]): Problem[] {
  const written = new Set(products.map(({ id }) => id));
  return overlappingSubscriptions(
    view,
    view.list("Subscription", "").filter(({ spec }) => written.has(spec.productId)),
  );
}
