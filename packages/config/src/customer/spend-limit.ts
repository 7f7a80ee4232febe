import { z } from "zod";
import { facts } from "../facts.ts";
import { amount } from "../price-plan/amount.ts";
import { raise } from "../problem.ts";

const WARNINGS_MAX = 20;
/** Percent of the limit at which somebody is warned where nothing else is said. */
const WARN_AT = [50, 80, 100];

/** spendLimit is what a month of a subscription may come to, with tax, in the currency of its price plan. */
export const spendLimit = z.strictObject({
  amount: amount.superRefine((given, context) => {
    if (!/[1-9]/.test(given)) raise(context, facts.SPEND_LIMIT_ZERO());
  }),
  /** Shares of the amount, in percent, at which the event spend.warning says so, once a month each. */
  warnAt: z
    .array(z.int().min(1).max(100))
    .max(WARNINGS_MAX)
    .default(WARN_AT)
    .superRefine((percents, context) => {
      for (const [i, percent] of percents.entries())
        if (i > 0 && percent <= (percents[i - 1] ?? 0)) raise(context, facts.WARNINGS_RISE({ percent }), [i]);
    }),
  /** SUSPEND: once the amount is reached, calls of the subscription are refused until its month ends. */
  onLimit: z.enum(["NOTIFY", "SUSPEND"]).default("NOTIFY"),
});
