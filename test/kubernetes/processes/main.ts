import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKubernetes } from "../../kit/kubernetes.ts";
import { ApiServer } from "../machine/api.ts";
import { buildImages } from "../machine/image.ts";
import { Kubelet } from "../machine/kubelet.ts";
import { Network } from "../machine/network.ts";
import { ServiceProxy } from "../machine/services.ts";
import { Volumes } from "../machine/volumes.ts";
import { prepareCluster } from "../prepare-cluster.ts";
import { Release } from "./release.ts";
import { startServers } from "./servers.ts";
import { type Run, STEPS } from "./steps.ts";
import { valueSets } from "./value-sets.ts";

const IMAGES = ["control-plane", "data-plane", "metering", "cli"];

/** Runs in namespaces of its own: see `run.ts`. */
const named = process.argv.slice(2);
const names = named.length > 0 ? named : Object.keys(valueSets);
const problems: string[] = [];
const scope = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), "tollgate-machine-"));
scope.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
const network = await Network.start(folder);
const imageOf = await buildImages(join(folder, "images"), IMAGES);
const servers = scope.use(await startServers(network));
const cluster = scope.use(await startKubernetes());
const api = scope.use(new ApiServer(cluster.url, cluster.token));
scope.use(new ServiceProxy(api, network));
const kubelet = scope.use(
  new Kubelet({
    api,
    folder,
    network,
    volumes: new Volumes(api, folder),
    imageOf,
    env: { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" },
    log: (line) => {
      problems.push(line);
      console.error(line);
    },
  }),
);
await kubelet.start();
await prepareCluster(cluster);

/** What the processes of a namespace printed, for the report of a failure. */
async function outputs(namespace: string): Promise<string> {
  const pods = (await cluster.kubectl("-n", namespace, "get", "pods", "-o", "name")).trim().split("\n");
  return pods
    .map((pod) => pod.replace("pod/", ""))
    .flatMap((pod) =>
      [...kubelet.outputsOf(pod)].map(([name, read]) => `--- ${pod} ${name}\n${read().slice(-3_000)}`),
    )
    .join("\n");
}

let failed = 0;
for (const name of names) {
  const namespace = `tollgate-${name}`;
  const own = new AsyncDisposableStack();
  const set = await valueSets[name]?.(namespace, own);
  if (!set) throw new Error(`there is no set ${name}`);
  const run: Run = { release: own.use(new Release(cluster, namespace, set)), upstream: servers.upstream };
  for (const [step, work] of Object.entries(STEPS)) {
    const startMs = performance.now();
    problems.length = 0;
    const wrong = await work(run).then(
      () => problems.join("\n"),
      (error: unknown) => `${(error as { stderr?: string }).stderr || error}`,
    );
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    console.log(`${wrong === "" ? "ok  " : "FAIL"} ${name.padEnd(8)} ${step.padEnd(44)} ${seconds} s`);
    if (wrong === "") continue;
    failed++;
    console.error(
      `${wrong}\n${await cluster.kubectl("-n", namespace, "events", "--types=Warning")}\n${await outputs(namespace)}`,
    );
    break;
  }
  await run.traffic?.stop();
  await own.disposeAsync();
}
console.log(`${names.length} value sets as processes on Kubernetes ${cluster.version}, ${failed} failed`);
await scope.disposeAsync();
process.exit(failed === 0 ? 0 : 1);
