import { parseArgs } from "node:util";
import { makePage } from "./page/run.ts";
import { SCENARIOS } from "./scenarios.ts";
import { shownReport } from "./shown-report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    count: { type: "string", default: "0" },
    figure: { type: "string", default: "" },
    profile: { type: "string", default: "" },
    only: { type: "string", default: "" },
    minutes: { type: "string", default: "0" },
    to: { type: "string", default: "" },
    render: { type: "boolean", default: false },
  },
});
const [name = ""] = positionals;

/** Ends the process if an option is not a number. */
function numberOf(option: "count" | "minutes"): number {
  const value = Number(values[option]);
  if (value >= 0) return value;
  console.error(`--${option} '${values[option]}' is not a number of 0 or more`);
  process.exit(2);
}

const chosen = { ...values, count: numberOf("count"), minutes: numberOf("minutes") };
if (name === "page") process.exit(await makePage(chosen));

const scenario = SCENARIOS[name];
if (!scenario) {
  console.log("npm run load -- NAME [--quick] [--count N] [--figure NAME] [--profile FOLDER] [--json]");
  console.log("npm run load -- page [--quick] [--only NAME,NAME] [--minutes N] [--to FOLDER] [--render]\n");
  for (const [key, { what, needs }] of Object.entries(SCENARIOS))
    console.log(`  ${key.padEnd(16)} ${what}; fetches what it needs: ${needs}`);
  console.log(
    "\n  page             those that have figures, one after the other, as packages/docs/performance.md",
  );
  process.exit(name === "" ? 0 : 2);
}
const report = await scenario.run(values.quick, chosen);
const { isHeld, line, print } = shownReport(name, report);
if (values.json) console.log(line);
else print();
process.exit(isHeld ? 0 : 1);
