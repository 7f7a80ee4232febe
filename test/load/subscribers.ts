import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Cluster } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { cpuMs, median, percentile, round, rssBytes } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";
import type { StubTimes } from "./stub-nodes.ts";

const API = "subscribed";
const STUBS = fileURLToPath(new URL("stub-nodes.ts", import.meta.url));
const MIB = 1024 * 1024;
const nowMs = () => performance.timeOrigin + performance.now();

/** The next message of the stubs: when each of them had a version. */
const times = async (stubs: ChildProcess): Promise<StubTimes> =>
  ((await once(stubs, "message")) as [StubTimes])[0];

/** subscribers connects many stub nodes to one control plane, edits one by one, then kills the control plane: all come back at once. */
export async function subscribers({
  count,
  edits,
}: {
  readonly count: number;
  readonly edits: number;
}): Promise<MeasuredReport<"subscribers">> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const cluster = scope.use(await Cluster.start({ etcd: etcd.url, nodes: 0 }));
  const route = (i: number) => resourceOf(API, `r${i}`, `/r${i}`, { GET: mock(`"${i}"`) });
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "subscribed" } },
    ...Array.from({ length: 200 }, (_, i) => route(i)),
  ]);
  await cluster.deploy(API, "prod");
  const stubs = fork(STUBS, [], { execArgv: ["--no-warnings"] });
  scope.defer(() => stubs.disconnect());
  const address = `127.0.0.1:${cluster.grpcPort}`;
  const token = cluster.cliEnv.TOLLGATE_TOKEN ?? "";
  let startMs = nowMs();
  stubs.send({ start: { count, address, token } });
  await times(stubs);
  const connectMs = nowMs() - startMs;
  await allConnected(cluster, count);
  const pid = () => cluster.controlPlane.child.pid as number;
  const idleBytes = rssBytes([pid()]);

  const delaysMs: number[] = [];
  const cpuBefore = cpuMs([pid()]);
  startMs = nowMs();
  for (let i = 0; i < edits; i++) {
    await cluster.apply([route(1_000 + i)]);
    const revision = Number(await cluster.deploy(API, "prod"));
    const committedMs = nowMs();
    const arrived = times(stubs);
    stubs.send({ expect: revision });
    for (const atMs of (await arrived).atMs) delaysMs.push(Math.max(0, atMs - committedMs));
  }
  const usedMs = cpuMs([pid()]) - cpuBefore;
  const cores = usedMs / (nowMs() - startMs);

  await cluster.controlPlane.kill("SIGKILL");
  await cluster.startControlPlane();
  const herdMs = nowMs();
  const revision = Number(await cluster.deploy(API, "prod"));
  const arrived = times(stubs);
  stubs.send({ expect: revision });
  const backMs = (await arrived).atMs.map((atMs) => atMs - herdMs);
  const herdBytes = rssBytes([pid()]);
  await allConnected(cluster, count);
  return {
    figures: {
      subscribers: count,
      edits,
      connect_all_ms: round(connectMs, 0),
      commit_to_node_p50_ms: round(median(delaysMs)),
      control_plane_cpu_ms_per_edit: round(usedMs / edits, 0),
      control_plane_mib: round(idleBytes / MIB, 0),
      herd_p50_ms: round(median(backMs), 0),
      herd_all_ms: round(Math.max(...backMs), 0),
      herd_control_plane_mib: round(herdBytes / MIB, 0),
    },
    ratios: { herd_vs_idle_memory: round(herdBytes / idleBytes) },
    measured: { commit_to_node_p99_ms: [percentile(delaysMs, 99)], control_plane_cores: [cores] },
  };
}

const allConnected = (cluster: Cluster, count: number) =>
  until(
    `${count} nodes are listed as connected`,
    async () => {
      const { nodes } = await cluster.nodeService.listNodes({});
      return nodes.filter((node) => node.missingSinceTimeUnixMs === 0n).length === count;
    },
    60_000,
  );
