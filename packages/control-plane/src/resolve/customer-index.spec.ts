import { describe, expect, it } from "vitest";
import { type Entity, kinds, nameOf } from "@tollgate/config";
import { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { CustomerIndex, keysTouched } from "./customer-index.ts";

const ACCOUNT = "000000000000";

const customer = (id: string, apiKeyIds: readonly string[], payment?: string): StoredEntity => {
  const spec = kinds.Customer.spec.parse({ name: id, apiKeyIds, ...(payment ? { payment } : {}) });
  const entity = { kind: "Customer", apiId: "", id, labels: {}, spec } as Entity<"Customer">;
  return { entity, name: nameOf(entity) } as unknown as StoredEntity;
};

describe("customers of API keys", () => {
  it("are found as they are after each change, and those that were there before", () => {
    const state = new AccountState(ACCOUNT);
    state.set(customer("acme", ["k1", "k2"]));
    const index = new CustomerIndex(() => new Map([[ACCOUNT, state]]));
    index.reset();
    const owners = () => ["k1", "k2", "k3"].map((id) => index.ofKey(ACCOUNT, id));
    const of = (id: string, isSuspended = false) => ({ id, isSuspended });
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
});

describe("a change of a customer matters to", () => {
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
  ])("%s", (_what, before, after, ids) => {
    expect(keysTouched({ before, after })).toEqual(ids);
  });
});
