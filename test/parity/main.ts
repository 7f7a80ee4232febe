import { runParity } from "./parity.ts";
import { airspeed } from "./suites/airspeed.ts";
import { jsonSchema } from "./suites/json-schema.ts";
import { reportSuite } from "./suites/suite.ts";

const results = await runParity();
for (const { title, differences } of results)
  console.log(
    `${differences.length === 0 ? "equal " : "DIFFERS"} ${title}${differences.map((d) => `\n        ${d}`).join("")}`,
  );
const equal = results.filter(({ differences }) => differences.length === 0).length;
console.log(`\nrecorded cases: ${equal} of ${results.length}`);
let different = results.length - equal;
for (const suite of [airspeed, jsonSchema]) different += await reportSuite(suite);
console.log(`\n${different} differ without a reason`);
process.exit(different === 0 ? 0 : 1);
