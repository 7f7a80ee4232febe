import type { UsagePlanConfig } from "@tollgate/config";
import { quotaPeriodOf } from "@tollgate/config/runtime";
import type { QuotaGrant } from "../runtime/directory.ts";
import type { Allowance } from "../runtime/limiter.ts";

type Quota = NonNullable<UsagePlanConfig["quota"]>;

/** AllowanceNow is the allowance of a quota in the period that a call is in: the same object for all calls of a period. */
export class AllowanceNow {
  readonly #quota: Quota;
  readonly #grant: QuotaGrant | undefined;
  #startsUnixMs = 0;
  #current: Allowance | undefined;

  constructor(quota: Quota, grant: QuotaGrant | undefined) {
    this.#quota = quota;
    this.#grant = grant;
  }

  at(unixMs: number): Allowance {
    const current = this.#current;
    if (current && unixMs < current.endsUnixMs && unixMs >= this.#startsUnixMs) return current;
    const { limit, period, offset } = this.#quota;
    const { name, startUnixMs, endUnixMs } = quotaPeriodOf(period, unixMs);
    const grant = this.#grant?.period === name ? { grant: this.#grant } : {};
    this.#startsUnixMs = startUnixMs;
    this.#current = { limit, offset, endsUnixMs: endUnixMs, period: name, ...grant };
    return this.#current;
  }
}
