import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DiscoveryService } from "@tollgate/proto/discovery";
import { createClient } from "@tollgate/proto/grpc";
import { snapshotFolder } from "../../packages/control-plane/src/settings.ts";
import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { cpuMs, round, rssBytes } from "./cpu.ts";
import type { FIGURES } from "./figures.ts";
import { nodeBytes } from "./node-memory.ts";
import type { MeasuredReport } from "./report.ts";
import { SEALING_KEY, type StoredKey, storeKeys, usableKeys } from "./stored-keys.ts";

const MIB = 1024 * 1024;
const API = "keyed00001";
const PLAN = "plan000001";
const STAGE = "prod";
const pathOf = (i: number) => `/group${i % 70}/r${i}`;

/** The most memory that a process has had. */
const peakBytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;

/**
 * keys runs a control plane and a node, as images do, with an API of many methods, all of which need an API key, and many keys in etcd. It starts
 * the control plane with them, then again with what it has on its disk; then the node, whose memory is that of its supervisor and its worker.
 */
export async function keys({
  count,
  methods,
}: {
  readonly count: number;
  readonly methods: number;
}): Promise<MeasuredReport<"keys">> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(
    await Cluster.start({
      etcd: etcd.url,
      kafka: kafka.broker,
      nodes: 0,
      workers: 1,
      isBundled: true,
      // Too long is a figure, no failure.
      readyWithinMs: 300_000,
      env: { TOLLGATE_SECRETS_KEY: SEALING_KEY.toString("base64") },
    }),
  );
  const emptyBytes = controlPlaneBytes(cluster);
  await cluster.controlPlane.kill("SIGKILL");
  const empty = await timed(cluster, () => cluster.startControlPlane());
  await cluster.startNode("node-0");
  await addMethods(cluster, methods);
  const before = { control: controlPlaneBytes(cluster), node: nodeBytes(cluster) };
  await cluster.controlPlane.kill("SIGKILL");
  await storeKeys(etcd.url, count, [PLAN]);
  const figures: Readonly<Record<string, number>> = {
    keys: count,
    methods,
    empty_start_ms: round(empty.ms, 0),
    empty_start_cpu_ms: round(empty.cpuMs, 0),
    empty_control_plane_mib: mib(emptyBytes),
    control_plane_without_keys_mib: mib(before.control),
    node_without_keys_mib: mib(before.node),
    ...(await startsOfControlPlane(cluster)),
    ...(await callsOfNode(cluster, usableKeys(count), methods)),
  };
  const valuesOf = (name: keyof typeof FIGURES.keys) => [figures[name] ?? Number.NaN];
  return {
    figures,
    ratios: {},
    measured: {
      restart_ms: valuesOf("restart_ms"),
      control_plane_mib: valuesOf("control_plane_mib"),
      restarted_mib: valuesOf("restarted_mib"),
      after_calls_mib: valuesOf("after_calls_mib"),
      node_mib: valuesOf("node_mib"),
      restarted_node_mib: valuesOf("restarted_node_mib"),
      node_restart_ms: valuesOf("node_restart_ms"),
    },
  };
}

const mib = (bytes: number): number => round(bytes / MIB, 0);
const controlPlaneBytes = (cluster: Cluster): number => rssBytes([cluster.controlPlane.child.pid as number]);

/** Starts the control plane, and again with what it has on its disk. */
async function startsOfControlPlane(cluster: Cluster): Promise<Readonly<Record<string, number>>> {
  const peak = () => mib(peakBytes(cluster.controlPlane.child.pid as number));
  const full = await timed(cluster, () => cluster.startControlPlane());
  const grown = { control_plane_mib: mib(controlPlaneBytes(cluster)), control_plane_peak_mib: peak() };
  const again = await restart(cluster);
  return {
    start_ms: round(full.ms, 0),
    start_cpu_ms: round(full.cpuMs, 0),
    restart_ms: round(again.ms, 0),
    restart_cpu_ms: round(again.cpuMs, 0),
    ...grown,
    restarted_mib: mib(controlPlaneBytes(cluster)),
    restarted_peak_mib: peak(),
  };
}

