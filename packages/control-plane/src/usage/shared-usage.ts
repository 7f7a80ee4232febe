import { callsUsed, type Redis, setCalls } from "@tollgate/redis";
import type { Mirror } from "../mirror/mirror.ts";
import { callsOf, type KeyQuota, keyQuotaOf } from "./quota-terms.ts";
import type { KeyUsage, KeyUsageRequest, UsageReader } from "./usage-reader.ts";

const DAY_MS = 86_400_000;
/** Counters that are read at once. */
const AT_ONCE = 200;

/** Calls of a key by day. */
type Days = Map<number, number>;

function byKey(rows: readonly KeyUsage[]): Map<string, Days> {
  const keys = new Map<string, Days>();
  for (const { apiKeyId, dayUnixMs, callCount } of rows) {
    const days = keys.get(apiKeyId) ?? new Map<number, number>();
    keys.set(apiKeyId, days.set(dayUnixMs, callCount));
  }
  return keys;
}

/** The calls that nodes have counted in a quota's period; undefined: none has counted any. What was set by hand is brought to them first. */
async function countedNow(redis: Redis, quota: KeyQuota): Promise<number | undefined> {
  if (quota.terms.grantUnixMs > 0) await setCalls(redis, quota.terms, { counted: 0, epoch: "" });
  const record = await callsUsed(redis, quota.terms);
  return record && callsOf(quota, record.used - record.offset);
}

/**
 * sharedUsage is usage as the nodes count it: the counters that they share say what was used in the current period up to now, metering what was used on
 * the days before. Without Redis, at that moment, it is what metering has counted.
 */
export function sharedUsage(metering: UsageReader, redis: Redis, mirror: Mirror): UsageReader {
  const keysOf = (accountId: string, { usagePlanId, apiKeyId }: KeyUsageRequest) => {
    const account = mirror.account(accountId);
    const key = account.find("ApiKey", "", apiKeyId);
    if (apiKeyId !== undefined) return key ? [key] : [];
    return account.list("ApiKey", "").filter(({ spec }) => spec.usagePlanIds.includes(usagePlanId));
  };
  return {
    reportSources: (request) => metering.reportSources(request),
    countLeasedCalls: (sources, quotas) => metering.countLeasedCalls(sources, quotas),
    async keyUsage(accountId, request) {
      const plan = mirror.account(accountId).find("UsagePlan", "", request.usagePlanId);
      const now = Date.now();
      const today = Math.floor(now / DAY_MS) * DAY_MS;
      const isToday = request.startUnixMs <= today && today < request.endUnixMs;
      const rows = await metering.keyUsage(accountId, request);
      if (!plan?.spec.quota || !isToday || !redis.isConnected) return rows;
      const keys = byKey(rows);
      const all = keysOf(accountId, request);
      for (let i = 0; i < all.length; i += AT_ONCE)
        await Promise.all(
          all.slice(i, i + AT_ONCE).map(async (key) => {
            const quota = keyQuotaOf(accountId, plan, key, now) as KeyQuota;
            // The days before today are needed to know what of the period was today.
            if (request.startUnixMs > quota.startUnixMs) return;
            const counted = await countedNow(redis, quota).catch(() => undefined);
            if (counted === undefined) return;
            const days: Days = keys.get(key.id) ?? new Map<number, number>();
            let before = 0;
            for (const [day, calls] of days) if (day >= quota.startUnixMs && day < today) before += calls;
            const calls = Math.max(days.get(today) ?? 0, counted - before);
            if (calls > 0) keys.set(key.id, days.set(today, calls));
          }),
        );
      return [...keys].flatMap(([apiKeyId, days]) =>
        [...days].map(([dayUnixMs, callCount]) => ({ apiKeyId, dayUnixMs, callCount })),
      );
    },
    [Symbol.dispose]: () => metering[Symbol.dispose](),
  };
}
