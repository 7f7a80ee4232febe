import { z } from "zod";
import { facts } from "../facts.ts";
import { meterName } from "../meter/meter-name.ts";
import { raise } from "../problem.ts";
import { amount, percent } from "./amount.ts";

const TIERS_MAX = 100;

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, "must be 1 to 63 characters of a-z, 0-9, . and -, such as calls");

/** The tax of a price: its category of EN 16931 (S standard, Z zero rated, E exempt, AE reverse charge, O outside the scope) and rate. */
export const tax = z
  .strictObject({
    category: z.enum(["S", "Z", "E", "AE", "O"]).default("S"),
    /** Percent, such as "19"; 0 for all categories but S. */
    rate: percent.default("0"),
  })
  .superRefine(({ category, rate }, context) => {
    if (category !== "S" && /[1-9]/.test(rate))
      raise(context, facts.TAX_RATE_UNEXPECTED({ category }), ["rate"]);
  });

const tier = z.strictObject({
  /** The last unit of the tier; absent: it has no end. Units that cost nothing count too. */
  upTo: z.int().min(1).optional(),
  /** Of `per` units in the tier. */
  amount,
  /** Charged once in a period in which a unit that is not included falls in the tier. */
  fee: amount.optional(),
});

/** Tiers must rise, and the last one has no end: then no unit is in two tiers or in none. */
const tiers = z
  .array(tier)
  .min(1)
  .max(TIERS_MAX)
  .superRefine((given, context) => {
    let below = 0;
    for (const [i, { upTo }] of given.entries()) {
      const isLast = i === given.length - 1;
      if (isLast && upTo !== undefined) raise(context, facts.TIERS_CLOSED({ upTo }), [i, "upTo"]);
      if (!isLast && upTo === undefined) raise(context, facts.TIERS_OPEN(), [i, "upTo"]);
      if (upTo !== undefined && upTo <= below)
        raise(context, facts.TIERS_OVERLAP({ upTo, below }), [i, "upTo"]);
      below = upTo ?? below;
    }
  });

const named = {
  id,
  /** On the line of the invoice; absent: the id. */
  name: z.string().min(1).max(200).optional(),
  tax: tax.optional(),
};

const metered = {
  ...named,
  meter: meterName,
  /** The first units of each period that cost nothing. */
  included: z.int().min(0).default(0),
  /** The first units of each API key in each period that cost nothing. Tiers, packages and `included` count what keys use beyond them. */
  includedPerKey: z.int().min(1).optional(),
};

/** Number of units that an amount is for. */
const per = z.int().min(1).default(1);

/** price is what one meter costs, or a fee. */
export const price = z.discriminatedUnion("model", [
  /** Each unit costs what its tier says. */
  z.strictObject({ model: z.literal("GRADUATED"), ...metered, per, tiers }),
  /** Every unit costs what the tier of the period's last unit says. */
  z.strictObject({ model: z.literal("VOLUME"), ...metered, per, tiers }),
  /** Each started package of `size` units costs the amount. */
  z.strictObject({ model: z.literal("PACKAGE"), ...metered, size: z.int().min(1), amount }),
  /** Each unit costs the same. */
  z.strictObject({ model: z.literal("FLAT"), ...metered, per, amount }),
  /** A fixed amount each period; of a part of it, the share of its seconds. */
  z.strictObject({ model: z.literal("FEE"), ...named, amount }),
]);

export type Price = z.output<typeof price>;
export type MeteredPrice = Exclude<Price, { readonly model: "FEE" }>;
export type Tier = z.output<typeof tier>;
export type Tax = z.output<typeof tax>;
