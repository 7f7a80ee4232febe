import { Command } from "commander";
import { expect, it } from "vitest";
import { CacheOutcome, FreeReason, type UnitsRow } from "@tollgate/proto/usage";
import { addUsage } from "./usage.ts";
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

it.each([
  [["units", "--by", "customer", "--period", "day"], { by: "customer", period: "day" }],
  [["audit", "--start", "2026-11-01", "--end", "2026-12-01"], { start: "2026-11-01", end: "2026-12-01" }],
  [["--by", "api", "--start", "2026-11-01"], { by: "api", start: "2026-11-01" }],
])("usage %j takes its options", (given, options) => {
  const program = new Command();
  addUsage(program);
  let taken: object = {};
  for (const command of program.commands[0]?.commands ?? [])
    command.action((own: object) => {
      taken = own;
    });
  program.parse(["usage", ...given], { from: "user" });
  expect(taken).toMatchObject(options);
});

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
