import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";

const ACCOUNT = "000000000000";
let application: Application & AsyncDisposable;

type BillingKind = "UsagePlan" | "ApiKey" | "PricePlan" | "Product" | "Customer" | "Subscription";
const put = (...entities: readonly (readonly [BillingKind, string, object])[]) =>
  createApplicationPort(application).change(ACCOUNT, () => ({
    puts: entities.map(([kind, id, spec]) => ({ kind, apiId: "", id, spec })),
  }));

const customer = (apiKeyIds: readonly string[], timeZone = "UTC") => ({ name: "Acme", apiKeyIds, timeZone });
const product = (...usagePlanIds: readonly string[]) => ({ name: "Pets", usagePlanIds, pricePlanId: "pro" });
const subscription = (productId: string, startAt: string, endAt?: string) => ({
  customerId: "acme",
  productId,
  startAt,
  ...(endAt ? { endAt } : {}),
});

beforeEach(async () => {
  application = await startMemoryApplication();
  await put(
    ["UsagePlan", "gold", { name: "gold" }],
    ["UsagePlan", "silver", { name: "silver" }],
    ["ApiKey", "ada", { usagePlanIds: ["gold", "silver"] }],
    [
      "PricePlan",
      "pro",
      {
        currency: "EUR",
        versions: [{ from: "2026-01-01", prices: [{ id: "base", model: "FEE", amount: "1" }] }],
      },
    ],
    ["Product", "pets", product("gold")],
    ["Product", "more", product("silver")],
    ["Customer", "acme", customer(["ada"])],
    ["Subscription", "one", subscription("pets", "2026-01-01", "2026-12-01")],
  );
});
afterEach(() => application[Symbol.asyncDispose]());

describe("what is used is charged once", () => {
  it("a key belongs to one customer", async () => {
    await expect(put(["Customer", "other", customer(["ada"])])).rejects.toMatchObject({
      problems: [
        {
          path: "Customer/other.apiKeyIds[0]",
          message: expect.stringContaining("the customer 'acme' already has the key 'ada'"),
        },
      ],
    });
    // It may go from one to another in one change.
    await put(
      ["ApiKey", "ben", {}],
      ["Customer", "acme", customer(["ben"])],
      ["Customer", "b", customer(["ada"])],
    );
  });

  it("a usage plan is charged by one subscription of a customer at a time", async () => {
    await expect(put(["Subscription", "two", subscription("pets", "2026-11-30")])).rejects.toMatchObject({
      problems: [
        {
          path: "Subscription/two.productId",
          message: expect.stringContaining(
            "the subscription 'one' charges the usage plan 'gold' at the same time",
          ),
        },
      ],
    });
    await put(["Subscription", "two", subscription("pets", "2026-12-01", "2026-12-02")]);
    await put(["Subscription", "three", subscription("more", "2026-01-01", "2026-12-01")]);
    await expect(put(["Product", "more", product("silver", "gold")])).rejects.toMatchObject({
      problems: [
        {
          path: "Subscription/three.productId",
          message: expect.stringContaining("the subscription 'one' charges the usage plan 'gold'"),
        },
      ],
    });
  });

  it("at dates that begin at midnight in the customer's time zone", async () => {
    await put(["Subscription", "one", subscription("pets", "2026-01-01", "2026-12-01T00:00:00Z")]);
    await put(["Subscription", "two", subscription("pets", "2026-12-01")]);
    // December begins five and a half hours earlier there.
    await expect(put(["Customer", "acme", customer(["ada"], "Asia/Kolkata")])).rejects.toMatchObject({
      problems: [
        {
          path: "Subscription/one.productId",
          message: expect.stringContaining("the subscription 'two' charges"),
        },
        {
          path: "Subscription/two.productId",
          message: expect.stringContaining("the subscription 'one' charges"),
        },
      ],
    });
  });
});
