import { parseArgs } from "node:util";
import { startKubernetes } from "../kit/kubernetes.ts";
import { life } from "./life.ts";
import { installDefinitions, prepareCluster } from "./prepare-cluster.ts";
import { valueSets } from "./value-sets.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const names = positionals.length > 0 ? positionals : Object.keys(valueSets);
const unknown = names.filter((name) => !valueSets[name]);
if (unknown.length > 0) {
  console.error(
    `npm run kubernetes -- [VALUES ...]\nVALUES: ${Object.keys(valueSets).join(", ")} (none: all)\nBuilds once and starts: an API server with controllers and scheduler, kwok, etcd, helm (Go, six minutes, 4 GB while it builds). No container runs.`,
  );
  process.exit(2);
}

await using cluster = await startKubernetes();
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
