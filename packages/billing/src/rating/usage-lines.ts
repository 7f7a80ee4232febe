import type { Meter, MeteredPrice, PricePlanSpec } from "@tollgate/config";
import type { VersionSpan } from "../price-plan/version-spans.ts";
import { type Line, line, taxRuleOf } from "./line.ts";
import { rateUnits } from "./rate-units.ts";

/** MeteredUsage is how many units of a meter were used in a slot of time, given by its start. */
export interface MeteredUsage {
  readonly meter: Meter;
  readonly startUnixMs: number;
  readonly quantity: bigint;
}

/** UnpricedUsage is usage for which the plan has no price at its time. It costs nothing, and is reported so that nobody overlooks it. */
export interface UnpricedUsage {
  readonly meter: Meter;
  readonly quantity: bigint;
}

type QuantityByMeter = Map<Meter, bigint>;

const add = (sums: QuantityByMeter, meter: Meter, quantity: bigint): void => {
  sums.set(meter, (sums.get(meter) ?? 0n) + quantity);
};

const priceOf = ({ version }: VersionSpan, meter: Meter): MeteredPrice | undefined =>
  version.prices.find((price): price is MeteredPrice => price.model !== "FEE" && price.meter === meter);

/** The usage in each span, and after the last of them the usage that no price is for. */
function divide(spans: readonly VersionSpan[], usage: readonly MeteredUsage[]) {
  const bySpan = spans.map((): QuantityByMeter => new Map());
  const unpriced: QuantityByMeter = new Map();
  for (const { meter, startUnixMs, quantity } of usage) {
    const at = spans.findIndex((span) => span.startUnixMs <= startUnixMs && startUnixMs < span.endUnixMs);
    const span = spans[at];
    add(span && priceOf(span, meter) ? (bySpan[at] ?? unpriced) : unpriced, meter, quantity);
  }
  return { bySpan, unpriced };
}

/**
 * usageLines rates the usage of a period: a line for each price of each span. Prices of several versions with one id go on counting: the tiers
 * of the later one do not start again. Lines are in the order of the spans and of the prices, whatever the order of the usage is.
 */
export function usageLines(
  { currency }: Pick<PricePlanSpec, "currency">,
  spans: readonly VersionSpan[],
  usage: readonly MeteredUsage[],
): { readonly lines: readonly Line[]; readonly unpriced: readonly UnpricedUsage[] } {
  const { bySpan, unpriced } = divide(spans, usage);
  const totals = new Map<string, bigint>();
  const parts = spans.flatMap((span, at) =>
    span.version.prices.flatMap((price) => {
      const quantity = price.model === "FEE" ? 0n : (bySpan[at]?.get(price.meter) ?? 0n);
      if (price.model === "FEE" || quantity === 0n) return [];
      const from = totals.get(price.id) ?? 0n;
      totals.set(price.id, from + quantity);
      return [{ span, price, from, quantity }];
    }),
  );
  const lines = parts.map(({ span, price, from, quantity }) =>
    line({
      kind: "USAGE",
      id: price.id,
      name: price.name,
      meter: price.meter,
      quantity,
      span,
      currency,
      tax: taxRuleOf(span, price.tax),
      steps: rateUnits(price, { from, to: from + quantity, total: totals.get(price.id) ?? 0n }),
    }),
  );
  return {
    lines,
    unpriced: [...unpriced]
      .map(([meter, quantity]) => ({ meter, quantity }))
      .sort((a, b) => (a.meter < b.meter ? -1 : 1)),
  };
}
