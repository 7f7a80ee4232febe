import { parseArgs } from "node:util";
import { seeded } from "../../kit/seeded.ts";
import { compare } from "./compare.ts";
import { policyCases } from "./generate.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const outcome = await compare(policyCases(seeded(Number(values.seed)), Number(values.count)));
const { compared, equal, allowed, refused, unexplained } = outcome;
if (values.json) console.log(JSON.stringify({ ...outcome, unexplained: unexplained.length }));
else {
  console.log(
    `${compared} requests compared: ${equal} decided alike (${allowed} of them allowed), ${unexplained.length} otherwise without an explanation; ${refused} not taken by the other engine`,
  );
  for (const [why, count] of Object.entries(outcome.explained))
    console.log(`  ${String(count).padStart(5)}  ${why}`);
  for (const one of unexplained.slice(0, 20)) console.log(JSON.stringify(one));
}
process.exit(unexplained.length === 0 ? 0 : 1);
