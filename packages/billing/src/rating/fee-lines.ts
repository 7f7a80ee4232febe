import type { Period } from "../period/period.ts";
import type { VersionSpan } from "../price-plan/version-spans.ts";
import { type Line, line, taxRuleOf } from "./line.ts";
import { shareOf } from "./period-share.ts";

/** feeLines charges the fees of each span for its part of the period. */
export const feeLines = (currency: string, spans: readonly VersionSpan[], period: Period): readonly Line[] =>
  spans.flatMap((span) =>
    span.version.prices.flatMap((price) =>
      price.model === "FEE"
        ? line({
            kind: "FEE",
            id: price.id,
            name: price.name,
            span,
            currency,
            tax: taxRuleOf(span, price.tax),
            steps: shareOf(price.amount, span, period),
          })
        : [],
    ),
  );
