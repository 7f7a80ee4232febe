import { z } from "zod";
import { spendLimit } from "../customer/spend-limit.ts";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { dateOrInstant, instantOf } from "../price-plan/date.ts";
import { nameRule } from "../price-plan/name.ts";
import { raise } from "../problem.ts";
import { Customer } from "./customer.ts";
import { Product } from "./product.ts";

const spec = z
  .strictObject({
    customerId: z.string().min(1),
    productId: z.string().min(1),
    /** The instant from which it is charged, or a date: from midnight in the customer's time zone. */
    startAt: dateOrInstant,
    /** The end of a trial: until then, from startAt on, its use is free. Absent: it has none. */
    trialEndAt: dateOrInstant.optional(),
    /** The instant from which it is not charged any more; absent: it has no end. */
    endAt: dateOrInstant.optional(),
    /** What a month may come to; absent: there is no limit. */
    spendLimit: spendLimit.optional(),
    /** The end of the month whose spend limit is reached: until then its calls are refused. The control plane writes and removes it. */
    suspendedUntil: dateOrInstant.optional(),
  })
  .superRefine(({ startAt, trialEndAt, endAt }, context) => {
    for (const [member, end] of Object.entries({ trialEndAt, endAt }))
      if (end !== undefined && instantOf(end) <= instantOf(startAt))
        raise(context, facts.END_BEFORE_START({ startAt }), [member]);
  });

export const Subscription = defineKind({
  name: "Subscription",
  about: "A customer's use of a product, from when to when.",
  spec,
  collection: "subscriptions",
  id: nameRule,
  references: [
    { to: Customer, of: ({ spec }) => [{ id: spec.customerId, at: "customerId" }] },
    { to: Product, of: ({ spec }) => [{ id: spec.productId, at: "productId" }] },
  ],
  quota: "subscriptions",
  bills: true,
  runtimeMembers: ["suspendedUntil"],
});
