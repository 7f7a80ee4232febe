import type { SeriesSamples } from "./query-api.ts";

/** Increases are by how much series have grown, by the times at which their steps begin. */
export type Increases = Map<number, SeriesIncrease[]>;

export interface SeriesIncrease {
  readonly labels: SeriesSamples["labels"];
  readonly value: number;
}

/** keyOfLabels is the same for the same labels in any order. */
export const keyOfLabels = (labels: SeriesSamples["labels"]): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => Number(a > b) - Number(a < b)));

/** Series that one process counts together: they begin again together. */
const processOf = ({ __name__: _, le: __, ...rest }: SeriesSamples["labels"]): string => keyOfLabels(rest);

/**
 * increasesOf is what counters counted in the steps of a range, from a time on. Their values are those at the ends of steps, as a backend returns
 * them, and begin before the range so that what was counted before it is known. What a counter has when it is seen for the first time was counted
 * in that step; one that has less than before has begun again. So no call is counted twice, and none is estimated, as Prometheus' increase()
 * does, which adds what it expects between two samples.
 */
export function increasesOf(
  series: readonly SeriesSamples[],
  { startUnixS, stepS }: { readonly startUnixS: number; readonly stepS: number },
): Increases {
  const increases: Increases = new Map();
  for (const together of Map.groupBy(series, ({ labels }) => processOf(labels)).values()) {
    const begunAgain = beginningsOf(together);
    for (const { labels, samples } of together) {
      let before = 0;
      let beforeUnixS = Number.NEGATIVE_INFINITY;
      for (const [unixS, value] of samples) {
        if (!Number.isFinite(value)) continue;
        const hasBegunAgain = begunAgain.some((at) => at > beforeUnixS && at <= unixS);
        const grown = hasBegunAgain ? value : value - before;
        before = value;
        beforeUnixS = unixS;
        const step = unixS - stepS;
        if (step < startUnixS || grown <= 0) continue;
        const known = increases.get(step);
        if (known) known.push({ labels, value: grown });
        else increases.set(step, [{ labels, value: grown }]);
      }
    }
  }
  return increases;
}

/** When one of several counters has less than before, in ascending order. */
function beginningsOf(series: readonly SeriesSamples[]): readonly number[] {
  const times = new Set<number>();
  for (const { samples } of series)
    for (let i = 1; i < samples.length; i++) {
      const [unixS, value] = samples[i] as readonly [number, number];
      if (value < (samples[i - 1] as readonly [number, number])[1]) times.add(unixS);
    }
  return [...times].sort((a, b) => a - b);
}
