import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Kind } from "@tollgate/config";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";
import type { MirrorListener } from "../mirror/mirror.ts";
import { keyNamesOf } from "../resolve/key-names.ts";
import { resolve } from "../resolve/resolve.ts";
import { atOnce, suspendIn } from "./start-billing.ts";

const ACCOUNT = "000000000000";
const UNTIL = "2026-12-01T00:00:00Z";
let application: Application & AsyncDisposable;

const put = (...entities: readonly (readonly [Kind, string, object])[]) =>
  createApplicationPort(application).change(ACCOUNT, () => ({
    puts: entities.map(([kind, id, spec]) => ({ kind, apiId: "", id, spec })),
  }));
const subscription = () => {
  const found = application.mirror.account(ACCOUNT).find("Subscription", "", "s");
  if (!found) throw new Error("there is no subscription");
  return found;
};
const SUBSCRIPTION = { customerId: "acme", productId: "pets", startAt: "2026-01-01" };

beforeEach(async () => {
  application = await startMemoryApplication();
  await put(
    ["UsagePlan", "gold00", { name: "Gold" }],
    ["UsagePlan", "other0", { name: "Other" }],
    ["ApiKey", "ada000", { value: "a".repeat(20), usagePlanIds: ["gold00", "other0"] }],
    ["Customer", "acme", { name: "Acme", apiKeyIds: ["ada000"] }],
    [
      "PricePlan",
      "plan",
      {
        currency: "EUR",
        versions: [{ from: "2026-01-01", prices: [{ id: "base", model: "FEE", amount: "1" }] }],
      },
    ],
    ["Product", "pets", { name: "Pets", usagePlanIds: ["gold00"], pricePlanId: "plan" }],
    ["Subscription", "s", SUBSCRIPTION],
  );
});
afterEach(() => application[Symbol.asyncDispose]());

/** The plans under which nodes accept the key. */
async function plans(): Promise<readonly string[]> {
  const [name = ""] = keyNamesOf(ACCOUNT, application.mirror.account(ACCOUNT).find("ApiKey", "", "ada000"));
  const { record } = await resolve(application, { name, minRevision: 0n } as never);
  return record?.case === "apiKey" ? record.value.usagePlanIds : [];
}

describe("a suspension", () => {
  it("takes the plans of its product from keys of its customer, and no others", async () => {
    expect(await plans()).toEqual(["gold00", "other0"]);
    await suspendIn(application)(ACCOUNT, subscription(), UNTIL);
    expect([subscription().spec.suspendedUntil, await plans()]).toEqual([UNTIL, ["other0"]]);
    await suspendIn(application)(ACCOUNT, subscription(), undefined);
    expect([subscription().spec.suspendedUntil, await plans()]).toEqual([undefined, ["gold00", "other0"]]);
  });

  it("is not written to a subscription that was changed since it was read", async () => {
    const read = subscription();
    await put(["Subscription", "s", { ...SUBSCRIPTION, spendLimit: { amount: "5" } }]);
    await suspendIn(application)(ACCOUNT, read, UNTIL);
    expect(subscription().spec.suspendedUntil).toBeUndefined();
  });
});

it("billing is watched every 10 seconds, and at once when what it is about has changed", async () => {
  let runs = 0;
  let nowMs = 1_000_000;
  let listener: MirrorListener | undefined;
  const run = atOnce(
    { listen: (one) => (listener = one) },
    async () => ++runs,
    () => nowMs,
  );
  const change = (kind: Kind) =>
    listener?.commit(1, [{ accountId: ACCOUNT, after: { entity: { kind } } }] as never);
  const count = async () => {
    await run();
    return runs;
  };
  expect([await count(), await count()]).toEqual([1, 1]);
  change("RestApi");
  expect(await count()).toBe(1);
  change("Customer");
  expect([await count(), await count()]).toEqual([2, 2]);
  nowMs += 10_000;
  expect([await count(), await count()]).toEqual([3, 3]);
  listener?.reset(2);
  expect(await count()).toBe(4);
  // The clock was set back: what is watched does not wait until it is where it was.
  nowMs -= 3_600_000;
  expect([await count(), await count()]).toEqual([5, 5]);
});
