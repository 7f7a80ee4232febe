import type { AddingTable, Session } from "./database.ts";
import { inKeyOrder } from "./key-order.ts";
import type { UnitsRow } from "./key-units.ts";
import { SLOT_MS } from "./tally.ts";

const DAY_MS = 86_400_000;
/**
 * What arrives so long after its quarter of an hour may have missed an invoice. Invoices are made an hour after their month: half of it is left for
 * clocks of several processes that differ, and for transactions that take long.
 */
const LATE_AFTER_MS = 1_800_000;

const lateUsage: AddingTable = {
  name: "late_usage",
  columns: [
    { name: "account_id", type: "TEXT" },
    { name: "api_key_id", type: "TEXT" },
    { name: "usage_plan_id", type: "TEXT" },
    { name: "day_unix_ms", type: "BIGINT" },
    { name: "change_count", type: "BIGINT" },
  ],
  key: ["account_id", "api_key_id", "usage_plan_id", "day_unix_ms"],
  change: "change_count = late_usage.change_count + excluded.change_count",
};

async function chargedUntil(session: Session, accountId: string): Promise<number> {
  const [row] = await session.query("SELECT end_unix_ms FROM charged_until WHERE account_id = $1", [
    accountId,
  ]);
  return Number(row?.["end_unix_ms"] ?? 0);
}

/**
 * markLate notes which keys have usage that may have missed an invoice: only their months are rated again. What is on time is in every invoice of
 * its month, and costs nothing here.
 */
export async function markLate(session: Session, units: readonly UnitsRow[], nowMs: number): Promise<void> {
  const rows = new Map<string, (string | number)[]>();
  const lateBefore = new Map<string, number>();
  for (const [accountId, slotUnixMs, , , , usagePlanId, apiKeyId, freeReason] of units) {
    if (usagePlanId === "" || freeReason !== 0) continue;
    let lateBeforeMs = lateBefore.get(accountId);
    if (lateBeforeMs === undefined) {
      lateBeforeMs = Math.max(nowMs - LATE_AFTER_MS, await chargedUntil(session, accountId));
      lateBefore.set(accountId, lateBeforeMs);
    }
    if (slotUnixMs + SLOT_MS > lateBeforeMs) continue;
    const day = Math.floor(slotUnixMs / DAY_MS) * DAY_MS;
    const name = JSON.stringify([accountId, apiKeyId, usagePlanId, day]);
    rows.set(name, [accountId, apiKeyId, usagePlanId, day, 1]);
  }
  await session.add(lateUsage, inKeyOrder(lateUsage, [...rows.values()]));
}

/** noteCharged notes that usage before a time is on invoices of an account. */
export async function noteCharged(session: Session, accountId: string, endUnixMs: number): Promise<void> {
  await session.query(
    `INSERT INTO charged_until (account_id, end_unix_ms) VALUES ($1, $2)
     ON CONFLICT (account_id) DO UPDATE SET end_unix_ms = excluded.end_unix_ms WHERE charged_until.end_unix_ms < excluded.end_unix_ms`,
    [accountId, endUnixMs],
  );
}
