import type { Meter, Tax } from "@tollgate/config";
import { amountMicros, exactOf, formatMicros, ratedMicros } from "../money/micros.ts";
import { type Rational, sum } from "../money/rational.ts";
import type { VersionSpan } from "../price-plan/version-spans.ts";
import type { Step } from "./step.ts";

/** TaxRule is the tax of a line, and whether its amount contains it. */
export interface TaxRule extends Tax {
  readonly isIncluded: boolean;
}

/** Line is one row of a bill: one price in the time of one version of its plan. */
export interface Line {
  /** CARRIED: a credit that is left for later invoices (above 0), or that earlier ones have left (below 0). */
  readonly kind: "USAGE" | "FEE" | "MINIMUM" | "DISCOUNT" | "CARRIED";
  /** Id of the price or of the discount; "minimum"; "carried". */
  readonly id: string;
  readonly name: string;
  readonly meter?: Meter;
  /** Units of the meter, included ones too. */
  readonly quantity?: bigint;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  /** Major units of the currency, not rounded. */
  readonly exact: Rational;
  /** `exact`, rounded to the micro. */
  readonly ratedMicros: bigint;
  /** `exact`, rounded to the currency's smallest coin. Only this enters totals. */
  readonly amountMicros: bigint;
  readonly tax: TaxRule;
  readonly steps: readonly Step[];
}

type LineOptions = Pick<Line, "kind" | "id" | "tax" | "steps"> &
  Partial<Pick<Line, "meter" | "quantity">> & {
    readonly name: string | undefined;
    readonly span: Pick<VersionSpan, "startUnixMs" | "endUnixMs">;
    readonly currency: string;
  };

/** line is a row whose steps add up to it. It is rounded here, and nowhere else. */
export function line({ name, span, currency, ...rest }: LineOptions): Line {
  const exact = sum(rest.steps.map((step) => step.exact));
  return {
    ...rest,
    name: name ?? rest.id,
    startUnixMs: span.startUnixMs,
    endUnixMs: span.endUnixMs,
    exact,
    ratedMicros: ratedMicros(exact),
    amountMicros: amountMicros(exact, currency),
  };
}

/** amountLine is a row for an amount that is already rounded. */
export const amountLine = ({
  micros,
  span,
  ...rest
}: Pick<Line, "kind" | "id" | "name" | "tax"> & {
  readonly span: Pick<VersionSpan, "startUnixMs" | "endUnixMs">;
  readonly micros: bigint;
}): Line => {
  const exact = exactOf(micros);
  return {
    ...rest,
    startUnixMs: span.startUnixMs,
    endUnixMs: span.endUnixMs,
    exact,
    ratedMicros: micros,
    amountMicros: micros,
    steps: [{ kind: "AMOUNT", quantity: 1n, amount: formatMicros(micros), per: 1n, exact }],
  };
};

/** taxRuleOf is the tax of a price of a version. */
export const taxRuleOf = ({ version }: VersionSpan, own?: Tax): TaxRule => ({
  ...(own ?? version.tax),
  isIncluded: version.taxIncluded,
});

/** sumOfAmounts is what lines come to. */
export const sumOfAmounts = (lines: readonly Pick<Line, "amountMicros">[]): bigint =>
  lines.reduce((total, { amountMicros }) => total + amountMicros, 0n);
