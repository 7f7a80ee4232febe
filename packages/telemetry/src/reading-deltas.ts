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

/** A reading that is absent for as many times is forgotten: what it is of is gone. */
const ABSENT_MAX = 60;

interface Before {
  readonly reading: MetricReading;
  readonly absent: number;
}

/**
 * ReadingDeltas makes what came since the last time of readings that are sums since the start. Gauges stay as they are. One that is absent for a time,
 * because what it is read from did not respond, goes on where it was.
 */
export class ReadingDeltas {
  #before: ReadonlyMap<string, Before> = new Map();

  next(readings: readonly MetricReading[]): readonly MetricReading[] {
    const before = this.#before;
    const now = new Map(readings.map((reading) => [keyOf(reading), reading]));
    const kept = new Map<string, Before>();
    for (const [key, { reading, absent }] of before)
      if (absent < ABSENT_MAX) kept.set(key, { reading, absent: absent + 1 });
    for (const [key, reading] of now) kept.set(key, { reading, absent: 0 });
    this.#before = kept;
    return [...now].map(([key, reading]) =>
      reading.kind === "gauge" ? reading : since(reading, before.get(key)?.reading),
    );
  }
}
