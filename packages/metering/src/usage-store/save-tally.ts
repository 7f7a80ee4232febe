import type { AddingTable, Session } from "./database.ts";
import { SUM_COLUMNS } from "./schema.ts";
import type { Tally } from "./tally.ts";

const text = (...names: readonly string[]) => names.map((name) => ({ name, type: "TEXT" as const }));
const whole = (...names: readonly string[]) => names.map((name) => ({ name, type: "BIGINT" as const }));

const records: AddingTable = {
  name: "usage_records",
  columns: [
    ...whole("hour_unix_ms"),
    ...text("account_id", "api_id", "stage", "http_method", "resource_path"),
    ...whole(...SUM_COLUMNS, "last_received_unix_ms"),
  ],
  key: ["account_id", "api_id", "stage", "http_method", "resource_path", "hour_unix_ms"],
  change: `${SUM_COLUMNS.map((column) => `${column} = usage_records.${column} + excluded.${column}`).join(", ")},
     last_received_unix_ms = CASE WHEN excluded.last_received_unix_ms > usage_records.last_received_unix_ms
       THEN excluded.last_received_unix_ms ELSE usage_records.last_received_unix_ms END`,
};

const keyCounts: AddingTable = {
  name: "usage_keys",
  columns: [
    ...whole("day_unix_ms"),
    ...text("account_id", "usage_plan_id", "api_key_id"),
    ...whole("call_count"),
  ],
  key: ["account_id", "usage_plan_id", "api_key_id", "day_unix_ms"],
  change: "call_count = usage_keys.call_count + excluded.call_count",
};

const unitCounts: AddingTable = {
  name: "usage_units",
  columns: [
    ...text("account_id"),
    ...whole("slot_unix_ms"),
    ...text("meter", "api_id", "stage", "usage_plan_id", "api_key_id"),
    ...whole("free_reason", "units"),
  ],
  key: [
    "account_id",
    "slot_unix_ms",
    "meter",
    "api_id",
    "stage",
    "usage_plan_id",
    "api_key_id",
    "free_reason",
  ],
  change: "units = usage_units.units + excluded.units",
};

/** saveTally adds what was tallied to what is stored. Rows are in the order of their keys: others add to the same ones at the same time. */
export async function saveTally(session: Session, tally: Tally): Promise<void> {
  await session.add(
    records,
    tally.records.map((record) => [
      record.hourUnixMs,
      record.accountId,
      record.apiId,
      record.stage,
      record.httpMethod,
      record.resourcePath,
      ...SUM_COLUMNS.map((column) => record.sums[column]),
      record.lastReceivedUnixMs,
    ]),
  );
  await session.add(
    keyCounts,
    tally.keyCounts.map(({ dayUnixMs, accountId, usagePlanId, apiKeyId, callCount }) => [
      dayUnixMs,
      accountId,
      usagePlanId,
      apiKeyId,
      callCount,
    ]),
  );
  await session.add(
    unitCounts,
    tally.unitCounts.map((one) => [
      one.accountId,
      one.slotUnixMs,
      one.meter,
      one.apiId,
      one.stage,
      one.usagePlanId,
      one.apiKeyId,
      one.freeReason,
      one.units,
    ]),
  );
  await tally.labelUnits.save(session);
  await tally.servedUnits.save(session);
  await tally.sourceSums.save(session);
}
