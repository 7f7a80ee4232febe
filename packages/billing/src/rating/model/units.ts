import { type Step, step } from "../step.ts";

/**
 * Units is a part of the units of a period, counted from the period's first: those after `from` up to and including `to`. A period has several
 * parts if its prices change within it.
 */
export interface Units {
  readonly from: bigint;
  readonly to: bigint;
  /** All units of the period. */
  readonly total: bigint;
}

export const later = (one: bigint, other: bigint): bigint => (one > other ? one : other);
export const earlier = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** includedStep is those of the units that the price includes. */
export const includedStep = ({ from, to }: Units, included: bigint): readonly Step[] =>
  step("INCLUDED", earlier(to, included) - from, "0");

/** chargedUnits is how many of the units from `first` to `last` are charged: those of this part that are not included. */
export const chargedUnits = (
  { from, to }: Units,
  included: bigint,
  { first, last }: { readonly first: bigint; readonly last: bigint },
): bigint => earlier(to, last) - later(later(from, included), first);
