import { ACCOUNT, type EventView, KEY, PLAN, type Texts } from "@tollgate/usage-stream";
import { CombinationSums, Listed } from "./combination-sums.ts";
import type { AddingTable, Session } from "./database.ts";
import { inKeyOrder } from "./key-order.ts";

const DAY_MS = 86_400_000;

const table: AddingTable = {
  name: "usage_keys",
  columns: [
    { name: "day_unix_ms", type: "BIGINT" },
    { name: "account_id", type: "TEXT" },
    { name: "usage_plan_id", type: "TEXT" },
    { name: "api_key_id", type: "TEXT" },
    { name: "call_count", type: "BIGINT" },
  ],
  key: ["account_id", "usage_plan_id", "api_key_id", "day_unix_ms"],
  change: "call_count = usage_keys.call_count + excluded.call_count",
};

/** KeyCalls counts the calls of API keys by usage plan and UTC day. */
export class KeyCalls {
  readonly #sums = new CombinationSums(4);
  readonly #days = new Listed<number>();
  #known: Texts | undefined;

  /** add counts calls of an event's key on the day of a time, if they count against a plan. */
  add(event: EventView, calls: number, unixMs: number): void {
    const { texts } = event;
    if (texts[PLAN] === 0) return;
    const { key } = this.#sums;
    key[0] = texts[ACCOUNT] as number;
    key[1] = texts[PLAN] as number;
    key[2] = texts[KEY] as number;
    key[3] = this.#days.numberOf(Math.floor(unixMs / DAY_MS) * DAY_MS);
    this.#sums.add(calls);
    this.#known = event.known;
  }

  /** The counts, in the order of their keys. */
  get rows(): readonly (readonly (string | number)[])[] {
    const text = (number: number): string => (this.#known as Texts).valueOf(number);
    return inKeyOrder(
      table,
      this.#sums.map((at, calls) => [
        this.#days.valueOf(at(3)),
        text(at(0)),
        text(at(1)),
        text(at(2)),
        calls,
      ]),
    );
  }

  /** save adds the counts to those that are stored. */
  save(session: Session): Promise<void> {
    return session.add(table, this.rows);
  }
}
