import { parseArgs } from "node:util";
import { startKubernetes, startMachines } from "../kit/kubernetes.ts";
import { runController } from "./controller/run.ts";
import { life } from "./life.ts";
import { installDefinitions, prepareCluster } from "./prepare-cluster.ts";
import { runAsProcesses } from "./processes/run.ts";
import { valueSets as processSets } from "./processes/value-sets.ts";
import { valueSets } from "./value-sets.ts";

const { positionals } = parseArgs({ allowPositionals: true });
if (positionals[0] === "controller") process.exit(await runController(positionals.slice(1)));
if (positionals[0] === "processes") process.exit(await runAsProcesses(positionals.slice(1)));
const names = positionals.length > 0 ? positionals : Object.keys(valueSets);
const unknown = names.filter((name) => !valueSets[name]);
if (unknown.length > 0) {
  console.error(
    `npm run kubernetes -- [VALUES ...]\n       npm run kubernetes -- controller [OBJECTS]\n       npm run kubernetes -- processes [${Object.keys(processSets).join("|")} ...]\nVALUES: ${Object.keys(valueSets).join(", ")} (none: all)\nBuilds once and starts: an API server with controllers and scheduler, kwok, etcd, helm (Go, six minutes, 4 GB while it builds). No container runs, but with processes those of pods, as processes (root on Linux).`,
  );
  process.exit(2);
}

await using cluster = await startKubernetes();
await using _machines = await startMachines(cluster);
await installDefinitions(cluster);
await prepareCluster(cluster);
let failed = 0;
for (const name of names) {
  const steps = await life(cluster, name, valueSets[name] ?? []);
  for (const { step, seconds, wrong } of steps) {
    failed += wrong === undefined ? 0 : 1;
    console.log(
      `${wrong === undefined ? "ok  " : "FAIL"} ${name.padEnd(16)} ${step.padEnd(44)} ${seconds.toFixed(1)} s`,
    );
    if (wrong !== undefined) console.error(wrong);
  }
}
console.log(`${names.length} value sets on Kubernetes ${cluster.version}, ${failed} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
