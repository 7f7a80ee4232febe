import { FIGURES, type Figure, figuresOf, type Growth, growthsOf, ON_PAGE } from "../figures.ts";
import { type GrowthPoint, resultsOf, spreadOf } from "../report.ts";
import { shown } from "../shown-report.ts";
import { NOT_MEASURED } from "./not-measured.ts";
import type { PageResults, ScenarioRun } from "./results.ts";

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const withUnit = (value: number, unit: string): string => `${shown(value)} ${unit}`;
const spreadText = (min: number, max: number): string => `${shown(min)} - ${shown(max)}`;

/** Why a scenario of the page has no values. */
const missing = (run: ScenarioRun | undefined): string =>
  `not measured: ${run?.error ?? (run ? "the report does not have it" : "there was no run of it yet")}`;

function figureRows(scenario: string, run: ScenarioRun | undefined): readonly (readonly string[])[] {
  return resultsOf(scenario, run?.report ?? {}).map((result) => {
    const { title, unit, goal, least, median, min, max, rounds, verdict } = result;
    const demanded = [withUnit(goal, unit), withUnit(least, unit)];
    return verdict === "not measured"
      ? [title, "", "", "", ...demanded, missing(run)]
      : [title, withUnit(median, unit), spreadText(min, max), String(rounds), ...demanded, verdict];
  });
}

/** The rows of a table of growth; how many times the first one comes last. */
export function growthTable({ by, unit }: Growth, points: readonly GrowthPoint[]): string {
  const first = spreadOf(points[0]?.rounds ?? []).median;
  const rows = points.map(({ at, rounds }) => {
    const { median, min, max } = spreadOf(rounds);
    return [
      at.toLocaleString("en"),
      String(shown(median)),
      spreadText(min, max),
      `${shown(median / first)} x`,
    ];
  });
  return table([by, unit, "min - max", "of the first"], rows);
}

function growthSection(scenario: string, run: ScenarioRun | undefined): readonly string[] {
  return growthsOf(scenario).flatMap(([name, growth]) => {
    const points = run?.report?.growth?.[name];
    return [`### ${growth.title}`, points ? growthTable(growth, points) : `${missing(run)}.`];
  });
}

function otherValues(scenario: string, run: ScenarioRun | undefined): readonly (readonly string[])[] {
  if (!run?.report) return [];
  const known = new Set(figuresOf(scenario).map(([name]) => name));
  return Object.entries({ ...run.report.figures, ...run.report.ratios })
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => [`\`${scenario}\``, `\`${name}\``, String(value)]);
}

const runRow = (scenario: string, run: ScenarioRun | undefined): readonly string[] => [
  `\`npm run load -- ${scenario}\``,
  ...(run
    ? [run.at.replace(/T(.{5}).*/, " $1"), run.commit, String(Math.round(run.seconds)), String(run.load)]
    : ["", "", "", ""]),
  run?.report ? "measured" : missing(run),
];

const elsewhere = (figure: Figure, scenario: string): readonly string[] => [
  figure.title,
  withUnit(figure.goal, figure.unit),
  withUnit(figure.least, figure.unit),
  `\`npm run load -- ${scenario}\``,
];

/** formatPage makes the page of figures of what was measured. */
export function formatPage({ machine, runs }: PageResults): string {
  const names = Object.keys(ON_PAGE);
  const others = Object.keys(FIGURES).filter((scenario) => !names.includes(scenario));
  const isQuick = Object.values(runs).some((run) => run.isQuick);
  const programs = Object.assign({}, ...names.map((name) => runs[name]?.report?.programs ?? {})) as object;
  return [
    "# Performance",
    "`npm run load -- page` measures this page, and makes it: nothing in it is written by hand. Values that are compared come from turns of one run: each round measures all of them one after the other, and gives one ratio. The table has the median of the rounds, the least and the most of them.",
    ...(isQuick
      ? ["**Made by a quick run, which checks that everything can be measured: do not rely on its values.**"]
      : []),
    "*held*: the goal is reached; *least held*: what must hold does, and the goal is not reached; *not held*: neither. Less is better of all.",
    "## Machine",
    table(
      ["processor", "cores", "memory", "kernel", "Node.js", ...Object.keys(programs)],
      [
        [
          machine.cpu,
          String(machine.cores),
          `${machine.memoryGb} GB`,
          machine.kernel,
          machine.node,
          ...(Object.values(programs) as string[]),
        ],
      ],
    ),
    "Clients, upstreams and what is measured share it: throughput says little there, and processor time of a call is compared.",
    "## Figures",
    table(
      ["figure", "median", "min - max", "rounds", "goal", "least", ""],
      names.flatMap((name) => figureRows(name, runs[name])),
    ),
    "## Growth",
    ...names.flatMap((name) => growthSection(name, runs[name])),
    "## How it is measured",
    Object.entries(ON_PAGE)
      .map(([name, how]) => `- \`${name}\`: ${how}`)
      .join("\n"),
    "## Other values of these runs",
    table(
      ["scenario", "value", ""],
      names.flatMap((name) => otherValues(name, runs[name])),
    ),
    "## What is not measured here",
    "Figures of other runs, which take longer or need more:",
    table(
      ["figure", "goal", "least", "by"],
      others.flatMap((scenario) => figuresOf(scenario).map(([, figure]) => elsewhere(figure, scenario))),
    ),
    NOT_MEASURED.map((text) => `- ${text}`).join("\n"),
    "## The runs",
    table(
      ["command", "began (UTC)", "commit", "seconds", "load average", ""],
      names.map((name) => runRow(name, runs[name])),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}
