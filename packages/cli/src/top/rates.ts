import { type Figure, firstMinuteOf, type MeasuredStage, PERIOD_S } from "./stage-metrics.ts";

/** ByMinute are values by the beginning of their minute, in seconds since 1970. */
export type ByMinute = ReadonlyMap<number, number>;

/** StageReading is what a stage had in the last minutes, each figure by the minute. */
export interface StageReading {
  readonly stage: MeasuredStage;
  readonly figures: Readonly<Partial<Record<Figure, ByMinute>>>;
}

/** Reading is what all stages had when they were asked for. */
export interface Reading {
  readonly atMs: number;
  readonly stages: ReadonlyMap<string, StageReading>;
}

/** StageRates is a row: undefined is what is not known yet, or what no call had. */
export interface StageRates {
  readonly stage: MeasuredStage;
  readonly callsPerSecond: number;
  /** Parts of all calls. */
  readonly clientErrors: number | undefined;
  readonly serverErrors: number | undefined;
  /** Milliseconds, of the newest minute that had calls. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** How much came between two readings; before the first, in the last minute that is over. */
function increaseOf(now: ByMinute, before: ByMinute | undefined, atMs: number): number {
  if (!before) return now.get(Math.floor(atMs / 1000 / PERIOD_S) * PERIOD_S - PERIOD_S) ?? 0;
  let increase = 0;
  for (const [minute, value] of now) increase += value - (before.get(minute) ?? 0);
  // Minutes can be merged with others early: their calls are not subtracted.
  return Math.max(0, increase);
}

const newestOf = (values: ByMinute | undefined): number | undefined =>
  values === undefined || values.size === 0 ? undefined : values.get(Math.max(...values.keys()));

/** How long what came between two readings took: what is older than the minutes that are read is not counted. */
const secondsBetween = (now: Reading, before: Reading): number =>
  now.atMs / 1000 - Math.max(before.atMs / 1000, firstMinuteOf(now.atMs));

/** ratesOf compares two readings; an earlier one that is not older, because the clock was set back, is none. */
export function ratesOf(now: Reading, last: Reading | undefined): readonly StageRates[] {
  const before = last && last.atMs < now.atMs ? last : undefined;
  const seconds = before ? secondsBetween(now, before) : PERIOD_S;
  return [...now.stages].map(([key, { stage, figures }]) => {
    const earlier = before?.stages.get(key)?.figures;
    const increase = (figure: Figure): number | undefined => {
      const values = figures[figure];
      if (!values || (earlier && !earlier[figure])) return undefined;
      return increaseOf(values, before ? (earlier?.[figure] ?? new Map()) : undefined, now.atMs);
    };
    const calls = increase("calls") ?? 0;
    const partOf = (errors: number | undefined) =>
      errors === undefined || calls === 0 ? undefined : errors / calls;
    return {
      stage,
      callsPerSecond: calls / seconds,
      clientErrors: partOf(increase("clientErrors")),
      serverErrors: partOf(increase("serverErrors")),
      p50: newestOf(figures.p50),
      p99: newestOf(figures.p99),
    };
  });
}
