import { describe, expect, it } from "vitest";
import { type Entity, type Kind, kinds, nameOf } from "@tollgate/config";
import { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { CustomerIndex, keysTouched } from "./customer-index.ts";

const ACCOUNT = "000000000000";

const stored = (kind: Kind, id: string, given: object): StoredEntity => {
  const spec = kinds[kind].spec.parse(given);
  const entity = { kind, apiId: "", id, labels: {}, spec } as Entity;
  return { entity, name: nameOf(entity) } as unknown as StoredEntity;
};
const customer = (id: string, apiKeyIds: readonly string[], payment?: string): StoredEntity =>
  stored("Customer", id, { name: id, apiKeyIds, ...(payment ? { payment } : {}) });
const product = (id: string, ...usagePlanIds: readonly string[]): StoredEntity =>
  stored("Product", id, { name: id, usagePlanIds, pricePlanId: "p" });
const subscription = (customerId: string, productId: string, isSuspended: boolean): StoredEntity =>
  stored("Subscription", "s", {
    customerId,
    productId,
    startAt: "2026-01-01",
    ...(isSuspended ? { suspendedUntil: "2026-12-01" } : {}),
  });

describe("customers of API keys", () => {
  it("are found as they are after each change, and those that were there before", () => {
    const state = new AccountState(ACCOUNT);
    state.set(customer("acme", ["k1", "k2"]));
    const index = new CustomerIndex(() => new Map([[ACCOUNT, state]]));
    index.reset();
    const owners = () => ["k1", "k2", "k3"].map((id) => index.ofKey(ACCOUNT, id));
    const of = (id: string, isSuspended = false) => ({ id, isSuspended, refusedPlans: new Set() });
    expect(owners()).toEqual([of("acme"), of("acme"), of("")]);
    // One key goes to another customer in the same commit, in either order.
    const change = [
      { accountId: ACCOUNT, before: undefined, after: customer("beta", ["k2", "k3"], "SUSPENDED") },
      { accountId: ACCOUNT, before: customer("acme", ["k1", "k2"]), after: customer("acme", ["k1"]) },
    ];
    index.commit(2, change as never);
    expect(owners()).toEqual([of("acme"), of("beta", true), of("beta", true)]);
    index.commit(3, [
      { accountId: ACCOUNT, before: customer("beta", ["k2", "k3"]), after: undefined },
    ] as never);
    expect(owners()).toEqual([of("acme"), of(""), of("")]);
    expect(index.ofKey("111111111111", "k1")).toEqual(of(""));
  });

  it("are refused the plans of a product while their subscription to it is suspended", () => {
    const state = new AccountState(ACCOUNT);
    for (const one of [customer("acme", ["k1"]), customer("beta", ["k2"]), product("pets", "gold", "silver")])
      state.set(one);
    const index = new CustomerIndex(() => new Map([[ACCOUNT, state]]));
    index.reset();
    const plans = () => ["k1", "k2"].map((id) => [...index.ofKey(ACCOUNT, id).refusedPlans].join());
    const change = (before: StoredEntity | undefined, after: StoredEntity | undefined) => {
      index.commit(2, [{ accountId: ACCOUNT, before, after }] as never);
      return plans();
    };
    const free = subscription("acme", "pets", false);
    const held = subscription("acme", "pets", true);
    expect(change(undefined, free)).toEqual(["", ""]);
    expect(change(free, held)).toEqual(["gold,silver", ""]);
    state.set(product("pets", "gold"));
    expect(plans()).toEqual(["gold", ""]);
    expect(change(held, free)).toEqual(["", ""]);
    change(free, held);
    expect(change(held, undefined)).toEqual(["", ""]);
    state.set(held);
    index.reset();
    expect(plans()).toEqual(["gold", ""]);
  });
});

describe("a change matters to", () => {
  const state = new AccountState(ACCOUNT);
  for (const one of [customer("acme", ["k1", "k2"]), customer("beta", ["k3"])]) state.set(one);
  state.set(subscription("acme", "pets", true));
  const [free, held] = [subscription("acme", "pets", false), subscription("acme", "pets", true)];
  const [one, two] = [customer("a", ["k1", "k2"]), customer("a", ["k2", "k3"])];
  const suspended = customer("a", ["k1", "k2"], "SUSPENDED");
  const overdue = customer("a", ["k1", "k2"], "OVERDUE");
  it.each([
    ["all keys of a new one", undefined, one, ["k1", "k2"]],
    ["all keys of one that is deleted", one, undefined, ["k1", "k2"]],
    ["keys that it gets or loses", one, two, ["k1", "k3"]],
    ["all keys of one that is suspended", one, suspended, ["k1", "k2"]],
    ["all keys of one that may call again", suspended, overdue, ["k1", "k2"]],
    ["no key of one that is overdue", one, overdue, []],
    ["no key where nothing of this changed", one, one, []],
    ["all keys of a customer whose subscription is suspended", free, held, ["k1", "k2"]],
    ["all keys of one whose subscription may be used again", held, free, ["k1", "k2"]],
    ["all keys of one whose suspended subscription is deleted", held, undefined, ["k1", "k2"]],
    [
      "the keys of both customers of a suspended subscription",
      held,
      subscription("beta", "pets", true),
      ["k1", "k2", "k3"],
    ],
    ["no key where a subscription is used as before", free, subscription("acme", "dogs", false), []],
    [
      "keys under plans of a product that was suspended",
      product("pets", "a"),
      product("pets", "a", "b"),
      ["k1", "k2"],
    ],
    ["no key of a product that nobody is suspended from", product("dogs", "a"), product("dogs", "b"), []],
  ])("%s", (_what, before, after, ids) => {
    expect(keysTouched({ before, after }, state)).toEqual(ids);
  });
});
