/** Rational is an exact number: n / d in lowest terms, with d above 0. Money is one until a line is done. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

function greatestCommonDivisor(one: bigint, other: bigint): bigint {
  let [a, b] = [magnitude(one), magnitude(other)];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

/** rational is n / d. It throws a RangeError if d is 0. */
export function rational(n: bigint, d = 1n): Rational {
  if (d === 0n) throw new RangeError("a denominator must not be 0");
  const divisor = greatestCommonDivisor(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / divisor, d: d / divisor };
}

export const zero: Rational = { n: 0n, d: 1n };

export const plus = (a: Rational, b: Rational): Rational => rational(a.n * b.d + b.n * a.d, a.d * b.d);
export const minus = (a: Rational, b: Rational): Rational => rational(a.n * b.d - b.n * a.d, a.d * b.d);
export const times = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d);
export const dividedBy = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n);
export const negative = ({ n, d }: Rational): Rational => ({ n: -n, d });
export const isLess = (a: Rational, b: Rational): boolean => a.n * b.d < b.n * a.d;
export const sum = (all: readonly Rational[]): Rational => all.reduce(plus, zero);

/** rounded is the nearest whole number; of two that are as near, the one farther from 0. */
export function rounded({ n, d }: Rational): bigint {
  const up = (2n * magnitude(n) + d) / (2n * d);
  return n < 0n ? -up : up;
}

/** toText is "n/d", or "n" for a whole number. */
export const toText = ({ n, d }: Rational): string => (d === 1n ? `${n}` : `${n}/${d}`);
