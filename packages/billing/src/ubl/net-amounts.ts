import type { BilledDocument, TaxRow } from "../invoice/document.ts";
import { type LineRow, ruleOf } from "../invoice/line-row.ts";
import { apportion } from "../money/apportion.ts";
import { coinsOf, microsOf, parseAmount } from "../money/micros.ts";
import { ruleName } from "../rating/tax.ts";

const ruleOfTax = ({ category, rate, included }: TaxRow) =>
  ruleName({ category: category as "S", rate, isIncluded: included });

/** Divides a sum of coins, which may be below 0, in the ratio of others that add up to one of the same sign. */
function divided(sum: bigint, parts: readonly bigint[]): readonly bigint[] {
  const isOneSign = parts.every((part) => part >= 0n) || parts.every((part) => part <= 0n);
  const sign = parts.reduce((all, part) => all + part, 0n) < 0n ? -1n : 1n;
  if (isOneSign)
    return apportion(
      sum * sign,
      parts.map((part) => part * sign),
    ).map((share) => share * sign);
  // Of charges and discounts: each loses its share of the tax, and the first one what is left of rounding.
  const whole = parts.reduce((all, part) => all + part, 0n);
  const shares = parts.map((part) => (whole === 0n ? part : (part * sum) / whole));
  const left = sum - shares.reduce((all, share) => all + share, 0n);
  return shares.map((share, i) => (i === 0 ? share + left : share));
}

/**
 * netAmounts are the amounts of lines without tax, in micros, so that those of each tax add up to what it is on: amounts of lines that contain their tax are
 * divided (EN 16931 knows lines without tax only, and sums that are equal: BR-CO-10).
 */
export function netAmounts({ lines, taxes, currency }: Pick<BilledDocument, "lines" | "taxes" | "currency">) {
  const nets = new Map<LineRow, bigint>();
  for (const [name, group] of Map.groupBy(lines, (line) => ruleName(ruleOf(line)))) {
    const amounts = group.map(({ amount }) => coinsOf(parseAmount(amount, currency), currency));
    const tax = taxes.find((one) => ruleOfTax(one) === name);
    const shares =
      tax?.included && group[0]?.taxIncluded
        ? divided(coinsOf(parseAmount(tax.net, currency), currency), amounts)
        : amounts;
    for (const [i, line] of group.entries()) nets.set(line, microsOf(shares[i] ?? 0n, currency));
  }
  return lines.map((line) => nets.get(line) ?? 0n);
}
