import type { Meter, MeteredPrice, PricePlanSpec } from "@tollgate/config";
import type { VersionSpan } from "../price-plan/version-spans.ts";
import { KeyAllowances, type UnitsByKey } from "./key-allowances.ts";
import { type Line, line, taxRuleOf } from "./line.ts";
import { rateUnits } from "./rate-units.ts";
import { step } from "./step.ts";

/** MeteredUsage is how many units of a meter were used in a slot of time, given by its start. */
export interface MeteredUsage {
  readonly meter: Meter;
  readonly startUnixMs: number;
  readonly quantity: bigint;
  /** Which key used it, where a price includes units for each key. */
  readonly apiKeyId?: string;
}

/** UnpricedUsage is usage for which the plan has no price at its time. It costs nothing, and is reported so that nobody overlooks it. */
export interface UnpricedUsage {
  readonly meter: Meter;
  readonly quantity: bigint;
}

/** Units of each meter by key; the key is empty where it does not matter. */
type UnitsByMeter = Map<Meter, Map<string, bigint>>;

function add(sums: UnitsByMeter, { meter, apiKeyId = "", quantity }: MeteredUsage): void {
  const keys = sums.get(meter) ?? new Map<string, bigint>();
  sums.set(meter, keys.set(apiKeyId, (keys.get(apiKeyId) ?? 0n) + quantity));
}

const NO_UNITS: UnitsByKey = new Map();

const sumOf = (units: UnitsByKey): bigint => [...units.values()].reduce((sum, one) => sum + one, 0n);

const priceOf = ({ version }: VersionSpan, meter: Meter): MeteredPrice | undefined =>
  version.prices.find((price): price is MeteredPrice => price.model !== "FEE" && price.meter === meter);

/** The usage in each span, and after the last of them the usage that no price is for. */
function divide(spans: readonly VersionSpan[], usage: readonly MeteredUsage[]) {
  const bySpan = spans.map((): UnitsByMeter => new Map());
  const unpriced: UnitsByMeter = new Map();
  for (const one of usage) {
    const { meter, startUnixMs } = one;
    const at = spans.findIndex((span) => span.startUnixMs <= startUnixMs && startUnixMs < span.endUnixMs);
    const span = spans[at];
    add(span && priceOf(span, meter) ? (bySpan[at] ?? unpriced) : unpriced, one);
  }
  return { bySpan, unpriced };
}

/**
 * usageLines rates the usage of a period: a line for each price of each span. Prices of several versions with one id go on counting: the tiers
 * of the later one do not start again. What is included for each key is taken off before. Lines are in the order of the spans and of the prices, whatever the
 * order of the usage is.
 */
export function usageLines(
  { currency }: Pick<PricePlanSpec, "currency">,
  spans: readonly VersionSpan[],
  usage: readonly MeteredUsage[],
): {
  readonly lines: readonly Line[];
  readonly unpriced: readonly UnpricedUsage[];
  readonly allowances: KeyAllowances;
} {
  const { bySpan, unpriced } = divide(spans, usage);
  const allowances = new KeyAllowances();
  const totals = new Map<string, bigint>();
  const parts = spans.flatMap((span, at) =>
    span.version.prices.flatMap((price) => {
      if (price.model === "FEE") return [];
      const units = bySpan[at]?.get(price.meter) ?? NO_UNITS;
      const quantity = sumOf(units);
      if (quantity === 0n) return [];
      const ofKeys = allowances.take(price, units);
      const from = totals.get(price.id) ?? 0n;
      const to = from + quantity - ofKeys;
      totals.set(price.id, to);
      return [{ span, price, from, to, ofKeys, quantity }];
    }),
  );
  const lines = parts.map(({ span, price, from, to, ofKeys, quantity }) =>
    line({
      kind: "USAGE",
      id: price.id,
      name: price.name,
      meter: price.meter,
      quantity,
      span,
      currency,
      tax: taxRuleOf(span, price.tax),
      steps: [
        ...step("INCLUDED", ofKeys, "0"),
        ...rateUnits(price, { from, to, total: totals.get(price.id) ?? 0n }),
      ],
    }),
  );
  return {
    lines,
    allowances,
    unpriced: [...unpriced]
      .map(([meter, units]) => ({ meter, quantity: sumOf(units) }))
      .sort((a, b) => (a.meter < b.meter ? -1 : 1)),
  };
}
