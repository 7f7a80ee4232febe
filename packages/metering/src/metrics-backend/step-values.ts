import { Distribution } from "@tollgate/metric-store";
import type { Made } from "./call-series.ts";
import type { SeriesIncrease } from "./increases.ts";

const sumOf = (grown: readonly SeriesIncrease[], name: string): number =>
  grown.reduce((sum, { labels, value }) => (labels["__name__"] === name ? sum + value : sum), 0);

/** distributionOf is the values that a metric had in one step. */
export function distributionOf(made: Made, grown: readonly SeriesIncrease[]): Distribution {
  const values = new Distribution();
  if (made.as === "histogram") return ofHistogram(made.of, grown);
  const of = sumOf(grown, made.of);
  if (made.as === "count") {
    if (of > 0) values.add(1, of);
  } else if (made.as === "sum") {
    const sampleCount = sumOf(grown, made.samples);
    if (of > 0 && sampleCount > 0) values.addSum({ sampleCount, sum: of });
  } else {
    const all = made.all.reduce((sum, name) => sum + sumOf(grown, name), 0);
    if (of > 0) values.add(1, of);
    if (all > of) values.add(0, all - of);
  }
  return values;
}

/** Counts and sums are exact. Values are somewhere in their buckets, and those of the last one are at its beginning, as histogram_quantile has them. */
function ofHistogram(name: string, grown: readonly SeriesIncrease[]): Distribution {
  const values = new Distribution();
  const sampleCount = sumOf(grown, `${name}_count`);
  if (sampleCount === 0) return values;
  values.addSum({ sampleCount, sum: sumOf(grown, `${name}_sum`) });
  const upTo = new Map<number, number>();
  for (const { labels, value } of grown)
    if (labels["__name__"] === `${name}_bucket`) {
      const end = Number(labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : labels["le"]);
      upTo.set(end, (upTo.get(end) ?? 0) + value);
    }
  // Without boundaries, nothing is known of single values.
  if (![...upTo.keys()].some(Number.isFinite)) return values;
  let from = 0;
  let before = 0;
  for (const [to, count] of [...upTo].sort(([a], [b]) => a - b)) {
    values.addRange({ from, to: Number.isFinite(to) ? to : from, samples: count - before });
    from = to;
    before = count;
  }
  return values;
}
