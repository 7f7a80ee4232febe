import { bucketsInOrder, middleOf } from "./buckets.ts";
import type { Distribution } from "./distribution.ts";

/** Statistic computes one number of a distribution; undefined: it has none. */
export type Statistic = (of: Distribution) => number | undefined;

const basic: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ sampleCount }) => sampleCount,
  Sum: ({ sum }) => sum,
  Average: ({ sum, sampleCount }) => sum / sampleCount,
  // Values that were added up elsewhere may have none.
  Minimum: ({ minimum }) => (Number.isFinite(minimum) ? minimum : undefined),
  Maximum: ({ maximum }) => (Number.isFinite(maximum) ? maximum : undefined),
};

/** isBasic says whether a statistic needs no histogram. */
export const isBasic = (name: string): boolean => Object.hasOwn(basic, name);

/** Not all samples are in the histogram: they were added up elsewhere, or are negative. */
function isIncomplete({ buckets, sampleCount }: Distribution): boolean {
  let known = 0;
  for (const samples of buckets.values()) known += samples;
  return Math.abs(known - sampleCount) > 1e-6 * sampleCount;
}

/** The value of a bucket is not outside of what is known of all values. */
const valueOf = (key: number, { minimum, maximum }: Distribution): number =>
  Math.min(Math.max(middleOf(key), minimum), maximum);

/** Values and how many samples have them, in ascending order. */
const ranked = (of: Distribution) =>
  [...bucketsInOrder(of.buckets)].map(([key, samples]) => ({ value: valueOf(key, of), samples }));

type Ranked = ReturnType<typeof ranked>;

/** The nearest rank: the smallest value that at least `share` of all samples do not exceed. */
function percentileOf(of: Distribution, share: number): number {
  if (share <= 0) return of.minimum;
  if (share >= 1) return of.maximum;
  // 0.99 * 100 is a little more than 99.
  const wanted = share * of.sampleCount * (1 - 1e-12);
  let seen = 0;
  for (const [key, samples] of bucketsInOrder(of.buckets)) {
    seen += samples;
    if (seen >= wanted) return valueOf(key, of);
  }
  return of.maximum;
}

/** Bounds of a trimmed statistic: shares of samples from 0 to 1, or values. */
interface Range {
  readonly isShare: boolean;
  readonly from: number;
  readonly to: number;
}

/** The samples of a range. By value its lower bound is excluded and its upper one included; by share parts of a bucket are in it. */
function within(rows: Ranked, { isShare, from, to }: Range, total: number): Ranked {
  if (!isShare) return rows.filter(({ value }) => value > from && value <= to);
  let seen = 0;
  return rows.flatMap(({ value, samples }) => {
    const begin = Math.max(seen, from * total);
    seen += samples;
    const inside = Math.min(seen, to * total) - begin;
    return inside > 0 ? [{ value, samples: inside }] : [];
  });
}

const countOf = (rows: Ranked) => rows.reduce((sum, { samples }) => sum + samples, 0);
const sumOf = (rows: Ranked) => rows.reduce((sum, { value, samples }) => sum + value * samples, 0);
const meanOf = (rows: Ranked) => (rows.length === 0 ? undefined : sumOf(rows) / countOf(rows));

type Trimmed = (rows: Ranked, range: Range, of: Distribution) => number | undefined;

/** Samples outside of the bounds count as if they were at them. */
const winsorized: Trimmed = (rows, { isShare, from, to }, of) => {
  const low = isShare ? percentileOf(of, from) : from;
  const high = isShare ? percentileOf(of, to) : to;
  return meanOf(rows.map(({ value, samples }) => ({ value: Math.min(Math.max(value, low), high), samples })));
};

const trimmed: Readonly<Record<string, Trimmed>> = {
  TM: (rows, range, of) => meanOf(within(rows, range, of.sampleCount)),
  TC: (rows, range, of) => countOf(within(rows, range, of.sampleCount)),
  TS: (rows, range, of) => sumOf(within(rows, range, of.sampleCount)),
  WM: winsorized,
};

const NUMBER = String.raw`\d{1,10}(?:\.\d{1,10})?`;
const SHORT = new RegExp(`^(p|tm|tc|ts|wm)(${NUMBER})$`, "i");
const LONG = new RegExp(`^(TM|TC|TS|WM|PR)\\((?:(${NUMBER})(%)?)?:(?:(${NUMBER})(%)?)?\\)$`);

const overRanked =
  (compute: (rows: Ranked, of: Distribution) => number | undefined): Statistic =>
  (of) =>
    isIncomplete(of) ? undefined : compute(ranked(of), of);

const trim = (name: string, range: Range): Statistic =>
  overRanked((rows, of) => trimmed[name]?.(rows, range, of));

function parseShort(text: string): Statistic | undefined {
  const [, name = "", number = ""] = SHORT.exec(text) ?? [];
  const share = Number(number) / 100;
  if (name === "" || share > 1) return undefined;
  if (name.toLowerCase() === "p") return (of) => (isIncomplete(of) ? undefined : percentileOf(of, share));
  return trim(name.toUpperCase(), { isShare: true, from: 0, to: share });
}

function parseLong(text: string): Statistic | undefined {
  const [, name = "", low, lowShare, high, highShare] = LONG.exec(text) ?? [];
  if (name === "" || (low === undefined && high === undefined)) return undefined;
  // Both bounds are of one kind.
  if (low !== undefined && high !== undefined && lowShare !== highShare) return undefined;
  const isShare = (lowShare ?? highShare) !== undefined;
  const scale = isShare ? 100 : 1;
  const from = low === undefined ? (isShare ? 0 : Number.NEGATIVE_INFINITY) : Number(low) / scale;
  const to = high === undefined ? (isShare ? 1 : Number.POSITIVE_INFINITY) : Number(high) / scale;
  if (from >= to || (isShare && to > 1)) return undefined;
  const range = { isShare, from, to };
  if (name !== "PR") return trim(name, range);
  if (isShare) return undefined;
  return overRanked((rows, of) => (100 * countOf(within(rows, range, of.sampleCount))) / of.sampleCount);
}

/**
 * parseStatistic reads a statistic as CloudWatch writes it: Sum, p99.9, tm90, TM(10%:90%), WM(80:500), PR(:300), IQM; undefined: it is none (AWS:
 * CloudWatch statistics definitions).
 */
export function parseStatistic(text: string): Statistic | undefined {
  if (Object.hasOwn(basic, text)) return basic[text];
  if (text === "IQM") return trim("TM", { isShare: true, from: 0.25, to: 0.75 });
  return parseShort(text) ?? parseLong(text);
}
