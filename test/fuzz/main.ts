import { parseArgs } from "node:util";
import { listenerTarget } from "./listener-target.ts";
import { responseTarget } from "./response-target.ts";
import { pureTargets, runTargets, startHttpTarget } from "./targets.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" } } });
/** What the process may use after any number of rounds. */
const RSS_MAX_MB = 2048;
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes '${values.minutes}' is not a number above 0`);
  process.exit(2);
}
const deadline = performance.now() + minutes * 60_000;
await using scope = new AsyncDisposableStack();
const targets = [...pureTargets, responseTarget, listenerTarget, await startHttpTarget(scope)];
let rounds = 0;
while (performance.now() < deadline) {
  await runTargets(targets, 500);
  rounds++;
}
const rssMb = Math.round(process.memoryUsage.rss() / 1024 ** 2);
if (rssMb > RSS_MAX_MB) throw new Error(`memory grew to ${rssMb} MB`);
console.log(
  `${rounds * 500} inputs for each of ${targets.map(({ name }) => name).join(", ")}: nothing crashed, nothing polluted, ${rssMb} MB`,
);
await scope.disposeAsync();
process.exit(0);
