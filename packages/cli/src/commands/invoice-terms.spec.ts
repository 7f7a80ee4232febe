import { expect, it } from "vitest";
import type { Session } from "../session.ts";
import { monthOf, readAllTerms, readInvoiceTerms } from "./invoice-terms.ts";

it("the terms of a subscription are those of its customer and product, and free until the end of a trial", async () => {
  const subscription = { customerId: "acme", productId: "pets", startAt: "2026-11-01", endAt: "2027-01-01" };
  const specs: Record<string, object> = {
    Subscription: { ...subscription, trialEndAt: "2026-11-15" },
    Customer: { name: "Acme", timeZone: "Europe/Berlin", apiKeyIds: ["ada"] },
    Product: { name: "Pets", usagePlanIds: ["gold"], pricePlanId: "pets" },
    PricePlan: { currency: "EUR" },
  };
  const get = async ({ kind }: { kind: string }) => ({ entity: { specJson: JSON.stringify(specs[kind]) } });
  let sellers = [{ specJson: JSON.stringify({ name: "Pets Inc" }) }];
  const list = async () => ({ entities: sellers });
  const session = { config: { get, list } } as unknown as Session;
  const globals = { account: "111111111111" } as Parameters<typeof readInvoiceTerms>[1];
  expect(await readInvoiceTerms(session, globals, "acme-pets")).toMatchObject({
    accountId: "111111111111",
    timeZone: "Europe/Berlin",
    apiKeyIds: ["ada"],
    usagePlanIds: ["gold"],
    startAt: "2026-11-15",
    endAt: "2027-01-01",
    sellerJson: '{"name":"Pets Inc"}',
  });
  sellers = [];
  specs["Subscription"] = subscription;
  expect(await readInvoiceTerms(session, globals, "acme-pets")).toMatchObject({
    startAt: "2026-11-01",
    sellerJson: "",
  });
});

it("the terms of all subscriptions are those of each, whatever the number of pages is that the config is read in", async () => {
  const specs: Record<string, Record<string, object>> = {
    Subscription: {
      one: { customerId: "acme", productId: "pets", startAt: "2026-11-01" },
      two: { customerId: "bolt", productId: "pets", startAt: "2026-11-02" },
    },
    Customer: {
      acme: { name: "Acme", timeZone: "Europe/Berlin", apiKeyIds: ["ada"] },
      bolt: { name: "Bolt", timeZone: "UTC", apiKeyIds: ["ben"] },
    },
    Product: { pets: { name: "Pets", usagePlanIds: ["gold"], pricePlanId: "plan" } },
    PricePlan: { plan: { currency: "EUR" } },
    Seller: { seller: { name: "Pets Inc" } },
  };
  const pageOf = (kind: string) =>
    Object.entries(specs[kind] ?? {}).map(([id, spec]) => ({ id, specJson: JSON.stringify(spec) }));
  const list = async ({ kind, pageToken = "" }: { kind: string; pageToken?: string }) => {
    const all = pageOf(kind);
    const at = Number(pageToken);
    return { entities: all.slice(at, at + 1), nextPageToken: at + 1 < all.length ? String(at + 1) : "" };
  };
  const get = async ({ kind, id }: { kind: string; id: string }) => ({
    entity: pageOf(kind).find((one) => one.id === id),
  });
  const session = { config: { get, list } } as unknown as Session;
  const globals = { account: "111111111111" } as Parameters<typeof readInvoiceTerms>[1];
  const each = [
    await readInvoiceTerms(session, globals, "one"),
    await readInvoiceTerms(session, globals, "two"),
  ];
  expect(await readAllTerms(session, globals)).toEqual(each);
  delete specs["Customer"]?.["bolt"];
  await expect(readAllTerms(session, globals)).rejects.toThrow(
    "subscription 'two': there is no Customer 'bolt'",
  );
});

it.each([
  ["2026-11-30T23:30:00Z", "Europe/Berlin", "2026-12"],
  ["2026-12-01T03:00:00Z", "America/New_York", "2026-11"],
  ["2026-11-30T23:30:00Z", undefined, "2026-11"],
])("at %s, the current month of a customer in %s is %s", (at, timeZone, month) => {
  expect(monthOf(undefined, timeZone === undefined ? {} : { timeZone }, Date.parse(at))).toBe(month);
  expect(monthOf("2026-01", {}, Date.parse(at))).toBe("2026-01");
});
