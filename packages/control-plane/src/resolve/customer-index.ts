import { type Entity, isKindOf } from "@tollgate/config";
import type { AccountState, EntityChange, MirrorListener } from "../mirror/mirror.ts";

type Customer = Entity<"Customer">;

const isSuspended = ({ spec }: Customer): boolean => spec.payment === "SUSPENDED";

const customerOf = (stored: EntityChange["before"]): Customer | undefined =>
  stored && isKindOf(stored.entity, "Customer") ? stored.entity : undefined;

/** keysTouched are the ids of API keys to which a change of a customer matters: it gets or loses them, or may use them no more, or again. */
export function keysTouched({ before, after }: Pick<EntityChange, "before" | "after">): readonly string[] {
  const [old, now] = [customerOf(before), customerOf(after)];
  const had = new Set(old?.spec.apiKeyIds);
  const has = new Set(now?.spec.apiKeyIds);
  const isOther = old && now && isSuspended(old) !== isSuspended(now);
  return [...new Set([...had, ...has])].filter((id) => isOther || had.has(id) !== has.has(id));
}

/** CustomerIndex finds the customers of API keys. */
export class CustomerIndex implements MirrorListener {
  readonly #accounts: () => ReadonlyMap<string, AccountState>;
  /** By "{account}/{id of the key}": a key has one customer at most. */
  readonly #owners = new Map<string, Customer>();

  constructor(accounts: () => ReadonlyMap<string, AccountState>) {
    this.#accounts = accounts;
  }

  /** ofKey is who has a key, and whether its calls are refused for that. */
  ofKey(accountId: string, apiKeyId: string): { readonly id: string; readonly isSuspended: boolean } {
    const customer = this.#owners.get(`${accountId}/${apiKeyId}`);
    return { id: customer?.id ?? "", isSuspended: customer !== undefined && isSuspended(customer) };
  }

  reset(): void {
    this.#owners.clear();
    for (const [accountId, state] of this.#accounts())
      for (const customer of state.list("Customer", "")) this.#add(accountId, customer);
  }

  commit(_revision: number, changes: readonly EntityChange[]): void {
    for (const { accountId, before } of changes)
      for (const id of customerOf(before)?.spec.apiKeyIds ?? []) this.#owners.delete(`${accountId}/${id}`);
    for (const { accountId, after } of changes) {
      const customer = customerOf(after);
      if (customer) this.#add(accountId, customer);
    }
  }

  #add(accountId: string, customer: Customer): void {
    for (const id of customer.spec.apiKeyIds) this.#owners.set(`${accountId}/${id}`, customer);
  }
}
