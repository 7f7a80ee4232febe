import type { Period } from "../period/period.ts";
import type { VersionSpan } from "../price-plan/version-spans.ts";
import { type Step, step } from "./step.ts";

/** shareOf is an amount for a whole period, for the part of it that a span is: by its time, so that a day on which clocks change is as long as it is. */
export const shareOf = (amount: string, span: VersionSpan, period: Period): readonly Step[] =>
  step(
    "SHARE",
    BigInt(span.endUnixMs - span.startUnixMs),
    amount,
    BigInt(period.endUnixMs - period.startUnixMs),
  );
