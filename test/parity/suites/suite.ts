/** Suite is a collection of cases that others made or recorded, fetched when it is run. */
export interface Suite {
  readonly name: string;
  /** Runs all cases. */
  run(): Promise<readonly SuiteOutcome[]>;
  /** Cases that differ, and why that is intended. */
  readonly explained: readonly { readonly why: string; fits(title: string): boolean }[];
}

/** SuiteOutcome is what became of one case. */
export interface SuiteOutcome {
  /** What is counted together. */
  readonly part: string;
  readonly title: string;
  /** How the result differs; undefined: it does not. */
  readonly difference: string | undefined;
  /** Why it does so; absent: the suite explains it, or nobody does. */
  readonly intended?: string | undefined;
}

/** reportSuite prints the counts of a suite and every case that differs, with the reason. Returns how many differ without one. */
export async function reportSuite({ name, run, explained }: Suite): Promise<number> {
  const outcomes = await run();
  const count = (part: string, all: readonly SuiteOutcome[]) => {
    const equal = all.filter(({ difference }) => difference === undefined).length;
    console.log(`${name}${part}: ${equal} of ${all.length}`);
  };
  const parts = Map.groupBy(outcomes, ({ part }) => part);
  if (parts.size > 1) for (const [part, all] of parts) count(`, ${part}`, all);
  count("", outcomes);
  const different = outcomes.filter(({ difference }) => difference !== undefined);
  const whyOf = ({ title, intended }: SuiteOutcome) =>
    intended ?? explained.find(({ fits }) => fits(title))?.why;
  for (const [why, all] of Map.groupBy(different, whyOf))
    if (why !== undefined)
      console.log(`intended: ${why}${all.map(({ title }) => `\n        ${title}`).join("")}`);
  const unexplained = different.filter((outcome) => whyOf(outcome) === undefined);
  for (const { title, difference } of unexplained) console.log(`DIFFERS ${title}\n        ${difference}`);
  return unexplained.length;
}
