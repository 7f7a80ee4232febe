import { parseAmount } from "../money/micros.ts";
import type { Period } from "../period/period.ts";
import { amountLine, type Line } from "../rating/line.ts";
import type { Rating } from "../rating/rate-period.ts";
import { ruleName } from "../rating/tax.ts";
import { type LineRow, ruleOf } from "./line-row.ts";

/** Adjustment is what a month that has its invoice costs more or less than was charged for it. */
export interface Adjustment {
  readonly month: string;
  readonly line: Line;
}

/** What a price costs now, what invoices have charged for it, and what credit notes have given back of that. */
interface Charged {
  readonly kind: Line["kind"];
  readonly id: string;
  readonly name: string;
  readonly tax: Line["tax"];
  readonly costsMicros: bigint;
  readonly chargedMicros: bigint;
  readonly creditedMicros: bigint;
}

type Sums = Pick<Charged, "costsMicros" | "chargedMicros" | "creditedMicros">;

/** Sums by price and tax. */
class Charges {
  readonly #byName = new Map<string, Charged>();

  add(of: Pick<Charged, "kind" | "id" | "name" | "tax">, sums: Partial<Sums>): void {
    const name = `${of.id} ${ruleName(of.tax)}`;
    const known = this.#byName.get(name);
    const { kind, id, name: shown, tax } = known ?? of;
    const { costsMicros = 0n, chargedMicros = 0n, creditedMicros = 0n } = sums;
    this.#byName.set(name, {
      kind,
      id,
      name: shown,
      tax,
      costsMicros: (known?.costsMicros ?? 0n) + costsMicros,
      chargedMicros: (known?.chargedMicros ?? 0n) + chargedMicros,
      creditedMicros: (known?.creditedMicros ?? 0n) + creditedMicros,
    });
  }

  all(): readonly Charged[] {
    return [...this.#byName.values()];
  }
}

const ofRow = (row: LineRow) => ({
  kind: row.kind === "ADJUSTMENT" || row.kind === "CREDIT" ? ("USAGE" as const) : row.kind,
  id: row.id,
  name: row.name,
  tax: ruleOf(row),
});

/** What was given back by a credit note is not given back again when the month turns out to cost less. */
function differenceOf({ costsMicros, chargedMicros, creditedMicros }: Charged): bigint {
  const difference = costsMicros - chargedMicros;
  if (creditedMicros === 0n || difference >= 0n) return difference;
  const least = creditedMicros - chargedMicros;
  return least > 0n ? 0n : difference < least ? least : difference;
}

export interface EarlierMonth {
  readonly period: Period;
  /** What the month costs now, at its own terms. */
  readonly rating: Rating;
  /** All rows of final invoices that charge it. */
  readonly rows: readonly LineRow[];
  /** The rows of credit notes that give some of it back. */
  readonly credits?: readonly LineRow[];
}

/**
 * adjustmentsOf is the difference between what an earlier month costs now and what final invoices charge for it, by price. The whole month is
 * rated again, so that tiers, minimums and roundings come out as if all its usage had been there in time. Credit notes change nothing about
 * that: what they gave back was no mistake of counting.
 */
export function adjustmentsOf({ period, rating, rows, credits = [] }: EarlierMonth): readonly Adjustment[] {
  const { currency } = rating;
  const charges = new Charges();
  for (const line of rating.lines) charges.add(line, { costsMicros: line.amountMicros });
  for (const row of rows)
    if (row.kind !== "CARRIED") charges.add(ofRow(row), { chargedMicros: parseAmount(row.amount, currency) });
  for (const row of credits) charges.add(ofRow(row), { creditedMicros: parseAmount(row.amount, currency) });
  return charges.all().flatMap((charged) => {
    const micros = differenceOf(charged);
    const { kind, id, name, tax } = charged;
    return micros === 0n
      ? []
      : [{ month: period.month, line: amountLine({ kind, id, name, tax, span: period, micros }) }];
  });
}
