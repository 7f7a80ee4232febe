import { beforeEach, describe, expect, it } from "vitest";
import { type Entity, type Kind, kinds, nameOf } from "@tollgate/config";
import { MemoryRecords } from "../alarm/alarm-records.fixture.ts";
import { AccountState } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { MemoryBilling } from "./billing-records.fixture.ts";
import { BillingWatch } from "./billing-watch.ts";

const ACCOUNT = "000000000000";
const logger = { info() {} } as never;
const PLAN = {
  currency: "EUR",
  versions: [
    { from: "2026-01-01", prices: [{ id: "c", model: "FLAT", meter: "rest.request", amount: "1" }] },
  ],
};

let account: AccountState;
let accounts: Map<string, AccountState>;
let records: MemoryBilling;
let lead: MemoryRecords;

const put = (kind: Kind, id: string, spec: object) =>
  account.set(draftEntity({ kind, apiId: "", id, labels: {}, spec: kinds[kind].spec.parse(spec) } as Entity));
const subscribe = (spendLimit: object | undefined, id = "s", more: object = {}) =>
  put("Subscription", id, {
    customerId: "acme",
    productId: "pets",
    startAt: "2026-01-01",
    ...(spendLimit ? { spendLimit } : {}),
    ...more,
  });
const suspendedUntil = (id = "s") => account.find("Subscription", "", id)?.spec.suspendedUntil;

const watch = (plane = "a") =>
  new BillingWatch({
    mirror: { accounts },
    records,
    lead,
    suspend: async (_account, { id, spec }, until) => {
      const { suspendedUntil: _, ...rest } = spec;
      put("Subscription", id, { ...rest, ...(until === undefined ? {} : { suspendedUntil: until }) });
    },
    plane,
    nowMs: () => records.nowMs,
    logger,
  });

/** The events that were recorded since the last time. */
let seen = 0;
const told = () => {
  const fresh = records.events.slice(seen);
  seen = records.events.length;
  return fresh.map(({ type, subject, content }) => {
    const { spend } = JSON.parse(content) as { spend?: { percent: number; total: string } };
    return [type, subject, ...(spend ? [spend.percent, spend.total] : [])].join(" ");
  });
};
const at = (instant: string) => {
  records.nowMs = Date.parse(instant);
  lead.nowMs = records.nowMs;
};

beforeEach(() => {
  account = new AccountState(ACCOUNT);
  accounts = new Map([[ACCOUNT, account]]);
  records = new MemoryBilling();
  lead = new MemoryRecords();
  seen = 0;
  put("Customer", "acme", { name: "Acme", apiKeyIds: ["ada"], timeZone: "Asia/Kolkata" });
  put("PricePlan", "plan", PLAN);
  put("Product", "pets", { name: "Pets", usagePlanIds: ["gold"], pricePlanId: "plan" });
  at("2026-11-15T12:00:00Z");
});

