import { parseDecimal } from "../money/decimal.ts";
import { type Rational, rational, times } from "../money/rational.ts";

/** Step is a part of how a line came about: so many units at an amount for each `per` of them. The steps of a line add up to it. */
export interface Step {
  /** INCLUDED: units that cost nothing. TIER_FEE: charged once for a tier. SHARE: milliseconds of a period that has `per` of them. */
  readonly kind: "INCLUDED" | "UNITS" | "PACKAGES" | "TIER_FEE" | "SHARE" | "AMOUNT" | "PERCENT";
  readonly quantity: bigint;
  /** A decimal number of major units; of PERCENT, the percentage. */
  readonly amount: string;
  readonly per: bigint;
  /** Major units. */
  readonly exact: Rational;
}

/** step is a quantity at a price; none if there is nothing to charge. */
export function step(kind: Step["kind"], quantity: bigint, amount: string, per = 1n): readonly Step[] {
  if (quantity <= 0n) return [];
  return [{ kind, quantity, amount, per, exact: times(parseDecimal(amount), rational(quantity, per)) }];
}
