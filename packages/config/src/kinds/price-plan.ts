import { defineKind } from "../define-kind.ts";
import { nameRule } from "../price-plan/name.ts";
import { pricePlan } from "../price-plan/price-plan.ts";

export const PricePlan = defineKind({
  name: "PricePlan",
  about: "A price list: what each unit of what is counted costs, from which date on.",
  spec: pricePlan,
  collection: "priceplans",
  id: nameRule,
  quota: "pricePlans",
  bills: true,
});
