import { type GivenTerms, monthPeriod } from "@tollgate/billing";
import type { Session } from "../usage-store/database.ts";

const DAY_MS = 86_400_000;

/** RatedMonth is a month, and how much late usage it had when it was rated. */
export interface RatedMonth {
  readonly month: string;
  readonly changeCount: number;
}

/**
 * rateable is how much late usage the month of some terms has now. It is read before the usage itself: what arrives in between makes the month
 * be rated once more, and is never missed.
 */
export async function rateable(session: Session, given: GivenTerms): Promise<RatedMonth> {
  const { accountId, month, timeZone, apiKeyIds, usagePlanIds } = given;
  const { startUnixMs, endUnixMs } = monthPeriod(month, timeZone || "UTC");
  const firstDay = Math.floor(startUnixMs / DAY_MS) * DAY_MS;
  const parameters: (string | number)[] = [accountId, firstDay, endUnixMs];
  const oneOf = (ids: readonly string[]) => ids.map((id) => `$${parameters.push(id)}`).join(", ");
  const [row] = await session.query(
    `SELECT CAST(COALESCE(SUM(change_count), 0) AS BIGINT) AS changes FROM late_usage
     WHERE account_id = $1 AND api_key_id IN (${oneOf(apiKeyIds)}) AND usage_plan_id IN (${oneOf(usagePlanIds)})
     AND day_unix_ms >= $2 AND day_unix_ms < $3`,
    parameters,
  );
  return { month, changeCount: Number(row?.["changes"] ?? 0) };
}

/** ratedMonths are the months of a subscription of which everything is charged, as long as they have no more late usage. */
export async function ratedMonths(
  session: Session,
  { accountId, subscriptionId }: Pick<GivenTerms, "accountId" | "subscriptionId">,
): Promise<ReadonlyMap<string, number>> {
  const rows = await session.query(
    "SELECT month, change_count FROM rated_months WHERE account_id = $1 AND subscription_id = $2",
    [accountId, subscriptionId],
  );
  return new Map(rows.map((row) => [String(row["month"]), Number(row["change_count"])]));
}

/** saveRated notes that invoices charge all of these months. */
export async function saveRated(
  session: Session,
  { accountId, subscriptionId }: Pick<GivenTerms, "accountId" | "subscriptionId">,
  months: readonly RatedMonth[],
): Promise<void> {
  for (const { month, changeCount } of months)
    await session.query(
      `INSERT INTO rated_months (account_id, subscription_id, month, change_count) VALUES ($1, $2, $3, $4)
       ON CONFLICT (account_id, subscription_id, month) DO UPDATE SET change_count = excluded.change_count`,
      [accountId, subscriptionId, month, changeCount],
    );
}
