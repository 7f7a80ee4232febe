import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { seeded } from "../kit/seeded.ts";
import { faults, runFaults, startWorld } from "./scenarios.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    "outage-ms": { type: "string", default: "30000" },
    history: { type: "string" },
    "edit-rounds": { type: "string", default: "6" },
  },
});
const [name] = positionals;
const known = ["usage", ...Object.keys(faults)];
if (!name || !known.includes(name)) {
  console.error(
    `npm run faults -- NAME [--seed N] [--outage-ms N] [--edit-rounds N] [--history FILE] [--json]\nNAME: ${known.join(", ")} (usage runs all of them in one)\nNeeds and fetches: etcd (Go), Kafka (Java, Maven), PostgreSQL.`,
  );
  process.exit(2);
}
await using world = await startWorld();
const names = name === "usage" ? Object.keys(faults) : [name];
const report = await runFaults(world, names, {
  random: seeded(Number(values.seed)),
  outageMs: Number(values["outage-ms"]),
  editRounds: Number(values["edit-rounds"]),
  onHistory: (history) => {
    if (values.history !== undefined) writeFileSync(values.history, JSON.stringify(history));
  },
});
const { details, ...figures } = report;
for (const detail of details) console.error(detail);
console.log(
  values.json ? JSON.stringify({ scenario: name, seed: Number(values.seed), ...figures }) : figures,
);
process.exitCode = figures.lost + figures.doubled + figures.failed + figures.configWrong === 0 ? 0 : 1;
