/** LoadReport is what a scenario measured; ratios compare figures of the same run. */
export interface LoadReport {
  readonly figures: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
  /** The most that a figure or a ratio may be, by its name. */
  readonly goals?: Readonly<Record<string, number>>;
}

/** Verdict is a goal, and whether it was kept. */
export interface Verdict {
  readonly name: string;
  readonly measured: number;
  readonly atMost: number;
  readonly isKept: boolean;
}

/** verdictsOf compares a report with its goals. */
export const verdictsOf = ({ figures, ratios, goals = {} }: LoadReport): readonly Verdict[] =>
  Object.entries(goals).map(([name, atMost]) => {
    const measured = figures[name] ?? ratios[name] ?? Number.NaN;
    return { name, measured, atMost, isKept: measured <= atMost };
  });