/** Calls the node with each of the keys, and once more after its restart. */
async function callsOfNode(
  cluster: Cluster,
  usable: readonly StoredKey[],
  methods: number,
): Promise<Readonly<Record<string, number>>> {
  const resolveMs = await resolveAll(cluster, usable);
  await callAll(cluster, usable, methods);
  const called = { after_calls_mib: mib(controlPlaneBytes(cluster)), node_mib: mib(nodeBytes(cluster)) };
  await cluster.nodes[0]?.part.kill("SIGKILL");
  const startMs = performance.now();
  await cluster.startNode("node-0");
  const restartMs = performance.now() - startMs;
  await callAll(cluster, usable, methods);
  return {
    resolve_ms: round(resolveMs),
    ...called,
    node_restart_ms: round(restartMs, 0),
    restarted_node_mib: mib(nodeBytes(cluster)),
  };
}

/** An API of so many methods, which the keys of a plan with a throttle and a quota may call. */
async function addMethods(cluster: Cluster, methods: number): Promise<void> {
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "keyed" } },
    ...Array.from({ length: methods }, (_, i) =>
      resourceOf(API, `r${i}`, pathOf(i), { GET: { ...mock(`"${i}"`), apiKeyRequired: true } }),
    ),
  ]);
  await cluster.deploy(API, STAGE);
  const { revision } = await cluster.apply([
    {
      kind: "UsagePlan",
      id: PLAN,
      spec: {
        name: "plan",
        apiStages: [{ apiId: API, stage: STAGE }],
        throttle: { rateLimit: 1_000, burstLimit: 1_000 },
        quota: { limit: 1_000_000, period: "MONTH" },
      },
    },
  ]);
  await cluster.waitApplied(revision);
}

/** How long the control plane takes to reply which key has a value, on average. */
async function resolveAll(cluster: Cluster, usable: readonly StoredKey[]): Promise<number> {
  const address = `127.0.0.1:${cluster.grpcPort}`;
  const discovery = createClient(DiscoveryService, { address, token: cluster.cliEnv.TOLLGATE_TOKEN ?? "" });
  try {
    const startMs = performance.now();
    for (const { id, name } of usable) {
      const { record } = await discovery.resolve({ name, minRevision: 0n });
      if (record.case !== "apiKey" || record.value.id !== id) throw new Error(`${id} is not found`);
    }
    return (performance.now() - startMs) / usable.length;
  } finally {
    discovery.close();
  }
}

/** Calls the node with each key, one method each: once it has found the control plane again, every one is served. */
async function callAll(cluster: Cluster, usable: readonly StoredKey[], methods: number): Promise<void> {
  const base = stageUrl(cluster.nodes[0] as ClusterNode, API, STAGE);
  for (const [i, { id, value }] of usable.entries())
    await until(`a call with ${id} is served`, async () => {
      const method = Math.floor((i * methods) / usable.length);
      const response = await fetch(base + pathOf(method), { headers: { "x-api-key": value } });
      return response.status === 200 && (await response.text()) === `"${method}"`;
    });
}

/** How long a start takes, and how much processor time of the control plane. */
interface StartTimes {
  readonly ms: number;
  readonly cpuMs: number;
}

async function timed(cluster: Cluster, start: () => Promise<void>): Promise<StartTimes> {
  const startedMs = performance.now();
  await start();
  return { ms: performance.now() - startedMs, cpuMs: cpuMs([cluster.controlPlane.child.pid as number]) };
}

/** Restarts a control plane that has had the time to write its snapshot. */
async function restart(cluster: Cluster): Promise<StartTimes> {
  const head = join(snapshotFolder(join(cluster.home, "control-plane")), "head.json");
  await until("the control plane has a snapshot", () => existsSync(head), 120_000);
  await cluster.controlPlane.kill("SIGKILL");
  return timed(cluster, () => cluster.startControlPlane());
}
