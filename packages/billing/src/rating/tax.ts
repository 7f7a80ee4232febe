import { parseDecimal } from "../money/decimal.ts";
import { amountMicros, exactOf } from "../money/micros.ts";
import { dividedBy, plus, type Rational, rational, times } from "../money/rational.ts";
import type { Line, TaxRule } from "./line.ts";

/** TaxSum is the tax of all lines with one rule: it is rounded once for all of them (EN 16931, BR-CO-17). */
export interface TaxSum extends TaxRule {
  readonly netMicros: bigint;
  readonly taxMicros: bigint;
}

const HUNDREDTH = rational(1n, 100n);
const ONE = rational(1n);

const rateOf = (percent: string): Rational => times(parseDecimal(percent), HUNDREDTH);

/** ruleName is the same for rules whose lines are taxed together: "19" and "19.0" are one rate. */
export const ruleName = ({ category, rate, isIncluded }: TaxRule): string => {
  const { n, d } = rateOf(rate);
  return `${category} ${n}/${d} ${isIncluded}`;
};

/** taxOf is the tax on a sum of amounts, which contains it or not. */
export function taxOf(rule: TaxRule, sumMicros: bigint, currency: string): Omit<TaxSum, keyof TaxRule> {
  const rate = rateOf(rule.rate);
  const exact = exactOf(sumMicros);
  if (!rule.isIncluded)
    return { netMicros: sumMicros, taxMicros: amountMicros(times(exact, rate), currency) };
  const netMicros = amountMicros(dividedBy(exact, plus(ONE, rate)), currency);
  return { netMicros, taxMicros: sumMicros - netMicros };
}

/**
 * taxOfCredit is the tax that a credit gives back, after others were given for the same lines: the tax on all of them with it, less the tax on
 * them without it. So credits for a whole invoice give back exactly its tax, whatever their sizes and order are.
 */
export const taxOfCredit = (
  rule: TaxRule,
  creditMicros: bigint,
  creditedMicros: bigint,
  currency: string,
): bigint =>
  taxOf(rule, creditedMicros + creditMicros, currency).taxMicros -
  taxOf(rule, creditedMicros, currency).taxMicros;

/** taxSums are the taxes of lines by their rules, in the order in which lines have them first. */
export function taxSums(
  lines: readonly Pick<Line, "tax" | "amountMicros">[],
  currency: string,
): readonly TaxSum[] {
  const sums = new Map<string, { readonly rule: TaxRule; sumMicros: bigint }>();
  for (const { tax, amountMicros } of lines) {
    const name = ruleName(tax);
    const known = sums.get(name);
    if (known) known.sumMicros += amountMicros;
    else sums.set(name, { rule: tax, sumMicros: amountMicros });
  }
  return [...sums.values()].map(({ rule, sumMicros }) => ({ ...rule, ...taxOf(rule, sumMicros, currency) }));
}
