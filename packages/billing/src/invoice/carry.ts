import { coinsOf, microsOf, parseAmount } from "../money/micros.ts";
import type { Period } from "../period/period.ts";
import { amountLine, type Line, type TaxRule } from "../rating/line.ts";
import { ruleName, taxSums } from "../rating/tax.ts";
import { type LineRow, ruleOf } from "./line-row.ts";

/** Credit is what a customer has left of earlier invoices, of lines that are taxed alike. Above 0. */
export interface Credit {
  readonly tax: TaxRule;
  readonly micros: bigint;
}

type Taxed = Pick<Credit, "tax" | "micros">;

/** Adds up what is taxed alike. */
function byTax(all: readonly Taxed[]): readonly Taxed[] {
  const groups = Map.groupBy(all, ({ tax }) => ruleName(tax));
  return [...groups.values()].flatMap((group) =>
    group[0] ? [{ tax: group[0].tax, micros: group.reduce((sum, { micros }) => sum + micros, 0n) }] : [],
  );
}

/** creditsLeft is what invoices of a subscription have carried forward, less what later ones took of it. */
export const creditsLeft = (rows: readonly LineRow[], currency: string): readonly Credit[] =>
  byTax(
    rows
      .filter(({ kind }) => kind === "CARRIED")
      .map((row) => ({ tax: ruleOf(row), micros: parseAmount(row.amount, currency) })),
  ).filter(({ micros }) => micros > 0n);

const nameOf = (micros: bigint): string =>
  micros > 0n ? "credit carried forward to the next invoice" : "credit of earlier invoices";

const totalOf = (groups: readonly Taxed[], currency: string): bigint =>
  taxSums(
    groups.map(({ tax, micros }) => ({ tax, amountMicros: micros })),
    currency,
  ).reduce((total, { netMicros, taxMicros }) => total + netMicros + taxMicros, 0n);

/** The least number from 1 to `most` that is enough; `most` if none is. More is enough where less is. */
function leastEnough(most: bigint, isEnough: (number: bigint) => boolean): bigint {
  let [low, high] = [1n, most];
  while (low < high) {
    const middle = (low + high) / 2n;
    if (isEnough(middle)) high = middle;
    else low = middle + 1n;
  }
  return high;
}

/** What has to be carried of groups below zero, one after the other, so that the total is not below zero. */
function excessOf(groups: readonly Taxed[], currency: string): readonly Taxed[] {
  const excess: Taxed[] = [];
  for (const { tax, micros } of groups) {
    if (micros >= 0n || totalOf([...groups, ...excess], currency) >= 0n) continue;
    const carrying = (coins: bigint): Taxed => ({ tax, micros: microsOf(coins, currency) });
    const coins = leastEnough(
      coinsOf(-micros, currency),
      (some) => totalOf([...groups, ...excess, carrying(some)], currency) >= 0n,
    );
    excess.push(carrying(coins));
  }
  return excess;
}

/**
 * carriedLines take the credits that are left, and carry forward what makes the total negative: nobody is charged a negative amount. What is
 * carried has the tax of the lines that it is of, and is no more than that: a customer who has credit left pays nothing, however lines are taxed.
 */
export function carriedLines(
  currency: string,
  period: Period,
  lines: readonly Line[],
  credits: readonly Credit[],
): readonly Line[] {
  const taken = credits.map(({ tax, micros }): Taxed => ({ tax, micros: -micros }));
  const charged = lines.map(({ tax, amountMicros }): Taxed => ({ tax, micros: amountMicros }));
  const excess = excessOf(byTax([...charged, ...taken]), currency);
  return byTax([...taken, ...excess]).flatMap(({ tax, micros }) =>
    micros === 0n
      ? []
      : [amountLine({ kind: "CARRIED", id: "carried", name: nameOf(micros), tax, span: period, micros })],
  );
}
