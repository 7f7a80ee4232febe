import { parseAmount } from "../money/micros.ts";
import type { Period } from "../period/period.ts";
import { amountLine, type Line, type TaxRule } from "../rating/line.ts";
import { totalled } from "../rating/rate-period.ts";
import { ruleName } from "../rating/tax.ts";
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

/**
 * carriedLines take the credits that are left, and carry forward what makes the total negative: nobody is charged a negative amount. Of an
 * invoice whose total is below zero, every group of lines that are taxed alike and come to less than zero is carried, so that its taxes are too.
 */
export function carriedLines(
  currency: string,
  period: Period,
  lines: readonly Line[],
  credits: readonly Credit[],
): readonly Line[] {
  const taken = credits.map(({ tax, micros }): Taxed => ({ tax, micros: -micros }));
  const carried = (micros: bigint, tax: TaxRule) =>
    amountLine({ kind: "CARRIED", id: "carried", name: nameOf(micros), tax, span: period, micros });
  const withTaken = [...lines, ...taken.map(({ tax, micros }) => carried(micros, tax))];
  const isNegative = totalled(currency, withTaken, []).totalMicros < 0n;
  const left = isNegative
    ? byTax(withTaken.map(({ tax, amountMicros }) => ({ tax, micros: amountMicros })))
        .filter(({ micros }) => micros < 0n)
        .map(({ tax, micros }) => ({ tax, micros: -micros }))
    : [];
  return byTax([...taken, ...left]).flatMap(({ tax, micros }) =>
    micros === 0n ? [] : [carried(micros, tax)],
  );
}
