import type { CountLeasedCallsRequest, LeasedQuota } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";
import type { Session } from "../usage-store/database.ts";

const QUOTAS_MAX = 1_000;

/** countLeasedCalls is SourceService.CountLeasedCalls: exact, or not complete. */
export async function countLeasedCalls(
  database: Session,
  { sources, quotas }: Pick<CountLeasedCallsRequest, "sources" | "quotas">,
): Promise<{ readonly complete: boolean; readonly callCounts: bigint[] }> {
  if (sources.length === 0) throw new Refusal("sources is empty");
  if (quotas.length > QUOTAS_MAX) throw new Refusal(`quotas has more than ${QUOTAS_MAX} elements`);
  for (const source of sources)
    if (!(await isComplete(database, source))) return { complete: false, callCounts: [] };
  const callCounts: bigint[] = [];
  for (const quota of quotas) callCounts.push(await callsOf(database, sources, quota));
  return { complete: true, callCounts };
}

/** Whether a source has ended, and all that it recorded is counted. */
async function isComplete(database: Session, source: string): Promise<boolean> {
  const [row] = await database.query(
    `SELECT 1 AS complete FROM usage_sources s WHERE source = $1 AND closed = 1 AND recorded_seq <= last_seq
     AND NOT EXISTS (SELECT 1 FROM usage_gaps g WHERE g.source = s.source)`,
    [source],
  );
  return row !== undefined;
}

async function callsOf(
  database: Session,
  sources: readonly string[],
  { accountId, usagePlanId, apiKeyId, startTimeUnixMs, endTimeUnixMs }: LeasedQuota,
): Promise<bigint> {
  const places = sources.map((_, i) => `$${i + 6}`).join(", ");
  const [row] = await database.query(
    `SELECT CAST(COALESCE(SUM(call_count), 0) AS BIGINT) AS calls FROM usage_leased_calls
     WHERE account_id = $1 AND usage_plan_id = $2 AND api_key_id = $3 AND day_unix_ms >= $4 AND day_unix_ms < $5 AND source IN (${places})`,
    [accountId, usagePlanId, apiKeyId, Number(startTimeUnixMs), Number(endTimeUnixMs), ...sources],
  );
  return BigInt(row?.["calls"] ?? 0);
}
