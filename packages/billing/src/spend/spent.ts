import { parseDecimal } from "../money/decimal.ts";
import { isLess, rational, times } from "../money/rational.ts";

/** Spent is what a month comes to so far, and what it may come to: decimals of the same currency's major unit. */
export interface Spent {
  readonly total: string;
  readonly limit: string;
}

/** hasReached says whether a month comes to a share of its limit, in percent, exactly or to more. */
export const hasReached = ({ total, limit }: Spent, percent: number): boolean =>
  !isLess(times(parseDecimal(total), rational(100n)), times(parseDecimal(limit), rational(BigInt(percent))));

/** highestReached is the highest of some shares that a month comes to; 0: none. */
export const highestReached = (spent: Spent, percents: readonly number[]): number =>
  Math.max(0, ...percents.filter((percent) => hasReached(spent, percent)));
