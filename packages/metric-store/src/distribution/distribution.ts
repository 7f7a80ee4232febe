import { bucketOf } from "./buckets.ts";

/** StatisticSet is what is known of values that were added up elsewhere. */
export interface StatisticSet {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Parts of a range between two numbers: each is at most 5 % of it. */
const RANGE_PARTS = 20;

/** Distribution is values of a metric in one period: exact sums, and a histogram for percentiles. Two of them can be merged. */
export class Distribution {
  sampleCount = 0;
  sum = 0;
  minimum = Number.POSITIVE_INFINITY;
  maximum = Number.NEGATIVE_INFINITY;
  /** Samples by the keys of their buckets. */
  readonly buckets = new Map<number, number>();

  add(value: number, samples = 1): void {
    this.addSet({ sampleCount: samples, sum: value * samples, minimum: value, maximum: value });
  }

  /** A set of different values has no place in the histogram, nor has a negative value: there are no percentiles then (AWS: statistics definitions). */
  addSet({ sampleCount, sum, minimum, maximum }: StatisticSet): void {
    this.sampleCount += sampleCount;
    this.sum += sum;
    if (minimum < this.minimum) this.minimum = minimum;
    if (maximum > this.maximum) this.maximum = maximum;
    if (minimum === maximum && minimum >= 0) this.addToBucket(bucketOf(minimum), sampleCount);
  }

  /** Values of which nothing but their number and their sum is known. */
  addSum({ sampleCount, sum }: Pick<StatisticSet, "sampleCount" | "sum">): void {
    this.sampleCount += sampleCount;
    this.sum += sum;
  }

  /** Where values are that were added by their sum: evenly between two numbers, neither of them negative. */
  addRange({
    from,
    to,
    samples,
  }: {
    readonly from: number;
    readonly to: number;
    readonly samples: number;
  }): void {
    if (samples <= 0) return;
    this.minimum = Math.min(this.minimum, from);
    this.maximum = Math.max(this.maximum, to);
    if (from === to) return this.addToBucket(bucketOf(to), samples);
    for (let part = 0; part < RANGE_PARTS; part++)
      this.addToBucket(bucketOf(from + ((to - from) * (part + 0.5)) / RANGE_PARTS), samples / RANGE_PARTS);
  }

  addToBucket(key: number, samples: number): void {
    this.buckets.set(key, (this.buckets.get(key) ?? 0) + samples);
  }

  merge(other: Distribution): void {
    this.sampleCount += other.sampleCount;
    this.sum += other.sum;
    this.minimum = Math.min(this.minimum, other.minimum);
    this.maximum = Math.max(this.maximum, other.maximum);
    for (const [key, samples] of other.buckets) this.addToBucket(key, samples);
  }
}
