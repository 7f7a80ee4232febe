import type { Price } from "@tollgate/config";
import { type Step, step } from "../step.ts";
import { chargedUnits, includedStep, type Units } from "./units.ts";

type FlatPrice = Extract<Price, { readonly model: "FLAT" }>;

/** flat charges each unit the same. */
export function flat(price: FlatPrice, units: Units): readonly Step[] {
  const included = BigInt(price.included);
  const charged = chargedUnits(units, included, { first: 0n, last: units.total });
  return [...includedStep(units, included), ...step("UNITS", charged, price.amount, BigInt(price.per))];
}
