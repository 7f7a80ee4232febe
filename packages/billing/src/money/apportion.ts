const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/**
 * apportion divides a whole, which is not negative, in the ratio of weights so that the shares add up to it: what is left after rounding down
 * goes to the largest remainders, and among equal ones to the first. Without any weight, everything is the first share.
 */
export function apportion(whole: bigint, weights: readonly bigint[]): readonly bigint[] {
  const weight = total(weights);
  if (weight === 0n) return weights.map((_, i) => (i === 0 ? whole : 0n));
  const shares = weights.map((own) => (whole * own) / weight);
  const remainders = weights.map((own, i) => ({ i, remainder: (whole * own) % weight }));
  const byRemainder = remainders.toSorted((a, b) =>
    a.remainder === b.remainder ? a.i - b.i : a.remainder < b.remainder ? 1 : -1,
  );
  let left = whole - total(shares);
  for (const { i } of byRemainder) {
    if (left === 0n) break;
    shares[i] = (shares[i] ?? 0n) + 1n;
    left--;
  }
  return shares;
}
