import { MetricRefusal } from "../refusal.ts";

/** Points of all series that a request reads or computes. A series has up to 45,000 stored ones; one response has 100,800 of the result. */
const POINTS_MAX = 4_000_000;

/**
 * PointBudget bounds what one request takes of memory and time: SEARCH finds hundreds of series, and an expression can make a series of each of its
 * operators, so that neither the number of queries nor their range is a bound.
 */
export class PointBudget {
  #left: number;

  constructor(points = POINTS_MAX) {
    this.#left = points;
  }

  /** spend throws a MetricRefusal where the request has taken as many points as it may. */
  spend(points: number): void {
    this.#left -= points;
    if (this.#left < 0)
      throw new MetricRefusal(
        "the request reads or computes too many data points: ask for a shorter time, a longer period or fewer metrics",
      );
  }
}
