import { ACCOUNT, type EventView, KEY, PLAN } from "@tollgate/usage-stream";
import { ByTime } from "./by-time.ts";
import { Combinations } from "./combinations.ts";
import type { AddingTable, Session } from "./database.ts";
import { inNamedOrder, type Named } from "./named-order.ts";

const DAY_MS = 86_400_000;

interface KeyOfPlan extends Named {
  readonly accountId: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly days: ByTime<{ callCount: number }>;
}

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

const noCalls = () => ({ callCount: 0 });

/** KeyCalls counts the calls of API keys by usage plan and UTC day. */
export class KeyCalls {
  readonly #keys = new Combinations<KeyOfPlan>(3);

  /** add counts a call, if it counts against a plan. */
  add(event: EventView): void {
    const { texts } = event;
    if (texts[PLAN] === 0) return;
    const { key } = this.#keys;
    key[0] = texts[ACCOUNT] as number;
    key[1] = texts[PLAN] as number;
    key[2] = texts[KEY] as number;
    const { days } = this.#keys.get() ?? this.#keys.add(newKey(event));
    days.at(Math.floor(event.endTimeUnixMs / DAY_MS) * DAY_MS, noCalls).callCount++;
  }

  /** The counts, in one order. */
  get rows(): readonly (readonly (string | number)[])[] {
    return inNamedOrder(this.#keys.values).flatMap(({ accountId, usagePlanId, apiKeyId, days }) =>
      days.inOrder.map(([dayUnixMs, { callCount }]) => [
        dayUnixMs,
        accountId,
        usagePlanId,
        apiKeyId,
        callCount,
      ]),
    );
  }

  /** save adds the counts to those that are stored. */
  save(session: Session): Promise<void> {
    return session.add(table, this.rows);
  }
}

function newKey({ accountId, usagePlanId, apiKeyId }: EventView): KeyOfPlan {
  const name = `${accountId}\n${usagePlanId}\n${apiKeyId}`;
  return { name, accountId, usagePlanId, apiKeyId, days: new ByTime() };
}
