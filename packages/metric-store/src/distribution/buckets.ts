/*
 * Buckets of a base-2 exponential histogram with scale 5 (OpenTelemetry: exponential histogram; Prometheus: native histogram with schema 5): a
 * bucket ends at 2^(1/32), 1.0219 times its beginning, so its middle is within 1.1 % of every value in it. Buckets of any two histograms are the
 * same ones: merging adds counts.
 */
const PER_DOUBLING = 32;
/** The smallest number has the bucket -34,368: keys of buckets are positive. */
const OFFSET = 40_000;
/** The key of the value 0. */
export const ZERO = 0;

/** bucketOf is the key of the bucket of a value that is not negative. Keys have the order of their values. */
export const bucketOf = (value: number): number =>
  value === 0 ? ZERO : Math.ceil(Math.log2(value) * PER_DOUBLING) + OFFSET;

/** middleOf is the value that stands for all values of a bucket. */
export const middleOf = (key: number): number =>
  key === ZERO ? 0 : 2 ** ((key - OFFSET - 0.5) / PER_DOUBLING);

/** bucketsInOrder are keys and their samples in ascending order, which those that were read have already. */
export function bucketsInOrder(buckets: ReadonlyMap<number, number>): Iterable<readonly [number, number]> {
  let before = -1;
  for (const key of buckets.keys()) {
    if (key < before) return [...buckets].sort(([a], [b]) => a - b);
    before = key;
  }
  return buckets;
}
