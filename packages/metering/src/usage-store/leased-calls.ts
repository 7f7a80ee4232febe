import type { UsageEvent } from "@tollgate/proto/usage";
import type { AddingTable, Session } from "./database.ts";

const DAY_MS = 86_400_000;
/**
 * Longer than the longest period of a quota: what is older is asked for no more. A source that has ended is asked about for as long: its worker was
 * replaced early in the run of a node that is killed much later.
 */
const KEPT_MS = 33 * DAY_MS;

/** LeasedCalls is the number of calls of one key under one plan that began on one UTC day, in one source. */
interface LeasedCalls {
  readonly source: string;
  readonly accountId: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly dayUnixMs: number;
  callCount: number;
}

const leasedCalls: AddingTable = {
  name: "usage_leased_calls",
  columns: [
    { name: "source", type: "TEXT" },
    { name: "account_id", type: "TEXT" },
    { name: "usage_plan_id", type: "TEXT" },
    { name: "api_key_id", type: "TEXT" },
    { name: "day_unix_ms", type: "BIGINT" },
    { name: "call_count", type: "BIGINT" },
  ],
  key: ["source", "account_id", "usage_plan_id", "api_key_id", "day_unix_ms"],
  change: "call_count = usage_leased_calls.call_count + excluded.call_count",
};

/** LeasedCallsTally adds up the calls of keys by source: what sources used of the quotas that their node leases. */
export class LeasedCallsTally {
  readonly #rows = new Map<string, LeasedCalls>();

  /** A call counts in the period in which it began. Its time is in whole milliseconds and may be one too early. */
  add(source: string, { accountId, usagePlanId, apiKeyId, endTimeUnixMs, latencyUs }: UsageEvent): void {
    if (usagePlanId === "") return;
    const beganUnixMs = Number(endTimeUnixMs) + 1 - Number(latencyUs) / 1000;
    const dayUnixMs = Math.floor(beganUnixMs / DAY_MS) * DAY_MS;
    const name = JSON.stringify([source, accountId, usagePlanId, apiKeyId, dayUnixMs]);
    const row = this.#rows.get(name);
    if (row) row.callCount++;
    else this.#rows.set(name, { source, accountId, usagePlanId, apiKeyId, dayUnixMs, callCount: 1 });
  }

  /** save adds the sums to those that are stored, in the order of their keys. */
  async save(session: Session): Promise<void> {
    const rows = [...this.#rows.keys()].sort().map((name) => this.#rows.get(name) as LeasedCalls);
    await session.add(
      leasedCalls,
      rows.map((row) => [
        row.source,
        row.accountId,
        row.usagePlanId,
        row.apiKeyId,
        row.dayUnixMs,
        row.callCount,
      ]),
    );
  }
}

/** forgetLeasedCalls removes what nobody asks for any more. */
export async function forgetLeasedCalls(session: Session, nowMs: number): Promise<void> {
  await session.query("DELETE FROM usage_leased_calls WHERE day_unix_ms < $1", [nowMs - KEPT_MS]);
}
