import { type Entity, isKindOf, type Kind } from "@tollgate/config";
import type { AccountState, EntityChange, MirrorListener } from "../mirror/mirror.ts";

type Customer = Entity<"Customer">;
type Subscription = Entity<"Subscription">;
type Change = Pick<EntityChange, "before" | "after">;

const isSuspended = ({ spec }: Customer): boolean => spec.payment === "SUSPENDED";

const entityOf = <K extends Kind>(kind: K, stored: EntityChange["before"]): Entity<K> | undefined =>
  stored && isKindOf(stored.entity, kind) ? (stored.entity as Entity<K>) : undefined;

const customerOf = (stored: EntityChange["before"]): Customer | undefined => entityOf("Customer", stored);

/** What a subscription whose spend limit is reached has refused: calls of a customer under the plans of a product. */
const refusalOf = (subscription: Subscription | undefined): Subscription["spec"] | undefined =>
  subscription?.spec.suspendedUntil === undefined ? undefined : subscription.spec;

function keysOfCustomer({ before, after }: Change): readonly string[] {
  const [old, now] = [customerOf(before), customerOf(after)];
  const had = new Set(old?.spec.apiKeyIds);
  const has = new Set(now?.spec.apiKeyIds);
  const isOther = old && now && isSuspended(old) !== isSuspended(now);
  return [...new Set([...had, ...has])].filter((id) => isOther || had.has(id) !== has.has(id));
}

function customersOfSubscription({ before, after }: Change): readonly string[] {
  const [old, now] = [before, after].map((one) => refusalOf(entityOf("Subscription", one)));
  if (old?.customerId === now?.customerId && old?.productId === now?.productId) return [];
  return [old, now].flatMap((one) => one?.customerId ?? []);
}

/** Of a product that gets or loses usage plans while subscriptions to it are suspended. */
function customersOfProduct({ before, after }: Change, account: AccountState): readonly string[] {
  const [old, now] = [entityOf("Product", before), entityOf("Product", after)];
  if (!old || !now || `${old.spec.usagePlanIds}` === `${now.spec.usagePlanIds}`) return [];
  return account
    .list("Subscription", "")
    .filter((one) => refusalOf(one)?.productId === now.id)
    .map(({ spec }) => spec.customerId);
}

/** keysTouched are the ids of API keys to which a change matters: their customer gets or loses them, or may not use them any more, or again. */
export function keysTouched(change: Change, account: AccountState): readonly string[] {
  const customers = [...customersOfSubscription(change), ...customersOfProduct(change, account)];
  const keys = customers.flatMap((id) => account.find("Customer", "", id)?.spec.apiKeyIds ?? []);
  return [...new Set([...keysOfCustomer(change), ...keys])];
}

const NO_PLANS: ReadonlySet<string> = new Set();

/** CustomerIndex finds the customers of API keys. */
export class CustomerIndex implements MirrorListener {
  readonly #accounts: () => ReadonlyMap<string, AccountState>;
  /** By "{account}/{id of the key}": a key has one customer at most. */
  readonly #owners = new Map<string, Customer>();
  /** Products whose plans are refused, by subscription, of each customer ("{account}/{id}") that has some. */
  readonly #refused = new Map<string, Map<string, string>>();

  constructor(accounts: () => ReadonlyMap<string, AccountState>) {
    this.#accounts = accounts;
  }

  /** ofKey is who has a key, whether its calls are refused for that, and under which usage plans they are. */
  ofKey(
    accountId: string,
    apiKeyId: string,
  ): { readonly id: string; readonly isSuspended: boolean; readonly refusedPlans: ReadonlySet<string> } {
    const customer = this.#owners.get(`${accountId}/${apiKeyId}`);
    if (!customer) return { id: "", isSuspended: false, refusedPlans: NO_PLANS };
    const refused = this.#refused.get(`${accountId}/${customer.id}`);
    return {
      id: customer.id,
      isSuspended: isSuspended(customer),
      refusedPlans: refused ? this.#plansOf(accountId, refused.values()) : NO_PLANS,
    };
  }

  #plansOf(accountId: string, productIds: Iterable<string>): ReadonlySet<string> {
    const account = this.#accounts().get(accountId);
    return new Set(
      [...productIds].flatMap((id) => account?.find("Product", "", id)?.spec.usagePlanIds ?? []),
    );
  }

  reset(): void {
    this.#owners.clear();
    this.#refused.clear();
    for (const [accountId, state] of this.#accounts()) {
      for (const customer of state.list("Customer", "")) this.#add(accountId, customer);
      for (const subscription of state.list("Subscription", "")) this.#refuse(accountId, subscription);
    }
  }

  commit(_revision: number, changes: readonly EntityChange[]): void {
    for (const { accountId, before } of changes) {
      for (const id of customerOf(before)?.spec.apiKeyIds ?? []) this.#owners.delete(`${accountId}/${id}`);
      this.#allow(accountId, entityOf("Subscription", before));
    }
    for (const { accountId, after } of changes) {
      const customer = customerOf(after);
      if (customer) this.#add(accountId, customer);
      this.#refuse(accountId, entityOf("Subscription", after));
    }
  }

  #add(accountId: string, customer: Customer): void {
    for (const id of customer.spec.apiKeyIds) this.#owners.set(`${accountId}/${id}`, customer);
  }

  #refuse(accountId: string, subscription: Subscription | undefined): void {
    const refusal = refusalOf(subscription);
    if (!subscription || !refusal) return;
    const key = `${accountId}/${refusal.customerId}`;
    const refused = this.#refused.get(key) ?? new Map<string, string>();
    this.#refused.set(key, refused.set(subscription.id, refusal.productId));
  }

  #allow(accountId: string, subscription: Subscription | undefined): void {
    const refusal = refusalOf(subscription);
    if (!subscription || !refusal) return;
    const key = `${accountId}/${refusal.customerId}`;
    const refused = this.#refused.get(key);
    refused?.delete(subscription.id);
    if (refused?.size === 0) this.#refused.delete(key);
  }
}
