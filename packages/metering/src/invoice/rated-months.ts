import { type GivenTerms, monthPeriod } from "@tollgate/billing";
import type { AddingTable, Session } from "../usage-store/database.ts";
import { conditionOfSubscriptions, type SubscriptionsFilter } from "./document-filter.ts";

const DAY_MS = 86_400_000;

/** RatedMonth is a month, and how much late usage it had when it was rated. */
export interface RatedMonth {
  readonly month: string;
  readonly changeCount: number;
}

interface Change {
  readonly usagePlanId: string;
  readonly dayUnixMs: number;
  readonly count: number;
}

const periodOf = ({ month, timeZone }: GivenTerms) => monthPeriod(month, timeZone || "UTC");

/** The UTC day on which a period begins. */
const firstDayOf = ({ startUnixMs }: { readonly startUnixMs: number }): number =>
  Math.floor(startUnixMs / DAY_MS) * DAY_MS;

/** Keys of one statement. */
const KEYS_AT_ONCE = 1_000;

/** LateChanges is how much late usage keys have by day: there is little of it, and a statement reads that of many keys. */
export class LateChanges {
  readonly #byKey: ReadonlyMap<string, readonly Change[]>;

  private constructor(byKey: ReadonlyMap<string, readonly Change[]>) {
    this.#byKey = byKey;
  }

  /** read reads what there is of all keys and months of some terms of an account. */
  static async read(session: Session, accountId: string, terms: readonly GivenTerms[]): Promise<LateChanges> {
    const keys = [...new Set(terms.flatMap(({ apiKeyIds }) => apiKeyIds))];
    if (keys.length === 0) return new LateChanges(new Map());
    const months = new Map(terms.map((given) => [`${given.month} ${given.timeZone}`, periodOf(given)]));
    const from = Math.min(...[...months.values()].map(firstDayOf));
    const until = Math.max(...[...months.values()].map(({ endUnixMs }) => endUnixMs));
    const rows = [];
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const some = keys.slice(at, at + KEYS_AT_ONCE);
      rows.push(
        ...(await session.query(
          `SELECT api_key_id, usage_plan_id, day_unix_ms, change_count FROM late_usage
           WHERE account_id = $1 AND day_unix_ms >= $2 AND day_unix_ms < $3 AND api_key_id IN (${some.map((_, i) => `$${i + 4}`).join(", ")})`,
          [accountId, from, until, ...some],
        )),
      );
    }
    const byKey = Map.groupBy(rows, (row) => String(row["api_key_id"]));
    return new LateChanges(
      new Map(
        [...byKey].map(([key, own]) => [
          key,
          own.map((row) => ({
            usagePlanId: String(row["usage_plan_id"]),
            dayUnixMs: Number(row["day_unix_ms"]),
            count: Number(row["change_count"]),
          })),
        ]),
      ),
    );
  }

  /** of is how much late usage the month of some of the terms has. */
  of(given: GivenTerms): RatedMonth {
    const { month, apiKeyIds, usagePlanIds } = given;
    if (this.#byKey.size === 0) return { month, changeCount: 0 };
    const period = periodOf(given);
    const firstDay = firstDayOf(period);
    const changes = [...new Set(apiKeyIds)].flatMap((key) => this.#byKey.get(key) ?? []);
    const changeCount = changes
      .filter(
        ({ usagePlanId, dayUnixMs }) =>
          usagePlanIds.includes(usagePlanId) && dayUnixMs >= firstDay && dayUnixMs < period.endUnixMs,
      )
      .reduce((sum, { count }) => sum + count, 0);
    return { month, changeCount };
  }
}

/** ratedMonthsIn are the months of some subscriptions of which everything is charged, by the ids of those. */
export async function ratedMonthsIn(
  session: Session,
  of: SubscriptionsFilter,
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const { where, parameters } = conditionOfSubscriptions(of);
  const rows = await session.query(
    `SELECT subscription_id, month, change_count FROM rated_months WHERE ${where}`,
    parameters,
  );
  const bySubscription = Map.groupBy(rows, (row) => String(row["subscription_id"]));
  return new Map(
    [...bySubscription].map(([id, own]) => [
      id,
      new Map(own.map((row) => [String(row["month"]), Number(row["change_count"])])),
    ]),
  );
}

const table: AddingTable = {
  name: "rated_months",
  columns: [
    { name: "account_id", type: "TEXT" },
    { name: "subscription_id", type: "TEXT" },
    { name: "month", type: "TEXT" },
    { name: "change_count", type: "BIGINT" },
  ],
  key: ["account_id", "subscription_id", "month"],
  change: "change_count = excluded.change_count",
};

/** RatedOf is months of a subscription that its invoices charge all of. */
export interface RatedOf extends Pick<GivenTerms, "accountId" | "subscriptionId"> {
  readonly months: readonly RatedMonth[];
}

/** saveRated notes that invoices charge all of these months. */
export const saveRated = (session: Session, all: readonly RatedOf[]): Promise<void> =>
  session.add(
    table,
    all.flatMap(({ accountId, subscriptionId, months }) =>
      months.map(({ month, changeCount }) => [accountId, subscriptionId, month, changeCount]),
    ),
  );
