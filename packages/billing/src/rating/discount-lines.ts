import type { Discount } from "@tollgate/config";
import { apportion } from "../money/apportion.ts";
import { parseDecimal } from "../money/decimal.ts";
import { amountMicros, coinsOf, exactOf, formatMicros, microsOf } from "../money/micros.ts";
import { negative, rational, sum, times } from "../money/rational.ts";
import type { Period } from "../period/period.ts";
import type { VersionSpan } from "../price-plan/version-spans.ts";
import { type Line, line } from "./line.ts";
import { shareOf } from "./period-share.ts";
import type { Step } from "./step.ts";
import { ruleName } from "./tax.ts";

/** What a line has left after the discounts so far. */
interface Remaining {
  readonly of: Line;
  leftMicros: bigint;
}

const leftOf = (all: readonly Remaining[]): bigint => all.reduce((left, one) => left + one.leftMicros, 0n);

/** Takes an amount from what is left of several lines, in the ratio of what they have left, in whole coins. */
function take(from: readonly Remaining[], takenMicros: bigint, currency: string): readonly bigint[] {
  const shares = apportion(
    coinsOf(takenMicros, currency),
    from.map(({ leftMicros }) => coinsOf(leftMicros, currency)),
  ).map((coins) => microsOf(coins, currency));
  for (const [i, one] of from.entries()) one.leftMicros -= shares[i] ?? 0n;
  return shares;
}

const groupsOf = (all: readonly Remaining[]): readonly (readonly Remaining[])[] => [
  ...Map.groupBy(all, ({ of }) => ruleName(of.tax)).values(),
];

const minimumOf = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** A percentage of each group of lines that are taxed alike. */
function percentSteps(percent: string, group: readonly Remaining[], currency: string): readonly Step[] {
  const left = leftOf(group);
  const exact = times(exactOf(left), times(parseDecimal(percent), rational(-1n, 100n)));
  take(group, -amountMicros(exact, currency), currency);
  return [{ kind: "PERCENT", quantity: 1n, amount: percent, per: 100n, exact }];
}

/** An amount that the groups share in the ratio of what they have left. */
function amountSteps(takenMicros: bigint): readonly Step[] {
  const exact = negative(exactOf(takenMicros));
  return [{ kind: "AMOUNT", quantity: 1n, amount: formatMicros(-takenMicros), per: 1n, exact }];
}

function stepsByGroup(
  discount: Discount,
  affected: readonly Remaining[],
  { span, period, currency }: { span: VersionSpan; period: Period; currency: string },
): readonly (readonly Step[])[] {
  const groups = groupsOf(affected);
  if (discount.percent !== undefined) {
    const { percent } = discount;
    return groups.map((group) => percentSteps(percent, group, currency));
  }
  const wanted = sum(shareOf(discount.amount ?? "0", span, period).map(({ exact }) => exact));
  const takenMicros = minimumOf(amountMicros(wanted, currency), leftOf(affected));
  const taken = take(affected, takenMicros, currency);
  const takenOf = (group: readonly Remaining[]) =>
    affected.reduce((all, one, i) => (group.includes(one) ? all + (taken[i] ?? 0n) : all), 0n);
  return groups.map((group) => amountSteps(takenOf(group)));
}

/**
 * discountLines lowers the lines of a span by the discounts of its version, in their order, each by what the ones before it have left. Lines
 * that are taxed differently are lowered by a line each.
 */
export function discountLines(
  currency: string,
  span: VersionSpan,
  period: Period,
  lines: readonly Line[],
): readonly Line[] {
  const remaining = lines.map((of): Remaining => ({ of, leftMicros: of.amountMicros }));
  return span.version.discounts.flatMap((discount) => {
    const { id, name, priceIds } = discount;
    const affected = remaining.filter(
      ({ of, leftMicros }) => leftMicros > 0n && (priceIds?.includes(of.id) ?? true),
    );
    const taxes = groupsOf(affected).flatMap(([first]) => (first ? [first.of.tax] : []));
    return stepsByGroup(discount, affected, { span, period, currency }).flatMap((steps, i) => {
      const tax = taxes[i];
      const found = tax && line({ kind: "DISCOUNT", id, name, span, currency, tax, steps });
      return found && found.amountMicros < 0n ? [found] : [];
    });
  });
}
