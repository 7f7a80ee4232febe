/** What AWS's guide for selling an API names its only dimension: requests. */
const DIMENSION = "apigateway";
/** AWS: BatchMeterUsage takes at most 25 records, of one product. */
const RECORDS_MAX = 25;
const HOUR_MS = 3_600_000;

/** UsageRecord is a record of AWS Marketplace Metering (2016-01-14): what a customer used in an hour. */
export interface UsageRecord {
  readonly Timestamp: string;
  readonly CustomerAWSAccountId?: string;
  readonly CustomerIdentifier?: string;
  readonly Dimension: string;
  readonly Quantity: number;
}

/** MeterUsageBatch is a request of BatchMeterUsage. */
export interface MeterUsageBatch {
  readonly ProductCode: string;
  readonly UsageRecords: readonly UsageRecord[];
}

/** PlanKey is an API key in a usage plan with a product code. */
export interface PlanKey {
  readonly productCode: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  /** Of the key: an id of an AWS account, or what ResolveCustomer gave; empty: AWS Marketplace does not know its user. */
  readonly customerId: string;
}

/** HourlyUnits are the calls of one key under one plan in one hour. */
export interface HourlyUnits {
  readonly hourUnixMs: number;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly units: bigint;
}

/** OwnedKey is an API key as it is now. */
export interface OwnedKey {
  readonly apiKeyId: string;
  readonly customerId: string;
  readonly usagePlanIds: readonly string[];
}

/**
 * planKeysOf are the keys in usage plans with a product code, and those that were in one when they called: a key that was moved since owes what it used
 * before. `unowned` are the units of keys that are not there any more, so that nobody knows whose they are.
 */
export function planKeysOf(
  productCodes: ReadonlyMap<string, string>,
  keys: readonly OwnedKey[],
  usage: readonly HourlyUnits[],
): { readonly keys: readonly PlanKey[]; readonly unowned: bigint } {
  const called = Map.groupBy(usage, ({ apiKeyId }) => apiKeyId);
  const known = new Set(keys.map(({ apiKeyId }) => apiKeyId));
  return {
    keys: keys.flatMap(({ apiKeyId, customerId, usagePlanIds }) => {
      const plans = new Set([...usagePlanIds, ...(called.get(apiKeyId) ?? []).map((one) => one.usagePlanId)]);
      return [...plans].flatMap((usagePlanId) => {
        const productCode = productCodes.get(usagePlanId);
        return productCode === undefined ? [] : [{ productCode, usagePlanId, apiKeyId, customerId }];
      });
    }),
    unowned: usage.reduce((sum, { apiKeyId, units }) => (known.has(apiKeyId) ? sum : sum + units), 0n),
  };
}

/** AWS: the two are mutually exclusive, and ids of accounts are what new products use. */
const customerOf = (id: string): Pick<UsageRecord, "CustomerAWSAccountId" | "CustomerIdentifier"> =>
  /^\d{12}$/.test(id) ? { CustomerAWSAccountId: id } : { CustomerIdentifier: id };

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  Number(one > other) - Number(one < other);

/**
 * meterUsageBatches are the requests that report hours to AWS Marketplace: a record for each customer and hour, with 0 where there were no calls. The same
 * usage gives the same records, so that a repeated request is charged once.
 */
export function meterUsageBatches(
  keys: readonly PlanKey[],
  hours: readonly number[],
  usage: readonly HourlyUnits[],
): readonly MeterUsageBatch[] {
  const calls = new Map(
    usage.map((one) => [`${one.hourUnixMs} ${one.usagePlanId} ${one.apiKeyId}`, one.units]),
  );
  const products = Map.groupBy(
    keys.filter(({ customerId }) => customerId !== ""),
    ({ productCode }) => productCode,
  );
  return [...products].sort(byName).flatMap(([ProductCode, own]) => {
    const customers = [...Map.groupBy(own, ({ customerId }) => customerId)].sort(byName);
    const records = hours.flatMap((hourUnixMs) =>
      customers.map(([customerId, of]): UsageRecord => {
        const units = of.map((one) => calls.get(`${hourUnixMs} ${one.usagePlanId} ${one.apiKeyId}`) ?? 0n);
        return {
          Timestamp: new Date(hourUnixMs).toISOString().replace(".000Z", "Z"),
          ...customerOf(customerId),
          Dimension: DIMENSION,
          Quantity: Number(units.reduce((sum, one) => sum + one, 0n)),
        };
      }),
    );
    return Array.from({ length: Math.ceil(records.length / RECORDS_MAX) }, (_, i) => ({
      ProductCode,
      UsageRecords: records.slice(i * RECORDS_MAX, (i + 1) * RECORDS_MAX),
    }));
  });
}

/** endedHours are the hours that ended before a time, and began at another one or later, oldest first. */
export function endedHours(startUnixMs: number, endUnixMs: number): readonly number[] {
  const first = Math.ceil(startUnixMs / HOUR_MS);
  const last = Math.floor(endUnixMs / HOUR_MS);
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => (first + i) * HOUR_MS);
}
