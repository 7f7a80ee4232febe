import { formatAmount, formatMicros } from "../money/micros.ts";
import { toText } from "../money/rational.ts";
import type { Line, TaxRule } from "../rating/line.ts";
import type { Step } from "../rating/step.ts";

export interface StepRow {
  readonly kind: Step["kind"];
  readonly quantity: string;
  readonly amount: string;
  readonly per: string;
  readonly exact: string;
}

/** LineRow is a line as an invoice shows it. Money and quantities are strings. */
export interface LineRow {
  /** CREDIT: of a credit note. */
  readonly kind: Line["kind"] | "ADJUSTMENT" | "CREDIT";
  readonly id: string;
  readonly name: string;
  readonly meter: string;
  readonly quantity: string;
  readonly start: string;
  readonly end: string;
  /** The month that an adjustment is for; else empty. */
  readonly forMonth: string;
  readonly exact: string;
  readonly rated: string;
  readonly amount: string;
  readonly taxCategory: string;
  readonly taxRate: string;
  readonly taxIncluded: boolean;
  readonly steps: readonly StepRow[];
}

const instant = (unixMs: number): string => new Date(unixMs).toISOString();

const stepRow = ({ kind, quantity, amount, per, exact }: Step): StepRow => ({
  kind,
  quantity: `${quantity}`,
  amount,
  per: `${per}`,
  exact: toText(exact),
});

/** ruleOf is how a row is taxed. */
export const ruleOf = ({ taxCategory, taxRate, taxIncluded }: LineRow): TaxRule => ({
  category: taxCategory as TaxRule["category"],
  rate: taxRate,
  isIncluded: taxIncluded,
});

/** lineRow is a line in the form of a row. */
export function lineRow(line: Line, currency: string): LineRow {
  return {
    kind: line.kind,
    id: line.id,
    name: line.name,
    meter: line.meter ?? "",
    quantity: `${line.quantity ?? 0n}`,
    start: instant(line.startUnixMs),
    end: instant(line.endUnixMs),
    forMonth: "",
    exact: toText(line.exact),
    rated: formatMicros(line.ratedMicros),
    amount: formatAmount(line.amountMicros, currency),
    taxCategory: line.tax.category,
    taxRate: line.tax.rate,
    taxIncluded: line.tax.isIncluded,
    steps: line.steps.map(stepRow),
  };
}
