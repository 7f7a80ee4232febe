import type { Price } from "@tollgate/config";
import { type Step, step } from "../step.ts";
import { includedStep, later, type Units } from "./units.ts";

type PackagePrice = Extract<Price, { readonly model: "PACKAGE" }>;

/** packages charges each package that is started. One that was started before this part of the period is charged already. */
export function packages(price: PackagePrice, units: Units): readonly Step[] {
  const [included, size] = [BigInt(price.included), BigInt(price.size)];
  const startedBy = (unit: bigint) => (later(unit - included, 0n) + size - 1n) / size;
  return [
    ...includedStep(units, included),
    ...step("PACKAGES", startedBy(units.to) - startedBy(units.from), price.amount),
  ];
}
