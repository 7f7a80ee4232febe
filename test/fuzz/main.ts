import { parseArgs } from "node:util";
import { pureTargets, runTargets, startHttpTarget } from "./targets.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" } } });
const deadline = performance.now() + Number(values.minutes) * 60_000;
await using scope = new AsyncDisposableStack();
const targets = [...pureTargets, await startHttpTarget(scope)];
let rounds = 0;
while (performance.now() < deadline) {
  await runTargets(targets, 500);
  rounds++;
}
console.log(
  `${rounds * 500} inputs for each of ${targets.map(({ name }) => name).join(", ")}: nothing crashed, nothing polluted`,
);
await scope.disposeAsync();
process.exit(0);
