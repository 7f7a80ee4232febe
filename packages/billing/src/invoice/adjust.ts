import { parseDecimal } from "../money/decimal.ts";
import { amountMicros, exactOf, formatMicros } from "../money/micros.ts";
import type { Period } from "../period/period.ts";
import type { Line, TaxRule } from "../rating/line.ts";
import type { Rating } from "../rating/rate-period.ts";
import { ruleName } from "../rating/tax.ts";
import type { LineRow } from "./line-row.ts";

/** Adjustment is what a month that has its invoice costs more or less than was charged for it. */
export interface Adjustment {
  readonly month: string;
  readonly line: Line;
}

/** What was charged for a price, or would be now. */
interface Charged {
  readonly kind: Line["kind"];
  readonly id: string;
  readonly name: string;
  readonly tax: TaxRule;
  micros: bigint;
}

type Charges = Map<string, Charged>;

function add(charges: Charges, { micros, ...rest }: Charged): void {
  const name = `${rest.id} ${ruleName(rest.tax)}`;
  const known = charges.get(name);
  if (known) known.micros += micros;
  else charges.set(name, { ...rest, micros });
}

const ruleOf = ({ taxCategory, taxRate, taxIncluded }: LineRow): TaxRule => ({
  category: taxCategory as TaxRule["category"],
  rate: taxRate,
  isIncluded: taxIncluded,
});

export interface EarlierMonth {
  readonly period: Period;
  /** What the month costs now, at its own terms. */
  readonly rating: Rating;
  /** All rows of final invoices that charge it. */
  readonly rows: readonly LineRow[];
}

/**
 * adjustmentsOf is the difference between what an earlier month costs now and what final invoices charge for it, by price. The whole month is
 * rated again, so that tiers, minimums and roundings come out as if all its usage had been there in time.
 */
export function adjustmentsOf({ period, rating, rows }: EarlierMonth): readonly Adjustment[] {
  const { currency } = rating;
  const { month, startUnixMs, endUnixMs } = period;
  const charges: Charges = new Map();
  for (const { kind, id, name, tax, amountMicros } of rating.lines)
    add(charges, { kind, id, name, tax, micros: amountMicros });
  for (const row of rows)
    add(charges, {
      kind: row.kind === "ADJUSTMENT" ? "USAGE" : row.kind,
      id: row.id,
      name: row.name,
      tax: ruleOf(row),
      micros: -amountMicros(parseDecimal(row.amount), currency),
    });
  return [...charges.values()].flatMap(({ micros, ...charged }) => {
    if (micros === 0n) return [];
    const exact = exactOf(micros);
    const line: Line = {
      ...charged,
      startUnixMs,
      endUnixMs,
      exact,
      ratedMicros: micros,
      amountMicros: micros,
      steps: [{ kind: "AMOUNT", quantity: 1n, amount: formatMicros(micros), per: 1n, exact }],
    };
    return [{ month, line }];
  });
}
