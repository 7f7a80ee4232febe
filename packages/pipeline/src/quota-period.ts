import type { UsagePlanConfig } from "@tollgate/config";
import type { Allowance } from "./limiter.ts";

type Quota = NonNullable<UsagePlanConfig["quota"]>;

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday: the Sunday before began so many days earlier. */
const SUNDAY_OFFSET_DAYS = 4;

function boundsOf(period: Quota["period"], unixMs: number): { start: number; end: number } {
  if (period === "MONTH") {
    const t = new Date(unixMs);
    const [year, month] = [t.getUTCFullYear(), t.getUTCMonth()];
    return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
  }
  const days = Math.floor(unixMs / DAY_MS);
  const first = period === "DAY" ? days : days - ((days + SUNDAY_OFFSET_DAYS) % 7);
  return { start: first * DAY_MS, end: (first + (period === "DAY" ? 1 : 7)) * DAY_MS };
}

/** allowanceOf is the allowance of a quota's period (AWS: QuotaSettings). Periods begin at midnight UTC, weeks on Sunday. */
export function allowanceOf({ limit, period, offset }: Quota, unixMs: number): Allowance {
  const { start, end } = boundsOf(period, unixMs);
  return {
    limit,
    offset,
    endsUnixMs: end,
    period: `${period}-${new Date(start).toISOString().slice(0, 10)}`,
  };
}
