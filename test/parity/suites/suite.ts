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
}

/** reportSuite prints the counts of a suite and every case that differs, with the reason. Returns how many differ without one. */
export async function reportSuite({ name, run, explained }: Suite): Promise<number> {
  const outcomes = await run();
  for (const [part, all] of Map.groupBy(outcomes, (outcome) => outcome.part)) {
    const equal = all.filter(({ difference }) => difference === undefined).length;
    console.log(`${name}, ${part}: ${equal} of ${all.length}`);
  }
  const different = outcomes.filter(({ difference }) => difference !== undefined);
  for (const { why, fits } of explained) {
    const titles = different.filter(({ title }) => fits(title)).map(({ title }) => title);
    if (titles.length > 0)
      console.log(`intended: ${why}${titles.map((title) => `\n        ${title}`).join("")}`);
  }
  const unexplained = different.filter(({ title }) => !explained.some(({ fits }) => fits(title)));
  for (const { title, difference } of unexplained) console.log(`DIFFERS ${title}\n        ${difference}`);
  return unexplained.length;
}
