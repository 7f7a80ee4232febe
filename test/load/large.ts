import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { resourceOf } from "../kit/rest-api.ts";
import { round, rssBytes } from "./cpu.ts";
import { nodeBytes } from "./node-memory.ts";
import type { LoadReport } from "./report.ts";

const method = {
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: { "200": {} },
  },
};

const MIB = 1024 * 1024;
/** Keys in one apply. */
const KEYS_AT_ONCE = 2_000;

/** Writes so many API keys, and says how it goes. */
async function addKeys(cluster: Cluster, count: number): Promise<void> {
  for (let from = 0; from < count; from += KEYS_AT_ONCE) {
    const part = Math.min(KEYS_AT_ONCE, count - from);
    await cluster.apply(
      Array.from({ length: part }, (_, i) => ({
        kind: "ApiKey",
        id: `key${from + i}`,
        spec: { name: `key ${from + i}`, value: `value-of-key-number-${from + i}`, enabled: true },
      })),
    );
    if ((from / KEYS_AT_ONCE) % 50 === 0) process.stderr.write(`${from + part} keys\n`);
  }
}

/** large applies and delivers an API of many methods, many API keys, then many stages, and restarts both processes. */
export async function large({
  methods,
  keys,
  stages,
}: {
  readonly methods: number;
  readonly keys: number;
  readonly stages: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(
    await Cluster.start({
      etcd: etcd.url,
      kafka: kafka.broker,
      nodes: 1,
      workers: 1,
      env: { TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") },
    }),
  );
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const api = "largeapi01";
  const startMs = performance.now();
  await cluster.apply([
    { kind: "RestApi", id: api, spec: { name: "large" } },
    ...Array.from({ length: methods }, (_, i) =>
      resourceOf(api, `r${i}`, `/group${i % 70}/r${i}`, { GET: method }),
    ),
  ]);
  const appliedMs = performance.now();
  await cluster.waitApplied(await cluster.deploy(api, "prod"));
  const servedMs = performance.now();
  const answer = await fetch(`${stageUrl(node, api, "prod")}/group${(methods - 1) % 70}/r${methods - 1}`);
  if (answer.status !== 200) throw new Error(`the last of ${methods} methods was answered ${answer.status}`);
  const keysMs = performance.now();
  await addKeys(cluster, keys);
  const keysAppliedMs = performance.now();
  const restarts = await restart(cluster);
  const stagesMs = await addStages(cluster, node, stages);
  return {
    figures: {
      methods,
      keys,
      stages,
      apply_ms: round(appliedMs - startMs, 0),
      deploy_to_live_ms: round(servedMs - appliedMs, 0),
      keys_ms: round(keysAppliedMs - keysMs, 0),
      stages_to_live_ms: round(stagesMs, 0),
      ...restarts,
    },
    ratios: {},
  };
}

/** Restarts both processes, and measures how long they take, and their memory before and after. */
async function restart(cluster: Cluster): Promise<Readonly<Record<string, number>>> {
  const memory = (prefix: string) => ({
    [`${prefix}control_plane_mib`]: round(rssBytes([cluster.controlPlane.child.pid as number]) / MIB, 0),
    [`${prefix}node_mib`]: round(nodeBytes(cluster) / MIB, 0),
  });
  const grown = memory("");
  await cluster.controlPlane.kill("SIGKILL");
  const controlPlaneMs = performance.now();
  await cluster.startControlPlane();
  const nodeMs = performance.now();
  await cluster.nodes[0]?.part.kill("SIGKILL");
  const nodeDownMs = performance.now();
  await cluster.startNode("node-0");
  const nodeUpMs = performance.now();
  await cluster.waitApplied(1);
  return {
    ...grown,
    control_plane_restart_ms: round(nodeMs - controlPlaneMs, 0),
    node_restart_ms: round(nodeUpMs - nodeDownMs, 0),
    ...memory("restarted_"),
  };
}

/** Adds so many stages of a small API, and returns how long it takes until they are live. */
async function addStages(cluster: Cluster, node: ClusterNode, stages: number): Promise<number> {
  const small = "smallapi01";
  await cluster.apply([
    { kind: "RestApi", id: small, spec: { name: "small" } },
    resourceOf(small, "r", "/r", { GET: method }),
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: small });
  const startMs = performance.now();
  const { revision } = await cluster.apply(
    Array.from({ length: stages }, (_, i) => ({
      kind: "Stage",
      apiId: small,
      id: `s${i}`,
      spec: { deploymentId: deployment?.id, variables: { n: String(i) } },
    })),
  );
  await cluster.waitApplied(revision);
  const endMs = performance.now();
  const last = await fetch(`${stageUrl(node, small, `s${stages - 1}`)}/r`);
  if (last.status !== 200) throw new Error(`the last of ${stages} stages was answered ${last.status}`);
  return endMs - startMs;
}
