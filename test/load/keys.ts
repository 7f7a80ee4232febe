import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { apiKeyName, type Entity } from "@tollgate/config";
import { DiscoveryService } from "@tollgate/proto/discovery";
import { createClient } from "@tollgate/proto/grpc";
import { encodeEntity } from "../../packages/control-plane/src/mirror/stored-entity.ts";
import { PREFIX, Sealer } from "../../packages/control-plane/src/secret/sealer.ts";
import { snapshotFolder } from "../../packages/control-plane/src/settings.ts";
import { connectEtcd } from "../../packages/control-plane/src/store/etcd-client.ts";
import { Cluster } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { until } from "../kit/process.ts";
import { cpuMs, round, rssBytes } from "./cpu.ts";
import type { LoadReport } from "./report.ts";

const ACCOUNT = "000000000000";
const SEALING_KEY = Buffer.alloc(32, 7);
const MIB = 1024 * 1024;
const KEYS_IN_TXN = 100;
const TXNS_AT_ONCE = 8;
/** Every so many keys are sealed for real and looked up at the end; the others only look like it, because sealing a million takes minutes. */
const REAL_EVERY = 10_000;

const valueOf = (i: number): string => `value-of-key-number-${i}`;
const isReal = (i: number): boolean => i % REAL_EVERY === 0;

function entryOf(i: number, sealer: Sealer): { readonly key: string; readonly value: string } {
  const id = `key${i}`;
  const key = `${ACCOUNT}/apikeys/${id}`;
  const lookup = sealer.lookupsOf(apiKeyName(ACCOUNT, valueOf(i)))[0] as string;
  const sealed = sealer.seal(valueOf(isReal(i) ? i : 0), `${key}.value`);
  const value = isReal(i)
    ? sealed
    : `${sealed.slice(0, PREFIX.length + 9)}${randomBytes(128)
        .toString("base64")
        .slice(0, sealed.length - PREFIX.length - 9)}`;
  const spec = { name: `key ${i}`, enabled: true, value, usagePlanIds: [], quotaGrants: {} };
  const entity = { kind: "ApiKey", apiId: "", id, labels: {}, spec } as Entity<"ApiKey">;
  const nowUnixMs = Date.now();
  const stored = JSON.parse(
    encodeEntity(entity, { createdUnixMs: nowUnixMs, updatedUnixMs: nowUnixMs }),
  ) as object;
  return { key, value: JSON.stringify({ ...stored, lookups: [lookup] }) };
}

/** Writes keys to etcd as a control plane stores them, without one. */
async function fill(etcdUrl: string, count: number): Promise<void> {
  const { client, keys } = connectEtcd({ hosts: [etcdUrl] });
  const sealer = new Sealer([SEALING_KEY]);
  let next = 0;
  const write = async () => {
    while (next < count) {
      const from = next;
      next += KEYS_IN_TXN;
      const entries = Array.from({ length: Math.min(KEYS_IN_TXN, count - from) }, (_, i) =>
        entryOf(from + i, sealer),
      );
      await client.kv.txn({ compare: [], success: entries.map((entry) => keys.putOp(entry)), failure: [] });
      if ((from / KEYS_IN_TXN) % 1_000 === 0) process.stderr.write(`${from} keys\n`);
    }
  };
  await Promise.all(Array.from({ length: TXNS_AT_ONCE }, write));
  client.close();
}

const peakBytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;

/** keys starts a control plane on an etcd with many API keys, starts it again with what it has on its disk, and looks some of them up. */
export async function keys({ count }: { readonly count: number }): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const env = { TOLLGATE_SECRETS_KEY: SEALING_KEY.toString("base64") };
  const cluster = scope.use(await Cluster.start({ etcd: etcd.url, nodes: 0, env }));
  const pid = () => cluster.controlPlane.child.pid as number;
  const emptyBytes = rssBytes([pid()]);
  await cluster.controlPlane.kill("SIGKILL");
  const empty = await start(cluster);
  await cluster.controlPlane.kill("SIGKILL");
  await fill(etcd.url, count);
  const full = await start(cluster);
  const fullBytes = rssBytes([pid()]);
  const peak = peakBytes(pid());
  const again = await restart(cluster);
  const againBytes = rssBytes([pid()]);
  const address = `127.0.0.1:${cluster.grpcPort}`;
  const discovery = createClient(DiscoveryService, { address, token: cluster.cliEnv.TOLLGATE_TOKEN ?? "" });
  scope.defer(() => discovery.close());
  const startedMs = performance.now();
  let resolved = 0;
  for (let i = 0; i < count; i += REAL_EVERY) {
    const { record } = await discovery.resolve({ name: apiKeyName(ACCOUNT, valueOf(i)), minRevision: 0n });
    if (record.case !== "apiKey" || record.value.id !== `key${i}`) throw new Error(`key${i} is not found`);
    resolved++;
  }
  const resolveMs = (performance.now() - startedMs) / resolved;
  return {
    figures: {
      keys: count,
      empty_start_ms: round(empty.ms, 0),
      empty_start_cpu_ms: round(empty.cpuMs, 0),
      start_ms: round(full.ms, 0),
      start_cpu_ms: round(full.cpuMs, 0),
      restart_ms: round(again.ms, 0),
      restart_cpu_ms: round(again.cpuMs, 0),
      empty_control_plane_mib: round(emptyBytes / MIB, 0),
      control_plane_mib: round(fullBytes / MIB, 0),
      control_plane_peak_mib: round(peak / MIB, 0),
      restarted_mib: round(againBytes / MIB, 0),
      restarted_peak_mib: round(peakBytes(pid()) / MIB, 0),
      bytes_a_key: round((fullBytes - emptyBytes) / count, 0),
      resolve_ms: round(resolveMs),
    },
    ratios: {
      restart_of_5s: round(again.ms / 5_000),
      start_of_5s: round(full.ms / 5_000),
      control_plane_of_600_mib: round(fullBytes / MIB / 600),
    },
  };
}

/** How long a start takes, and how much processor time of the control plane. */
interface StartTimes {
  readonly ms: number;
  readonly cpuMs: number;
}

async function start(cluster: Cluster): Promise<StartTimes> {
  const startedMs = performance.now();
  await cluster.startControlPlane();
  return { ms: performance.now() - startedMs, cpuMs: cpuMs([cluster.controlPlane.child.pid as number]) };
}

/** Restarts a control plane that has had the time to write its snapshot. */
async function restart(cluster: Cluster): Promise<StartTimes> {
  const head = join(snapshotFolder(join(cluster.home, "control-plane")), "head.json");
  await until("the control plane has a snapshot", () => existsSync(head), 120_000);
  await cluster.controlPlane.kill("SIGKILL");
  return start(cluster);
}