describe("a spend limit", () => {
  it("warns once at each share of it, in each month", async () => {
    subscribe({ amount: "10.00" });
    const own = watch();
    await own.run();
    told();
    const spent = async (total: string) => {
      records.spending.set("s", total);
      await own.run();
      return told();
    };
    expect(await spent("4.99")).toEqual([]);
    expect(await spent("5.00")).toEqual(["spend.warning s 50 5.00"]);
    expect(await spent("7.00")).toEqual([]);
    // What is used in between is passed at once.
    expect(await spent("12.00")).toEqual(["spend.warning s 80 12.00", "spend.warning s 100 12.00"]);
    expect(await spent("13.00")).toEqual([]);
    // A price that falls and rises again says nothing new.
    expect(await spent("6.00")).toEqual([]);
    expect(await spent("13.00")).toEqual([]);
    expect(suspendedUntil()).toBeUndefined();
    at("2026-11-30T18:29:59Z");
    expect(await spent("13.00")).toEqual([]);
    // Midnight in the time zone of the customer.
    at("2026-11-30T18:30:00Z");
    expect(await spent("5.00")).toEqual(["spend.warning s 50 5.00"]);
  });

  it("warns again where it is another one", async () => {
    subscribe({ amount: "10.00" });
    records.spending.set("s", "10.00");
    const own = watch();
    await own.run();
    told();
    subscribe({ amount: "20.00" });
    await own.run();
    expect(told()).toEqual(["subscription.changed s", "spend.warning s 50 10.00"]);
  });

  it("refuses calls from its amount on until the month ends, where that is asked for", async () => {
    subscribe({ amount: "10.00", warnAt: [], onLimit: "SUSPEND" });
    const own = watch();
    records.spending.set("s", "9.99");
    await own.run();
    expect(suspendedUntil()).toBeUndefined();
    records.spending.set("s", "10.00");
    await own.run();
    expect(suspendedUntil()).toBe("2026-11-30T18:30:00Z");
    told();
    await own.run();
    expect(told()).toEqual(["subscription.suspended s"]);
    // Usage of the next month has only begun.
    at("2026-11-30T18:30:00Z");
    records.spending.set("s", "0.10");
    await own.run();
    expect(suspendedUntil()).toBeUndefined();
    await own.run();
    expect(told()).toEqual(["subscription.resumed s"]);
  });

  it.each([
    ["is raised", { amount: "20.00", onLimit: "SUSPEND" }],
    ["only notifies", { amount: "10.00" }],
    ["is removed", undefined],
  ])("that %s lets calls in again", async (_what, changed) => {
    subscribe({ amount: "10.00", onLimit: "SUSPEND" });
    records.spending.set("s", "10.00");
    const own = watch();
    await own.run();
    expect(suspendedUntil()).toBe("2026-11-30T18:30:00Z");
    subscribe(changed, "s", { suspendedUntil: suspendedUntil() });
    await own.run();
    expect(suspendedUntil()).toBeUndefined();
  });

  it("of a subscription that has ended refuses no call: another one may have the same usage plans", async () => {
    const limit = { amount: "10.00", onLimit: "SUSPEND" };
    subscribe(limit);
    records.spending.set("s", "10.00");
    const own = watch();
    await own.run();
    expect(suspendedUntil()).toBe("2026-11-30T18:30:00Z");
    subscribe(limit, "s", { suspendedUntil: suspendedUntil(), endAt: "2026-11-15T12:15:00Z" });
    await own.run();
    expect(suspendedUntil()).toBe("2026-11-30T18:30:00Z");
    at("2026-11-15T12:15:00Z");
    await own.run();
    expect(suspendedUntil()).toBeUndefined();
    await own.run();
    expect(suspendedUntil()).toBeUndefined();
  });

  it("is written again where a manifest has left the suspension out", async () => {
    subscribe({ amount: "10.00", onLimit: "SUSPEND" });
    records.spending.set("s", "10.00");
    const own = watch();
    await own.run();
    subscribe({ amount: "10.00", onLimit: "SUSPEND" });
    await own.run();
    expect(suspendedUntil()).toBe("2026-11-30T18:30:00Z");
  });

  it("whose spending cannot be read keeps no other from being watched, and changes nothing", async () => {
    subscribe({ amount: "10.00", onLimit: "SUSPEND" }, "s", { suspendedUntil: "2026-12-01" });
    subscribe({ amount: "10.00", onLimit: "SUSPEND" }, "t", { customerId: "acme" });
    records.spending.set("s", new Error("no plan"));
    records.spending.set("t", "10.00");
    await expect(watch().run()).rejects.toThrow("the spending of 's' is not known: no plan");
    expect([suspendedUntil("s"), suspendedUntil("t")]).toEqual(["2026-12-01", "2026-11-30T18:30:00Z"]);
  });
});

describe("of several control planes", () => {
  it("one watches, and another one goes on where that has ended", async () => {
    const [one, other] = [watch("a"), watch("b")];
    expect([await one.run(), await other.run()]).toEqual([true, false]);
    expect(told()).toEqual(["customer.created acme"]);
    put("Customer", "acme", { name: "Acme", apiKeyIds: ["ada"], payment: "SUSPENDED" });
    at("2026-11-15T12:01:00Z");
    expect([await other.run(), await one.run()]).toEqual([true, false]);
    expect(told()).toEqual(["customer.suspended acme"]);
    expect(await one.run()).toBe(false);
  });

  it("two that believe to lead record each change once", async () => {
    subscribe({ amount: "10.00" });
    const [one, other] = [watch("a"), watch("b")];
    await one.run();
    // It has read what there was, and has slept since.
    at("2026-11-15T12:01:00Z");
    await other.run();
    told();
    put("Customer", "acme", { name: "Beta", apiKeyIds: ["ada"] });
    records.spending.set("s", "5.00");
    at("2026-11-15T12:02:00Z");
    await one.run();
    at("2026-11-15T12:03:00Z");
    await other.run();
    await other.run();
    expect(told()).toEqual(["customer.updated acme", "spend.warning s 50 5.00"]);
  });

  it("what is deleted is recorded by whoever leads then", async () => {
    await watch("a").run();
    account.delete(nameOf({ kind: "Customer", apiId: "", id: "acme" }));
    told();
    at("2026-11-15T12:01:00Z");
    await watch("b").run();
    expect(told()).toEqual(["customer.deleted acme"]);
  });

  it("what was the last of its account is deleted too for whoever starts after that", async () => {
    await watch("a").run();
    told();
    accounts.clear();
    at("2026-11-15T12:01:00Z");
    await watch("b").run();
    expect([told(), [...records.known.keys()]]).toEqual([["customer.deleted acme"], []]);
  });
});
