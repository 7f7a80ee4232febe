import type { MeteredUsage, Terms } from "@tollgate/billing";
import type { Meter } from "@tollgate/config";
import type { Row, Session } from "../usage-store/database.ts";

/** BILLABLE is the reason of units that are charged: none for being free. */
const BILLABLE = 0;

interface Selection {
  readonly where: string;
  readonly parameters: readonly (string | number)[];
}

/** The usage that terms charge: of the account, or of some keys under some plans. */
function selectionOf({ given, active }: Terms): Selection {
  const parameters: (string | number)[] = [given.accountId, BILLABLE, active.startUnixMs, active.endUnixMs];
  const isOneOf = (column: string, values: readonly string[]) => {
    const places = values.map((value) => `$${parameters.push(value)}`);
    return `AND ${column} IN (${places.join(", ")})`;
  };
  const own =
    given.subscriptionId === ""
      ? []
      : ([isOneOf("api_key_id", given.apiKeyIds), isOneOf("usage_plan_id", given.usagePlanIds)] as const);
  return {
    where: `account_id = $1 AND free_reason = $2 AND slot_unix_ms >= $3 AND slot_unix_ms < $4 ${own.join(" ")}`,
    parameters,
  };
}

/** Sums are read as text: a number of JavaScript holds only 53 bits. */
const UNITS = "CAST(SUM(units) AS TEXT) AS units";

const whole = (row: Row): bigint => BigInt(String(row["units"]));

/**
 * The start of a quarter of an hour as it is grouped by: an expression keeps a database from reading the usage of all keys in the order of time, to
 * save sorting that of few.
 */
const SLOT = "slot_unix_ms + 0";

/** Only then it matters which key used something: few plans are worth as many rows as there are keys. */
const hasAllowances = ({ plan }: Terms): boolean =>
  plan.versions.some(({ prices }) =>
    prices.some((price) => price.model !== "FEE" && price.includedPerKey !== undefined),
  );

/** meteredUsage is the usage that terms charge, by meter and quarter of an hour; by key, too, where a price includes units for each key. */
export async function meteredUsage(session: Session, terms: Terms): Promise<readonly MeteredUsage[]> {
  const { where, parameters } = selectionOf(terms);
  const isByKey = hasAllowances(terms);
  const key = isByKey ? ", api_key_id" : "";
  const rows = await session.query(
    `SELECT meter, ${SLOT} AS slot${key}, ${UNITS} FROM usage_units WHERE ${where}
     GROUP BY meter, ${SLOT}${key} HAVING SUM(units) <> 0`,
    parameters,
  );
  return rows.map((row) => ({
    meter: String(row["meter"]) as Meter,
    startUnixMs: Number(row["slot"]),
    quantity: whole(row),
    ...(isByKey ? { apiKeyId: String(row["api_key_id"]) } : {}),
  }));
}

/** Keys of one statement, and of one subscription that is read together with others. */
const KEYS_AT_ONCE = 5_000;
const KEYS_OF_ONE = 500;

const isReadAlone = (terms: Terms): boolean =>
  terms.given.subscriptionId === "" || terms.given.apiKeyIds.length > KEYS_OF_ONE || hasAllowances(terms);

/** The usage of several terms of one account; a customer is the place of its terms. SQLite takes a CROSS JOIN in its order: keys first. */
async function usageOfSome(
  session: Session,
  some: readonly Terms[],
): Promise<readonly (readonly MeteredUsage[])[]> {
  const from = Math.min(...some.map(({ active }) => active.startUnixMs));
  const until = Math.max(...some.map(({ active }) => active.endUnixMs));
  const parameters: (string | number)[] = [some[0]?.given.accountId ?? "", BILLABLE, from, until];
  const owners = some.flatMap(({ given }, customer) =>
    [...new Set(given.apiKeyIds)].map((key) => `($${parameters.push(key)}, ${customer})`),
  );
  const rows = await session.query(
    `WITH owners (api_key_id, customer) AS (VALUES ${owners.join(", ")})
     SELECT owners.customer, usage_plan_id, meter, ${SLOT} AS slot, ${UNITS} FROM owners CROSS JOIN usage_units
     WHERE usage_units.api_key_id = owners.api_key_id AND account_id = $1 AND free_reason = $2 AND slot_unix_ms >= $3 AND slot_unix_ms < $4
     GROUP BY owners.customer, usage_plan_id, meter, ${SLOT} HAVING SUM(units) <> 0`,
    parameters,
  );
  const byCustomer = Map.groupBy(rows, (row) => Number(row["customer"]));
  return some.map(({ given, active }, customer) =>
    (byCustomer.get(customer) ?? []).flatMap((row) => {
      const startUnixMs = Number(row["slot"]);
      const isCharged = given.usagePlanIds.includes(String(row["usage_plan_id"]));
      if (!isCharged || startUnixMs < active.startUnixMs || startUnixMs >= active.endUnixMs) return [];
      return [{ meter: String(row["meter"]) as Meter, startUnixMs, quantity: whole(row) }];
    }),
  );
}

/** meteredUsageOf is the usage of each of some terms of one account: that of subscriptions with few keys by few statements. */
export async function meteredUsageOf(
  session: Session,
  many: readonly Terms[],
): Promise<ReadonlyMap<Terms, readonly MeteredUsage[]>> {
  const found = new Map<Terms, readonly MeteredUsage[]>();
  let some: Terms[] = [];
  let keys = 0;
  const readSome = async () => {
    if (some.length === 0) return;
    const usage = await usageOfSome(session, some);
    for (const [i, terms] of some.entries()) found.set(terms, usage[i] ?? []);
    [some, keys] = [[], 0];
  };
  for (const terms of many) {
    if (isReadAlone(terms)) {
      found.set(terms, await meteredUsage(session, terms));
      continue;
    }
    some.push(terms);
    keys += terms.given.apiKeyIds.length;
    if (keys >= KEYS_AT_ONCE) await readSome();
  }
  await readSome();
  return found;
}

/** UsageOfKey is what one key used of one stage in a quarter of an hour. */
export interface UsageOfKey {
  readonly startTimeUnixMs: bigint;
  readonly apiId: string;
  readonly stage: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly quantity: bigint;
}

const ROWS_MAX = 10_000;

/** usageByKey is the usage of one meter that terms charge, as it is stored: at most 10,000 rows, in the order of time. */
export async function usageByKey(
  session: Session,
  terms: Terms,
  meter: Meter,
): Promise<readonly UsageOfKey[]> {
  const { where, parameters } = selectionOf(terms);
  const columns = "api_id, stage, usage_plan_id, api_key_id";
  const rows = await session.query(
    `SELECT ${SLOT} AS slot, ${columns}, ${UNITS} FROM usage_units WHERE ${where} AND meter = $${parameters.length + 1}
     GROUP BY ${SLOT}, ${columns} ORDER BY ${SLOT}, ${columns} LIMIT ${ROWS_MAX}`,
    [...parameters, meter],
  );
  return rows.map((row) => ({
    startTimeUnixMs: BigInt(row["slot"] ?? 0),
    apiId: String(row["api_id"]),
    stage: String(row["stage"]),
    usagePlanId: String(row["usage_plan_id"]),
    apiKeyId: String(row["api_key_id"]),
    quantity: whole(row),
  }));
}
