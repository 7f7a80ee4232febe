import { describe, expect, it } from "vitest";
import { endedHours, meterUsageBatches, type PlanKey, planKeysOf } from "./marketplace-records.ts";

const HOUR = Date.parse("2026-11-30T10:00:00Z");
const key = (apiKeyId: string, customerId: string, more: Partial<PlanKey> = {}): PlanKey => ({
  productCode: "prod-1",
  usagePlanId: "gold",
  apiKeyId,
  customerId,
  ...more,
});
const used = (apiKeyId: string, units: bigint, more: object = {}) => ({
  hourUnixMs: HOUR,
  usagePlanId: "gold",
  apiKeyId,
  units,
  ...more,
});

describe("records for AWS Marketplace", () => {
  it("are one for each customer and hour, whatever number of keys it has", () => {
    const keys = [
      key("k1", "111122223333"),
      key("k2", "111122223333", { usagePlanId: "silver" }),
      key("k3", "ifAPbCtxn8w"),
      key("k4", ""),
    ];
    const usage = [
      used("k1", 5n),
      used("k2", 7n, { usagePlanId: "silver" }),
      // Under a plan that is not of the product, and of a key that AWS Marketplace does not know.
      used("k1", 100n, { usagePlanId: "own" }),
      used("k4", 100n),
    ];
    expect(meterUsageBatches(keys, [HOUR], usage)).toEqual([
      {
        ProductCode: "prod-1",
        UsageRecords: [
          {
            Timestamp: "2026-11-30T10:00:00Z",
            CustomerAWSAccountId: "111122223333",
            Dimension: "apigateway",
            Quantity: 12,
          },
          {
            Timestamp: "2026-11-30T10:00:00Z",
            CustomerIdentifier: "ifAPbCtxn8w",
            Dimension: "apigateway",
            Quantity: 0,
          },
        ],
      },
    ]);
  });

  it("are of one product a request, and at most 25", () => {
    const keys = Array.from({ length: 26 }, (_, i) => key(`k${i}`, `customer-${i}`));
    const batches = meterUsageBatches(
      [key("other", "111122223333", { productCode: "prod-0" }), ...keys],
      [HOUR],
      [],
    );
    expect(batches.map(({ ProductCode, UsageRecords }) => [ProductCode, UsageRecords.length])).toEqual([
      ["prod-0", 1],
      ["prod-1", 25],
      ["prod-1", 1],
    ]);
  });

  it("are the same for the same usage, in whatever order it comes", () => {
    const keys = [key("k1", "a"), key("k2", "b")];
    const usage = [used("k1", 1n), used("k2", 2n)];
    expect(meterUsageBatches(keys.toReversed(), [HOUR], usage.toReversed())).toEqual(
      meterUsageBatches(keys, [HOUR], usage),
    );
  });

  it("have what a key used before it was moved, and name the units of deleted keys", () => {
    const codes = new Map([["gold", "prod-1"]]);
    const owned = (apiKeyId: string, usagePlanIds: readonly string[]) => ({
      apiKeyId,
      customerId: "111122223333",
      usagePlanIds,
    });
    const usage = [used("moved", 5n), used("deleted", 3n)];
    const own = [owned("new", ["gold", "own"]), owned("moved", ["own"]), owned("other", ["own"])];
    const { keys, unowned } = planKeysOf(codes, own, usage);
    expect([keys, unowned]).toEqual([[key("new", "111122223333"), key("moved", "111122223333")], 3n]);
    expect(meterUsageBatches(keys, [HOUR], usage)[0]?.UsageRecords).toMatchObject([{ Quantity: 5 }]);
  });

  it.each([
    ["2026-11-30T09:00:00Z", "2026-11-30T11:59:59Z", 2],
    ["2026-11-30T09:00:01Z", "2026-11-30T11:00:00Z", 1],
    ["2026-11-30T09:30:00Z", "2026-11-30T09:59:00Z", 0],
    ["2026-11-30T11:00:00Z", "2026-11-30T09:00:00Z", 0],
  ])("are of hours that ended: from %s to %s %d", (start, end, count) => {
    const hours = endedHours(Date.parse(start), Date.parse(end));
    expect(hours).toHaveLength(count);
    for (const hour of hours) expect([hour % 3_600_000, hour >= Date.parse(start)]).toEqual([0, true]);
  });
});
