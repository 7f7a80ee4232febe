import { runParity } from "./parity.ts";
import { airspeed } from "./suites/airspeed.ts";
import { autobahn } from "./suites/autobahn.ts";
import { h2spec } from "./suites/h2spec.ts";
import { jsonPath } from "./suites/json-path.ts";
import { jsonSchema } from "./suites/json-schema.ts";
import { localstack } from "./suites/localstack.ts";
import { moto } from "./suites/moto.ts";
import { reportSuite } from "./suites/suite.ts";
import { terraform } from "./suites/terraform.ts";
import { tls } from "./suites/tls.ts";
import { velocity } from "./suites/velocity.ts";

/** Collections of others by their names. */
const suites = {
  templates: airspeed,
  velocity,
  "json-path": jsonPath,
  "json-schema": jsonSchema,
  localstack,
  moto,
  terraform,
  websocket: autobahn,
  http2: h2spec,
  tls,
} as const;
const RECORDED = "recorded";
const known = [RECORDED, ...Object.keys(suites)];
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(
    `npm run parity -- [NAME...]\nNAME: ${known.join(", ")}; without a name, all of them. ${unknown[0]} is not one.\nvelocity, json-path, localstack and moto need git, localstack also Python 3.13 and port 80; terraform needs terraform; websocket needs Python 2.7, http2 Go, tls openssl, curl, Python and Java.`,
  );
  process.exit(2);
}
const isWanted = (name: string) => names.length === 0 || names.includes(name);

/** Compares the cases recorded on AWS. Returns how many differ. */
async function recorded(): Promise<number> {
  const results = await runParity();
  for (const { title, differences } of results)
    console.log(
      `${differences.length === 0 ? "equal " : "DIFFERS"} ${title}${differences.map((d) => `\n        ${d}`).join("")}`,
    );
  const equal = results.filter(({ differences }) => differences.length === 0).length;
  console.log(`\nrecorded cases: ${equal} of ${results.length}`);
  return results.length - equal;
}

let different = isWanted(RECORDED) ? await recorded() : 0;
for (const [name, suite] of Object.entries(suites)) if (isWanted(name)) different += await reportSuite(suite);
console.log(`\n${different} differ without a reason`);
process.exit(different === 0 ? 0 : 1);
