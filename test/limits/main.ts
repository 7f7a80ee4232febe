import { parseArgs } from "node:util";
import { seeded } from "../kit/seeded.ts";
import { type Finding, type Scenario, scenarios } from "./scenarios.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    nodes: { type: "string", default: "3,8" },
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(scenarios);
if (names.some((name) => !scenarios[name])) {
  console.error(
    `npm run limits -- [NAME ...] [--nodes 3,8] [--seconds 60] [--seed N] [--json]\nNAME: ${Object.keys(scenarios).join(", ")} (none: all)\nNeeds and fetches: Redis (Debian). Each node is a process of its own, with callers of its own and without HTTP.`,
  );
  process.exit(2);
}

/** Row is a promise, and whether it was kept. */
interface Row extends Finding, Pick<Scenario, "target" | "goal"> {
  readonly name: string;
}

const random = seeded(Number(values.seed));
const rows: Row[] = [];
for (const [round, nodes] of values.nodes.split(",").map(Number).entries())
  for (const name of names) {
    const { target, goal, isOfOneNode = false, run } = scenarios[name] as Scenario;
    if (isOfOneNode && round > 0) continue;
    const finding = await run({ nodes, seconds: Number(values.seconds), random });
    rows.push({ name, target, goal, ...finding });
    console.error(`${finding.isKept ? "ok  " : "FAIL"} ${name}: ${finding.what}`);
    for (const wrong of finding.wrong) console.error(wrong);
  }
const failed = rows.filter(({ isKept }) => !isKept).length;
if (values.json)
  console.log(JSON.stringify({ scenario: "limits", seed: Number(values.seed), failed, findings: rows }));
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
process.exit(failed === 0 ? 0 : 1);
