import { parseArgs } from "node:util";
import { seeded } from "../kit/seeded.ts";
import { scenarios } from "./scenarios.ts";

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
const unknown = names.filter((name) => !scenarios[name]);
if (unknown.length > 0) {
  console.error(
    `npm run limits -- [NAME ...] [--nodes 3,8] [--seconds 60] [--seed N] [--json]\nNAME: ${Object.keys(scenarios).join(", ")} (none: all)\nNeeds and fetches: Redis (Debian). Each node is a process of its own, with callers of its own and without HTTP.`,
  );
  process.exit(2);
}
const random = seeded(Number(values.seed));
const findings = [];
for (const nodes of values.nodes.split(",").map(Number))
  for (const name of names) {
    const finding = await scenarios[name]?.({ nodes, seconds: Number(values.seconds), random });
    if (!finding) continue;
    findings.push({ name, nodes, ...finding });
    if (!values.json)
      console.log(
        `${finding.isKept ? "ok  " : "FAIL"} ${name.padEnd(12)} ${finding.what}: ${JSON.stringify(finding.figures)}`,
      );
    for (const wrong of finding.wrong) console.error(wrong);
  }
const failed = findings.filter(({ isKept }) => !isKept).length;
if (values.json)
  console.log(JSON.stringify({ scenario: "limits", seed: Number(values.seed), failed, findings }));
process.exit(failed === 0 ? 0 : 1);
