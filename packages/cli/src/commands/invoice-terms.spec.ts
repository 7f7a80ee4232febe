import { expect, it } from "vitest";
import type { Session } from "../session.ts";
import { readInvoiceTerms } from "./invoice-terms.ts";

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
