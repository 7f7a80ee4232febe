import { beforeEach, describe, expect, it } from "vitest";
import { type Entity, type Kind, kinds, nameOf } from "@tollgate/config";
import { AccountState } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import type { Fact } from "./billing-records.ts";
import { factsOfConfig } from "./config-facts.ts";

const ACCOUNT = "000000000000";
const T = Date.parse("2026-11-15T12:00:00Z");
const CUSTOMER = { name: "Acme", apiKeyIds: ["ada"], timeZone: "Pacific/Kiritimati" };
const SUBSCRIPTION = { customerId: "acme", productId: "pets", startAt: "2026-11-01" };

let account: AccountState;
let known: Map<string, Fact>;

const put = (kind: Kind, id: string, spec: object) =>
  account.set(draftEntity({ kind, apiId: "", id, labels: {}, spec: kinds[kind].spec.parse(spec) } as Entity));
const drop = (kind: Kind, id: string) => account.delete(nameOf({ kind, apiId: "", id }));

/** The events since the last time, each as its type and what it is about. */
function next(nowMs = T): readonly string[] {
  const writes = factsOfConfig(ACCOUNT, account, known, nowMs);
  for (const { fact, isRemoved } of writes)
    if (isRemoved) known.delete(fact.fact);
    else known.set(fact.fact, { ...fact, version: fact.version + 1 });
  return writes.flatMap(({ events }) => events.map(({ type, subject }) => `${type} ${subject}`));
}

beforeEach(() => {
  account = new AccountState(ACCOUNT);
  known = new Map();
});

describe("what happens to a customer", () => {
  const pay = (payment: string) => put("Customer", "acme", { ...CUSTOMER, payment });

  it("is an event once", () => {
    put("Customer", "acme", CUSTOMER);
    expect(next()).toEqual(["customer.created acme"]);
    expect(next()).toEqual([]);
    put("Customer", "acme", { ...CUSTOMER, name: "Acme GmbH" });
    expect([next(), next()]).toEqual([["customer.updated acme"], []]);
    drop("Customer", "acme");
    expect([next(), next()]).toEqual([["customer.deleted acme"], []]);
  });

  it.each([
    ["CURRENT", "OVERDUE", ["customer.overdue"]],
    ["CURRENT", "SUSPENDED", ["customer.suspended"]],
    ["OVERDUE", "SUSPENDED", ["customer.suspended"]],
    ["OVERDUE", "CURRENT", ["customer.updated"]],
    ["SUSPENDED", "CURRENT", ["customer.resumed"]],
    ["SUSPENDED", "OVERDUE", ["customer.resumed", "customer.overdue"]],
  ])("is named by its payment: %s, then %s", (before, after, types) => {
    pay(before);
    next();
    pay(after);
    expect(next()).toEqual(types.map((type) => `${type} acme`));
  });

  it("is said with what it is now", () => {
    pay("SUSPENDED");
    const [write] = factsOfConfig(ACCOUNT, account, known, T);
    expect(write?.events.map(({ type }) => type)).toEqual(["customer.created", "customer.suspended"]);
    expect(write?.events[1]).toMatchObject({
      subject: "acme",
      timeUnixMs: T,
      content: { customer: { id: "acme", name: "Acme", payment: "SUSPENDED" } },
    });
  });
});

describe("what happens to a subscription", () => {
  beforeEach(() => {
    put("Customer", "acme", CUSTOMER);
    next();
  });
  const subscribe = (more: object = {}) => put("Subscription", "s", { ...SUBSCRIPTION, ...more });

  it("is an event once, also where only time passes", () => {
    subscribe({ startAt: "2026-11-20", trialEndAt: "2026-11-25", endAt: "2026-12-01" });
    expect(next()).toEqual(["subscription.created s"]);
    const at = (instant: string) => next(Date.parse(instant));
    // In the time zone of the customer, 14 hours ahead.
    expect(at("2026-11-19T09:59:59Z")).toEqual([]);
    expect(at("2026-11-19T10:00:00Z")).toEqual(["subscription.started s"]);
    expect(at("2026-11-24T10:00:00Z")).toEqual([]);
    expect(at("2026-11-30T10:00:00Z")).toEqual(["subscription.ended s"]);
    expect(at("2027-11-30T10:00:00Z")).toEqual([]);
    drop("Subscription", "s");
    expect([next(), next()]).toEqual([["subscription.deleted s"], []]);
  });

  it("is named by what changes", () => {
    subscribe();
    expect(next()).toEqual(["subscription.created s", "subscription.started s"]);
    subscribe({ endAt: "2026-12-01" });
    expect(next()).toEqual(["subscription.changed s"]);
    subscribe({ endAt: "2026-12-01", suspendedUntil: "2026-12-01" });
    expect(next()).toEqual(["subscription.suspended s"]);
    subscribe({ endAt: "2026-12-02", suspendedUntil: "2026-12-01" });
    expect(next()).toEqual(["subscription.changed s"]);
    subscribe({ endAt: "2026-12-02" });
    expect(next()).toEqual(["subscription.resumed s"]);
    subscribe({ endAt: "2026-11-10" });
    expect(next()).toEqual(["subscription.changed s", "subscription.ended s"]);
  });

  it("takes the fact of its spend limit with it", () => {
    const spend = { accountId: ACCOUNT, fact: "spend/s", value: "2026-11 5 50", version: 1 };
    subscribe({ spendLimit: { amount: "5" } });
    next();
    known.set("spend/s", spend);
    expect([next(), known.has("spend/s")]).toEqual([[], true]);
    subscribe();
    expect([next(), known.has("spend/s")]).toEqual([["subscription.changed s"], false]);
  });
});
