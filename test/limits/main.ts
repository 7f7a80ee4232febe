import { parseArgs } from "node:util";
import { JsonLines } from "../kit/json-lines.ts";
import { seeded } from "../kit/seeded.ts";
import { type Finding, type Scenario, scenarios } from "./scenarios.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    nodes: { type: "string", default: "3,8" },
    seconds: { type: "string", default: "60" },
    results: { type: "string" },
    minutes: { type: "string", default: "120" },
    json: { type: "boolean", default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(scenarios);

const USAGE = `npm run limits -- [NAME ...] [--nodes 3,8] [--seconds 60] [--seed N] [--results FILE] [--minutes N] [--json]
NAME: ${Object.keys(scenarios).join(", ")} (none: all)
With a file of results, what was run is kept in it, and the same command goes on from there; after so many minutes it begins no other.
Needs and fetches: Redis (Debian). Each node is a process of its own, with callers of its own and without HTTP.`;

function refuse(message = USAGE): never {
  console.error(message);
  process.exit(2);
}

function numbersOf(name: "seed" | "nodes" | "seconds" | "minutes"): readonly number[] {
  const numbers = values[name].split(",").map(Number);
  if (numbers.some((number) => !(number > 0))) refuse(`--${name} '${values[name]}' is not a number above 0`);
  return numbers;
}

if (names.some((name) => !scenarios[name])) refuse();
const [seed = 1] = numbersOf("seed");
const [seconds = 60] = numbersOf("seconds");
const [minutes = 120] = numbersOf("minutes");
const endMs = performance.now() + minutes * 60_000;

/** What one run of a scenario was, and what it found. */
interface Run {
  readonly name: string;
  readonly nodes: number;
  readonly seconds: number;
  readonly seed: number;
  readonly finding: Finding;
}

/** Row is a promise, and whether it was kept. */
interface Row extends Finding, Pick<Scenario, "target" | "goal"> {
  readonly name: string;
}

/** Without a file, nothing of an earlier run is taken for what this one has found. */
const file = values.results === undefined ? undefined : new JsonLines<Run>(values.results);
/** What it draws depends on nothing that was run before. */
const randomOf = (name: string, nodes: number) =>
  seeded([...Buffer.from(`${name} ${nodes}`)].reduce((sum, byte) => (sum * 31 + byte) % 2 ** 31, seed));

async function findingOf(name: string, nodes: number): Promise<Finding> {
  const known = file?.all.find(
    (one) => one.name === name && one.nodes === nodes && one.seconds === seconds && one.seed === seed,
  );
  if (known) return known.finding;
  const { run } = scenarios[name] as Scenario;
  const finding = await run({ nodes, seconds, random: randomOf(name, nodes) });
  file?.add({ name, nodes, seconds, seed, finding });
  return finding;
}

const rows: Row[] = [];
let left = 0;
for (const [round, nodes] of numbersOf("nodes").entries())
  for (const name of names) {
    const { target, goal, isOfOneNode = false } = scenarios[name] as Scenario;
    if (isOfOneNode && round > 0) continue;
    if (performance.now() > endMs) {
      left++;
      continue;
    }
    const finding = await findingOf(name, nodes);
    rows.push({ name, target, goal, ...finding });
    console.error(`${finding.isKept ? "ok  " : "FAIL"} ${name}: ${finding.what}`);
    for (const wrong of finding.wrong) console.error(wrong);
  }
const failed = rows.filter(({ isKept }) => !isKept).length;
if (values.json) console.log(JSON.stringify({ scenario: "limits", seed, failed, left, findings: rows }));
else
  console.table(
    rows
      .toSorted((a, b) => a.target.localeCompare(b.target))
      .map(({ target, name, what, goal, figures, isKept }) => ({
        target: `${target} ${name}`,
        what,
        goal,
        measured: Object.entries(figures)
          .map(([figure, value]) => `${figure} ${value}`)
          .join(", "),
        kept: isKept,
      })),
  );
console.error(`${left} runs are left${values.results === undefined ? "" : `; results: ${values.results}`}`);
process.exit(failed + left === 0 ? 0 : 1);
