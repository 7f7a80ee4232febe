import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { nameRule } from "../price-plan/name.ts";
import { raise } from "../problem.ts";
import { PricePlan } from "./price-plan.ts";
import { UsagePlan } from "./usage-plan.ts";

const PLANS_MAX = 50;

const spec = z.strictObject({
  name: z.string().min(1).max(200),
  description: z.string().max(1024).optional(),
  /** What its customers may call: calls with their keys under one of these plans are charged. */
  usagePlanIds: z
    .array(z.string().min(1))
    .min(1)
    .max(PLANS_MAX)
    .superRefine((ids, context) => {
      for (const [i, id] of ids.entries())
        if (ids.indexOf(id) < i) raise(context, facts.LISTED_TWICE({ name: id }), [i]);
    }),
  /** What it costs. */
  pricePlanId: z.string().min(1),
  /** Where its documentation is. */
  documentation: z.url().max(2048).optional(),
});

export const Product = defineKind({
  name: "Product",
  about: "What is sold to customers: usage plans, and the price plan that their use is charged by.",
  spec,
  collection: "products",
  id: nameRule,
  references: [
    {
      to: UsagePlan,
      of: ({ spec }) => spec.usagePlanIds.map((id, i) => ({ id, at: `usagePlanIds[${i}]` })),
    },
    { to: PricePlan, of: ({ spec }) => [{ id: spec.pricePlanId, at: "pricePlanId" }] },
  ],
  quota: "products",
  bills: true,
});
