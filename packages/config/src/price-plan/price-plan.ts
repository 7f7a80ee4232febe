import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import { isCurrency } from "./currency.ts";
import { versions } from "./version.ts";

/** currency is the code of a currency of ISO 4217 that is in use. */
export const currency = z.string().superRefine((code, context) => {
  if (!isCurrency(code)) raise(context, facts.CURRENCY_UNKNOWN({ code }));
});

/** pricePlan is a price list: one currency, and its prices from each date on. */
export const pricePlan = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(1024).optional(),
  currency,
  versions,
});

export type PricePlanSpec = z.output<typeof pricePlan>;
