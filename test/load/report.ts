import { median } from "./cpu.ts";
import {
  FIGURES,
  type Figure,
  type FigureScenario,
  figuresOf,
  type GROWTHS,
  type GrowthScenario,
} from "./figures.ts";

/** LoadReport is what a scenario measured; ratios compare figures of the same run. */
export interface LoadReport {
  readonly figures: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
  /** Values of figures that something has to come of, by name: one of each round. */
  readonly measured?: Readonly<Record<string, readonly number[]>>;
  /** The tables of growth, by name. */
  readonly growth?: Readonly<Record<string, readonly GrowthPoint[]>>;
  /** Other programs that took part, with their versions. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** MeasuredReport has all figures of a scenario that something has to come of. */
export interface MeasuredReport<S extends FigureScenario> extends LoadReport {
  readonly measured: Readonly<Record<keyof (typeof FIGURES)[S], readonly number[]>>;
}

/** GrowingReport has all tables of a scenario. */
export interface GrowingReport<S extends GrowthScenario> extends LoadReport {
  readonly growth: Readonly<Record<keyof (typeof GROWTHS)[S], readonly GrowthPoint[]>>;
}

/** GrowthPoint is a row of a table of growth: what was measured in each round at that size. */
export interface GrowthPoint {
  readonly at: number;
  readonly rounds: readonly number[];
}

/** Spread is what rounds gave together; NaN without rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** spreadOf is the spread of what rounds gave. */
export const spreadOf = (rounds: readonly number[]): Spread => ({
  median: median(rounds),
  min: rounds.length === 0 ? Number.NaN : Math.min(...rounds),
  max: rounds.length === 0 ? Number.NaN : Math.max(...rounds),
  rounds: rounds.length,
});

/** growthOf is a table of growth of what rounds gave for each size, by its name. */
export const growthOf = (
  sizes: readonly number[],
  rounds: { readonly of: (name: string) => readonly number[] },
): readonly GrowthPoint[] => sizes.map((at) => ({ at, rounds: rounds.of(String(at)) }));

/** Held: the goal is reached. Least held: what must hold does, the goal is not reached. */
export type Verdict = "held" | "least held" | "not held" | "not measured";

/** verdictOf compares the median of the rounds of a figure with its goal. */
export function verdictOf({ goal, least }: Pick<Figure, "goal" | "least">, measured: number): Verdict {
  if (Number.isNaN(measured)) return "not measured";
  if (measured <= goal) return "held";
  return measured <= least ? "least held" : "not held";
}

/** FigureResult is a figure beside what it must be. */
export interface FigureResult extends Figure, Spread {
  readonly name: string;
  readonly verdict: Verdict;
}

/** resultsOf gives all figures of a scenario, those that it did not measure too. */
export const resultsOf = (
  scenario: string,
  { measured = {} }: Pick<LoadReport, "measured">,
): FigureResult[] =>
  figuresOf(scenario).map(([name, figure]) => {
    const spread = spreadOf(measured[name] ?? []);
    return { name, ...figure, ...spread, verdict: verdictOf(figure, spread.median) };
  });
