import { type Entity, quotaPeriodOf } from "@tollgate/config";
import { limitNames } from "@tollgate/pipeline";
import type { QuotaTerms } from "@tollgate/redis";

/** KeyQuota is a key's quota of a plan in the period that a time is in. */
export interface KeyQuota {
  readonly terms: QuotaTerms;
  readonly startUnixMs: number;
  /** Calls in the period before what is left was set by hand. */
  readonly usedBefore: number;
}

/** keyQuotaOf is what nodes hold a key's calls to; undefined: the plan has no quota. */
export function keyQuotaOf(
  accountId: string,
  plan: Entity<"UsagePlan">,
  key: Entity<"ApiKey">,
  unixMs: number,
): KeyQuota | undefined {
  const { quota } = plan.spec;
  if (!quota) return undefined;
  const { name: period, startUnixMs, endUnixMs: endsUnixMs } = quotaPeriodOf(quota.period, unixMs);
  const given = key.spec.quotaGrants[plan.id];
  const grant = given?.period === period ? given : undefined;
  return {
    terms: {
      counter: limitNames.owner(accountId, plan.id, key.id),
      period,
      endsUnixMs,
      limit: quota.limit,
      grantUnixMs: grant?.grantTimeUnixMs ?? 0,
      granted: grant?.remaining ?? 0,
    },
    startUnixMs,
    usedBefore: grant?.usedBefore ?? 0,
  };
}

/** What counts of so many calls in a period: what is left was perhaps set by hand meanwhile. */
export const countedOf = ({ terms, usedBefore }: KeyQuota, calls: number): number =>
  terms.grantUnixMs > 0 ? terms.limit - terms.granted + calls - usedBefore : calls;

/** The calls in a period that so much counts of. */
export const callsOf = ({ terms, usedBefore }: KeyQuota, counted: number): number =>
  terms.grantUnixMs > 0 ? counted - (terms.limit - terms.granted) + usedBefore : counted;
