import {
  UsageDimension as Dimension,
  UsagePeriod as Period,
  type QueryUsageRequest,
} from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";
import type { Row, Session } from "../usage-store/database.ts";
import { missingEvents } from "../usage-store/missing.ts";
import { SUM_COLUMNS } from "../usage-store/schema.ts";
import { refuseTimes } from "./time-range.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const columnsOf: Readonly<Record<number, readonly string[]>> = {
  [Dimension.API]: ["api_id"],
  [Dimension.STAGE]: ["stage"],
  [Dimension.METHOD]: ["http_method", "resource_path"],
};

const periodOf: Readonly<Record<number, string>> = {
  [Period.UNSPECIFIED]: "0",
  [Period.TOTAL]: "0",
  [Period.HOUR]: "hour_unix_ms",
  [Period.DAY]: `(hour_unix_ms / ${DAY_MS}) * ${DAY_MS}`,
};

const text = (row: Row, column: string) => String(row[column] ?? "");
const whole = (row: Row, column: string) => BigInt(row[column] ?? 0);

function toProtoRow(row: Row, columns: readonly string[]) {
  return {
    periodStartUnixMs: whole(row, "period_start"),
    apiId: text(row, "api_id"),
    stage: text(row, "stage"),
    method: columns.includes("http_method")
      ? `${text(row, "http_method")} ${text(row, "resource_path") || "-"}`
      : "",
    callCount: whole(row, "call_count"),
    status2xxCount: whole(row, "status_2xx"),
    status3xxCount: whole(row, "status_3xx"),
    status4xxCount: whole(row, "status_4xx"),
    status5xxCount: whole(row, "status_5xx"),
    requestBytes: whole(row, "request_bytes"),
    responseBytes: whole(row, "response_bytes"),
    latencyUsSum: whole(row, "latency_us"),
    integrationLatencyUsSum: whole(row, "integration_latency_us"),
    earlyCount: whole(row, "early_count"),
    lateCount: whole(row, "late_count"),
    messageCount: whole(row, "message_count"),
    connectionMinutes: whole(row, "connection_minutes"),
    lastReceivedTimeUnixMs: whole(row, "last_received_unix_ms"),
  };
}

/** queryUsage is UsageService.QueryUsage. Records are stored per hour, so a range is widened to full hours. */
export async function queryUsage(database: Session, request: QueryUsageRequest, silentBeforeUnixMs: number) {
  const accountId = request.accountId || "000000000000";
  const columns = request.by.flatMap((dimension) => {
    const found = columnsOf[dimension];
    if (!found)
      throw new Refusal(`by contains ${dimension}, which is not a dimension: use API, STAGE or METHOD`);
    return found;
  });
  const period = periodOf[request.period];
  if (period === undefined) throw new Refusal(`period ${request.period} must be TOTAL, HOUR or DAY`);
  refuseTimes({
    start_time_unix_ms: request.startTimeUnixMs,
    end_time_unix_ms: request.endTimeUnixMs,
  });
  const startMs = Math.floor(Number(request.startTimeUnixMs) / HOUR_MS) * HOUR_MS;
  const endMs = Number(request.endTimeUnixMs) || Number.MAX_SAFE_INTEGER;
  if (endMs <= startMs)
    throw new Refusal("the range is empty: end_time_unix_ms must be after start_time_unix_ms");
  const groups = ["period_start", ...columns];
  const rows = await database.query(
    `SELECT ${[`${period} AS period_start`, ...columns].join(", ")}, ${SUM_COLUMNS.map((column) => `CAST(SUM(${column}) AS BIGINT) AS ${column}`).join(", ")}, MAX(last_received_unix_ms) AS last_received_unix_ms
     FROM usage_records WHERE account_id = $1 AND hour_unix_ms >= $2 AND hour_unix_ms < $3 AND ($4 = '' OR api_id = $4)
     GROUP BY ${groups.map((_, i) => i + 1).join(", ")} ORDER BY ${groups.map((_, i) => i + 1).join(", ")}`,
    [accountId, startMs, endMs, request.apiId],
  );
  return {
    rows: rows.map((row) => toProtoRow(row, columns)),
    missingEventCount: BigInt(await missingEvents(database, silentBeforeUnixMs)),
  };
}
