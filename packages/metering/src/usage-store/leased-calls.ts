import { ACCOUNT, type EventView, KEY, PLAN } from "@tollgate/usage-stream";
import { ByTime } from "./by-time.ts";
import { Combinations } from "./combinations.ts";
import type { AddingTable, Session } from "./database.ts";
import { inNamedOrder, type Named } from "./named-order.ts";

const DAY_MS = 86_400_000;
/**
 * Longer than the longest period of a quota: what is older is asked for no more. A source that has ended is asked about for as long: its worker was
 * replaced early in the run of a node that is killed much later.
 */
const KEPT_MS = 33 * DAY_MS;

/** LeasedCalls is the number of calls of one key under one plan, by the UTC day on which they began, in one source. */
interface LeasedCalls extends Named {
  readonly source: string;
  readonly accountId: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly days: ByTime<{ callCount: number }>;
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
  readonly #keys = new Combinations<LeasedCalls>(4);
  readonly #sources = new Map<string, number>();

  /** A call counts in the period in which it began. Its time is in whole milliseconds and may be one too early. */
  add(source: string, event: EventView): void {
    const { texts, endTimeUnixMs, latencyUs } = event;
    if (texts[PLAN] === 0) return;
    const beganUnixMs = endTimeUnixMs + 1 - latencyUs / 1000;
    const { key } = this.#keys;
    key[0] = this.#numberOf(source);
    key[1] = texts[ACCOUNT] as number;
    key[2] = texts[PLAN] as number;
    key[3] = texts[KEY] as number;
    const { days } = this.#keys.get() ?? this.#keys.add(newKey(source, event));
    days.at(Math.floor(beganUnixMs / DAY_MS) * DAY_MS, noCalls).callCount++;
  }

  #numberOf(source: string): number {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    this.#sources.set(source, this.#sources.size);
    return this.#sources.size - 1;
  }

  /** save adds the sums to those that are stored, in the order of their keys. */
  async save(session: Session): Promise<void> {
    await session.add(
      leasedCalls,
      inNamedOrder(this.#keys.values).flatMap(({ source, accountId, usagePlanId, apiKeyId, days }) =>
        days.inOrder.map(([dayUnixMs, { callCount }]) => [
          source,
          accountId,
          usagePlanId,
          apiKeyId,
          dayUnixMs,
          callCount,
        ]),
      ),
    );
  }
}

const noCalls = () => ({ callCount: 0 });

function newKey(source: string, { accountId, usagePlanId, apiKeyId }: EventView): LeasedCalls {
  const name = JSON.stringify([source, accountId, usagePlanId, apiKeyId]);
  return { name, source, accountId, usagePlanId, apiKeyId, days: new ByTime() };
}

/** forgetLeasedCalls removes what nobody asks for any more. */
export async function forgetLeasedCalls(session: Session, nowMs: number): Promise<void> {
  await session.query("DELETE FROM usage_leased_calls WHERE day_unix_ms < $1", [nowMs - KEPT_MS]);
}
