import { exactOf, formatMicros } from "../money/micros.ts";
import { negative } from "../money/rational.ts";
import type { Period } from "../period/period.ts";
import type { VersionSpan } from "../price-plan/version-spans.ts";
import { type Line, line, sumOfAmounts, taxRuleOf } from "./line.ts";
import { shareOf } from "./period-share.ts";

/** minimumLine raises what usage costs to the least that the plan says; undefined if it costs that much. */
export function minimumLine(
  currency: string,
  spans: readonly VersionSpan[],
  period: Period,
  usage: readonly Line[],
): Line | undefined {
  const last = spans.at(-1);
  const least = spans.flatMap((span) =>
    span.version.minimum === undefined ? [] : shareOf(span.version.minimum, span, period),
  );
  if (!last || least.length === 0) return undefined;
  const used = sumOfAmounts(usage);
  const found = line({
    kind: "MINIMUM",
    id: "minimum",
    name: undefined,
    span: { startUnixMs: spans[0]?.startUnixMs ?? last.startUnixMs, endUnixMs: last.endUnixMs },
    currency,
    tax: taxRuleOf(last),
    steps: [
      ...least,
      {
        kind: "AMOUNT",
        quantity: 1n,
        amount: formatMicros(-used),
        per: 1n,
        exact: negative(exactOf(used)),
      },
    ],
  });
  return found.amountMicros > 0n ? found : undefined;
}
