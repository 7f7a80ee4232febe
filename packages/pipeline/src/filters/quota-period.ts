import { quotaPeriodOf, type UsagePlanConfig } from "@tollgate/config";
import type { Allowance } from "../runtime/limiter.ts";

/** allowanceOf is the allowance of a quota in the period that a time is in. */
export function allowanceOf(
  { limit, period, offset }: NonNullable<UsagePlanConfig["quota"]>,
  unixMs: number,
): Allowance {
  const { name, endUnixMs } = quotaPeriodOf(period, unixMs);
  return { limit, offset, endsUnixMs: endUnixMs, period: name };
}
