import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

/** Digits after the point: a price per unit may be far below the smallest coin. */
const DECIMALS_MAX = 12;
const AMOUNT = /^(?<sign>-?)\d{1,15}(\.\d{1,12})?$/;
const PERCENT = /^\d{1,3}(\.\d{1,4})?$/;

/** amount is a sum of money as text, such as "0.40", in the currency of its plan. A number of JSON would be rounded before it is read. */
export const amount = z
  .string({ error: () => facts.AMOUNT_NOT_TEXT().message })
  .superRefine((given, context) => {
    const match = AMOUNT.exec(given);
    if (!match) raise(context, facts.AMOUNT_INVALID({ given, decimals: DECIMALS_MAX }));
    else if (match.groups?.["sign"]) raise(context, facts.AMOUNT_NEGATIVE({ given }));
  });

/** percent is a share from 0 to 100 as text, such as "19" or "7.7". */
export const percent = z
  .string({ error: () => facts.AMOUNT_NOT_TEXT().message })
  .superRefine((given, context) => {
    if (!PERCENT.test(given) || Number(given) > 100) raise(context, facts.PERCENT_INVALID({ given }));
  });
