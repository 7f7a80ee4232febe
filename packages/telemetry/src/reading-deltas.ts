import type { MetricReading } from "./metric-reading.ts";

const keyOf = ({ name, attributes }: MetricReading): string =>
  `${name}\n${JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))}`;

/** A value that is lower than before has begun again. */
function since(now: MetricReading, before: MetricReading | undefined): MetricReading {
  const counted = ({ value, histogram }: MetricReading) =>
    histogram ? histogram.counts.reduce((sum, count) => sum + count, 0) : value;
  if (!before || counted(now) < counted(before)) return now;
  const { histogram } = now;
  return {
    ...now,
    value: now.value - before.value,
    ...(histogram && {
      histogram: {
        ...histogram,
        counts: histogram.counts.map((count, i) => Math.max(0, count - (before.histogram?.counts[i] ?? 0))),
      },
    }),
  };
}

/** ReadingDeltas makes what came since the last time of readings that are sums since the start. Gauges stay as they are. */
export class ReadingDeltas {
  #before: ReadonlyMap<string, MetricReading> = new Map();

  next(readings: readonly MetricReading[]): readonly MetricReading[] {
    const before = this.#before;
    const now = new Map(readings.map((reading) => [keyOf(reading), reading]));
    this.#before = now;
    return [...now].map(([key, reading]) =>
      reading.kind === "gauge" ? reading : since(reading, before.get(key)),
    );
  }
}
