import type { PricePlanSpec } from "@tollgate/config";
import type { Period } from "../period/period.ts";
import { versionSpans } from "../price-plan/version-spans.ts";
import { discountLines } from "./discount-lines.ts";
import { feeLines } from "./fee-lines.ts";
import type { KeyAllowance } from "./key-allowances.ts";
import { type Line, sumOfAmounts } from "./line.ts";
import { minimumLine } from "./minimum-line.ts";
import { type TaxSum, taxSums } from "./tax.ts";
import { type MeteredUsage, type UnpricedUsage, usageLines } from "./usage-lines.ts";

export interface RatingInput {
  readonly plan: Pick<PricePlanSpec, "currency" | "versions">;
  readonly period: Period;
  /** The part of the period in which the plan is used; absent: all of it. */
  readonly active?: { readonly startUnixMs: number; readonly endUnixMs: number };
  /** In any order, and in as many pieces as there are: only sums matter. */
  readonly usage: readonly MeteredUsage[];
}

/** Rating is what a period costs. Totals are sums of rounded lines, and of taxes that are rounded once for each rule. */
export interface Rating {
  readonly currency: string;
  readonly lines: readonly Line[];
  readonly taxes: readonly TaxSum[];
  readonly netMicros: bigint;
  readonly taxMicros: bigint;
  readonly totalMicros: bigint;
  readonly unpriced: readonly UnpricedUsage[];
}

/**
 * ratePeriod rates the usage of a period. It reads no clock and no database: equal input gives equal lines. In this order: usage by its tiers,
 * the minimum of usage, fees, discounts, taxes.
 */
export function ratePeriod({ plan, period, active, usage }: RatingInput): Rating {
  const { currency } = plan;
  const spans = versionSpans(plan.versions, { ...period, ...active });
  const { lines: used, unpriced } = usageLines(plan, spans, usage);
  const minimum = minimumLine(currency, spans, period, used);
  const charged = [...used, ...(minimum ? [minimum] : []), ...feeLines(currency, spans, period)];
  // The minimum of several versions ends with the last of them, and is discounted by it.
  const discounts = spans.flatMap((span) =>
    discountLines(
      currency,
      span,
      period,
      charged.filter(({ endUnixMs }) => endUnixMs === span.endUnixMs),
    ),
  );
  return totalled(currency, [...charged, ...discounts], unpriced);
}

/** allowancesOf is what each key used of a price in a period, and how much of it the price includes for each key. */
export function allowancesOf(
  { plan, period, active, usage }: RatingInput,
  priceId: string,
): readonly KeyAllowance[] {
  const spans = versionSpans(plan.versions, { ...period, ...active });
  return usageLines(plan, spans, usage).allowances.of(priceId);
}

/** totalled adds lines up. */
export function totalled(
  currency: string,
  lines: readonly Line[],
  unpriced: readonly UnpricedUsage[],
): Rating {
  const taxes = taxSums(lines, currency);
  const netMicros = taxes.reduce((total, tax) => total + tax.netMicros, 0n);
  const taxMicros = taxes.reduce((total, tax) => total + tax.taxMicros, 0n);
  return { currency, lines, taxes, netMicros, taxMicros, totalMicros: netMicros + taxMicros, unpriced };
}

/** amountsOf is what a rating charges for each price, in all its versions together. */
export const amountsOf = ({ lines }: Pick<Rating, "lines">): ReadonlyMap<string, bigint> =>
  new Map([...Map.groupBy(lines, ({ id }) => id)].map(([id, of]) => [id, sumOfAmounts(of)]));
