import type { Price } from "@tollgate/config";
import { type Step, step } from "../step.ts";
import { chargedUnits, includedStep, type Units } from "./units.ts";

type VolumePrice = Extract<Price, { readonly model: "VOLUME" }>;

/** volume charges every unit what the tier of the period's last unit says, whose fee is charged once. */
export function volume(price: VolumePrice, units: Units): readonly Step[] {
  const included = BigInt(price.included);
  const tier = price.tiers.find(({ upTo }) => upTo === undefined || units.total <= BigInt(upTo));
  const charged = chargedUnits(units, included, { first: 0n, last: units.total });
  if (!tier || charged <= 0n) return includedStep(units, included);
  return [
    ...includedStep(units, included),
    ...(tier.fee !== undefined && included >= units.from ? step("TIER_FEE", 1n, tier.fee) : []),
    ...step("UNITS", charged, tier.amount, BigInt(price.per)),
  ];
}
