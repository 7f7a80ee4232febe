import type { Price } from "@tollgate/config";
import { type Step, step } from "../step.ts";
import { chargedUnits, includedStep, later, type Units } from "./units.ts";

type GraduatedPrice = Extract<Price, { readonly model: "GRADUATED" }>;

/** graduated charges each unit what its tier says. The fee of a tier is charged with its first unit that is not included. */
export function graduated(price: GraduatedPrice, units: Units): readonly Step[] {
  const included = BigInt(price.included);
  let first = 0n;
  const steps = price.tiers.flatMap(({ upTo, amount, fee }) => {
    const last = upTo === undefined ? units.total : BigInt(upTo);
    const charged = chargedUnits(units, included, { first, last });
    const begins = later(first, included) >= units.from;
    first = last;
    if (charged <= 0n) return [];
    return [
      ...(fee !== undefined && begins ? step("TIER_FEE", 1n, fee) : []),
      ...step("UNITS", charged, amount, BigInt(price.per)),
    ];
  });
  return [...includedStep(units, included), ...steps];
}
