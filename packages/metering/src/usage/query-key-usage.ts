import type { QueryKeyUsageRequest } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";
import type { Session } from "../usage-store/database.ts";
import { refuseTimes } from "./time-range.ts";

const DAY_MS = 86_400_000;
const floorDay = (unixMs: bigint) => Math.floor(Number(unixMs) / DAY_MS) * DAY_MS;

/** queryKeyUsage is UsageService.QueryKeyUsage. Calls are counted per day, so a range is widened to full days. */
export async function queryKeyUsage(database: Session, request: Omit<QueryKeyUsageRequest, "$typeName">) {
  const { accountId, usagePlanId, apiKeyId, startTimeUnixMs, endTimeUnixMs } = request;
  if (usagePlanId === "") throw new Refusal("usage_plan_id is empty");
  refuseTimes({ start_time_unix_ms: startTimeUnixMs, end_time_unix_ms: endTimeUnixMs });
  if (endTimeUnixMs <= startTimeUnixMs)
    throw new Refusal("end_time_unix_ms must be after start_time_unix_ms");
  const rows = await database.query(
    `SELECT api_key_id, day_unix_ms, call_count FROM usage_keys
     WHERE account_id = $1 AND usage_plan_id = $2 AND day_unix_ms >= $3 AND day_unix_ms < $4 AND ($5 = '' OR api_key_id = $5)
     ORDER BY api_key_id, day_unix_ms`,
    [accountId || "000000000000", usagePlanId, floorDay(startTimeUnixMs), Number(endTimeUnixMs), apiKeyId],
  );
  return {
    rows: rows.map((row) => ({
      apiKeyId: String(row.api_key_id),
      dayUnixMs: BigInt(row.day_unix_ms ?? 0),
      callCount: BigInt(row.call_count ?? 0),
    })),
  };
}
