import { ACCOUNT, type EventView, KEY, PLAN, type Texts } from "@tollgate/usage-stream";
import { CombinationSums, Listed } from "./combination-sums.ts";
import type { AddingTable, Session } from "./database.ts";
import { inKeyOrder } from "./key-order.ts";

const DAY_MS = 86_400_000;
/**
 * Longer than the longest period of a quota: what is older is asked for no more. A source that has ended is asked about for as long: its worker was
 * replaced early in the run of a node that is killed much later.
 */
const KEPT_MS = 33 * DAY_MS;

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

/** LeasedCallsTally adds up the calls of keys by source and the UTC day on which they began: what sources used of the quotas that their node leases. */
export class LeasedCallsTally {
  readonly #sums = new CombinationSums(5);
  readonly #sources = new Listed<string>();
  readonly #days = new Listed<number>();
  #known: Texts | undefined;

  /** A call counts in the period in which it began. Its time is in whole milliseconds and may be one too early. */
  add(source: string, event: EventView): void {
    const { texts, endTimeUnixMs, latencyUs } = event;
    if (texts[PLAN] === 0) return;
    const beganUnixMs = endTimeUnixMs + 1 - latencyUs / 1000;
    const { key } = this.#sums;
    key[0] = this.#sources.numberOf(source);
    key[1] = texts[ACCOUNT] as number;
    key[2] = texts[PLAN] as number;
    key[3] = texts[KEY] as number;
    key[4] = this.#days.numberOf(Math.floor(beganUnixMs / DAY_MS) * DAY_MS);
    this.#sums.add(1);
    this.#known = event.known;
  }

  /** save adds the sums to those that are stored, in the order of their keys. */
  async save(session: Session): Promise<void> {
    const text = (number: number): string => (this.#known as Texts).valueOf(number);
    const rows = this.#sums.map((at, calls) => [
      this.#sources.valueOf(at(0)),
      text(at(1)),
      text(at(2)),
      text(at(3)),
      this.#days.valueOf(at(4)),
      calls,
    ]);
    await session.add(leasedCalls, inKeyOrder(leasedCalls, rows));
  }
}

/** forgetLeasedCalls removes what nobody asks for any more. */
export async function forgetLeasedCalls(session: Session, nowMs: number): Promise<void> {
  await session.query("DELETE FROM usage_leased_calls WHERE day_unix_ms < $1", [nowMs - KEPT_MS]);
}
