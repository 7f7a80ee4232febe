import { expect, it } from "vitest";
import { CacheOutcome, FreeReason, type UnitsRow } from "@tollgate/proto/usage";
import { unitsRow } from "./usage-units.ts";

const row = {
  periodStartUnixMs: 0n,
  meter: "rest.request",
  units: 2n,
  freeUnits: 1n,
  apiId: "",
  stage: "",
  usagePlanId: "",
  apiKeyId: "",
  freeReason: FreeReason.UNSPECIFIED,
  customerId: "",
  domainName: "",
  cacheOutcome: CacheOutcome.HIT,
  authorizerOutcome: 0,
  firstConfigRevision: 7n,
  lastConfigRevision: 9n,
} as unknown as UnitsRow;

it("a row of units has the instant of its period, its tag in one word, and why it is free", () => {
  expect(unitsRow(row)).toMatchObject({ period: "", tag: "", reason: "", units: 2n, free: 1n });
  expect(unitsRow(row)).toMatchObject({ cache: "HIT", authorizer: "", revisions: "7-9" });
  const tag = { key: "cost=center", value: "7" } as UnitsRow["tag"];
  const other = { ...row, tag, periodStartUnixMs: 1_795_219_200_000n, freeReason: FreeReason.THROTTLED };
  expect(unitsRow(other as UnitsRow)).toMatchObject({
    period: new Date(1_795_219_200_000).toISOString(),
    tag: "cost=center=7",
    reason: "THROTTLED",
  });
});
