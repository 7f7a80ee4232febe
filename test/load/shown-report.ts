import { round } from "./cpu.ts";
import { growthsOf } from "./figures.ts";
import { type LoadReport, resultsOf, spreadOf } from "./report.ts";

/** As many digits as tell two runs apart. */
export const shown = (value: number): number =>
  Math.abs(value) >= 100 ? round(value, 0) : round(value, value < 10 ? 3 : 1);

/** shownReport is a report as a command prints it: for a reader, or as a line of JSON. */
export function shownReport(
  scenario: string,
  report: LoadReport,
): { readonly isHeld: boolean; readonly line: string; readonly print: () => void } {
  const results = resultsOf(scenario, report).map((result) => ({
    ...result,
    median: shown(result.median),
    min: shown(result.min),
    max: shown(result.max),
  }));
  const of = (isRatio: boolean) =>
    Object.fromEntries(
      results.filter(({ unit }) => (unit === "x") === isRatio).map(({ name, median }) => [name, median]),
    );
  const figures = { ...report.figures, ...of(false) };
  const ratios = { ...report.ratios, ...of(true) };
  const print = () => {
    console.log({ figures, ratios });
    for (const [name, { title, by, unit }] of growthsOf(scenario)) {
      console.log(`${title} (${unit})`);
      console.table(
        report.growth?.[name]?.map(({ at, rounds }) => {
          const { median, min, max } = spreadOf(rounds);
          return { [by]: at, median: shown(median), min: shown(min), max: shown(max) };
        }),
      );
    }
    if (results.length > 0)
      console.table(
        results.map(({ name, median, min, max, goal, least, verdict }) => ({
          name,
          median,
          min,
          max,
          goal,
          least,
          verdict,
        })),
      );
  };
  return {
    isHeld: results.every(({ verdict }) => verdict !== "not held"),
    line: JSON.stringify({ scenario, ...report, figures, ratios, verdicts: results }),
    print,
  };
}
