import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import { amount, percent } from "./amount.ts";
import { dateOrInstant, instantOf } from "./date.ts";
import { price, tax } from "./price.ts";

const PRICES_MAX = 200;
const VERSIONS_MAX = 200;
const DISCOUNTS_MAX = 20;

/** The minimum's line has this id. */
const MINIMUM = "minimum";

const discountedBy = {
  id: z.string().min(1).max(63),
  name: z.string().min(1).max(200).optional(),
  /** Only the lines of these prices; absent: all lines. */
  priceIds: z.array(z.string()).min(1).optional(),
};

/** A discount takes a share of what its lines have left after the discounts before it, or an amount, but never more than that. */
const discount = z
  .strictObject({ ...discountedBy, percent: percent.optional(), amount: amount.optional() })
  .superRefine((given, context) => {
    if ((given.percent === undefined) === (given.amount === undefined))
      raise(context, facts.DISCOUNT_EITHER());
  });

const version = z
  .strictObject({
    /** The instant from which it applies, or a date: from midnight in the time zone of whoever is billed. */
    from: dateOrInstant,
    prices: z.array(price).min(1).max(PRICES_MAX),
    /** What the usage of a period costs at least, without fees. Of a part of a period, the share of its seconds. */
    minimum: amount.optional(),
    discounts: z.array(discount).max(DISCOUNTS_MAX).default([]),
    /** Of prices that do not have their own, and of the minimum. */
    tax: tax.default({ category: "O", rate: "0" }),
    /** The amounts contain the tax. */
    taxIncluded: z.boolean().default(false),
  })
  .superRefine(({ prices, discounts }, context) => {
    const ids = new Set<string>();
    const pricedBy = new Map<string, string>();
    for (const [i, one] of prices.entries()) {
      if (ids.has(one.id)) raise(context, facts.LISTED_TWICE({ name: one.id }), ["prices", i, "id"]);
      if (one.id === MINIMUM) raise(context, facts.LINE_ID_TAKEN({ id: one.id }), ["prices", i, "id"]);
      ids.add(one.id);
      if (one.model === "FEE") continue;
      const { meter } = one;
      const other = pricedBy.get(meter);
      if (other !== undefined)
        raise(context, facts.METER_PRICED_TWICE({ meter, other }), ["prices", i, "meter"]);
      else pricedBy.set(meter, one.id);
    }
    const taken = new Set([...ids, MINIMUM]);
    for (const [i, { id: own, priceIds = [] }] of discounts.entries()) {
      if (taken.has(own)) raise(context, facts.LINE_ID_TAKEN({ id: own }), ["discounts", i, "id"]);
      taken.add(own);
      for (const [j, id] of priceIds.entries())
        if (!ids.has(id)) raise(context, facts.PRICE_MISSING({ id }), ["discounts", i, "priceIds", j]);
    }
  });

/** versions are the texts of a price plan in the order of their dates, no two of one date. */
export const versions = z
  .array(version)
  .min(1)
  .max(VERSIONS_MAX)
  .superRefine((given, context) => {
    for (const [i, { from }] of given.entries()) {
      const before = given[i - 1]?.from;
      if (before === undefined) continue;
      const distance = instantOf(from) - instantOf(before);
      if (distance === 0) raise(context, facts.VERSION_DATE_TWICE({ from }), [i, "from"]);
      if (distance < 0) raise(context, facts.VERSION_ORDER({ from, before }), [i, "from"]);
    }
  });

export type PriceVersion = z.output<typeof version>;
export type Discount = z.output<typeof discount>;
