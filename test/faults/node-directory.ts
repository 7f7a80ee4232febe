import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SourceState } from "@tollgate/proto/usage";
import type { Cluster, ClusterNode } from "../kit/cluster.ts";
import type { KafkaBroker } from "../kit/kafka.ts";
import { until } from "../kit/process.ts";
import type { Traffic } from "./traffic.ts";

/** A node tells metering every 2 s, through the control plane, how much it has recorded. */
const TOLD_WITHIN_MS = 4_500;

/** sameDirectory starts a second process on the directory of a running node: it has to refuse, and the first must not notice. */
export async function sameDirectory(cluster: Cluster, node: ClusterNode, traffic: Traffic): Promise<void> {
  const double = await cluster.startDouble(node.id, "nodes");
  await traffic.more(1_000);
  await until(
    () => `the second process ends: ${double.output()}`,
    () => double.child.exitCode !== null,
  );
  const isNamed = double.output().includes(`process id ${node.part.child.pid}`);
  if (double.child.exitCode !== 1 || !isNamed)
    throw new Error(
      `the second process on a directory ended with ${double.child.exitCode}: ${double.output()}`,
    );
  await traffic.more(1_000);
}

export interface DiskLostOptions {
  readonly cluster: Cluster;
  readonly kafka: KafkaBroker;
  readonly node: ClusterNode;
  readonly outageMs: number;
}

/**
 * diskLost loses a node together with its disk while Kafka is away: what it had recorded by then is gone. Its calls end some time before, so
 * that metering knows of all of them, and has to report exactly those as missing.
 */
export async function diskLost(
  traffic: Traffic,
  { cluster, kafka, node, outageMs }: DiskLostOptions,
): Promise<void> {
  await traffic.more(1_000);
  await kafka.kill();
  await traffic.more(2_000);
  const goOn = await traffic.pause(node.id);
  await delay(Math.max(outageMs, TOLD_WITHIN_MS));
  await cluster.killNode(node);
  rmSync(join(cluster.home, "nodes", "data-plane", node.id), { recursive: true });
  await kafka.restart();
  await cluster.startNode(node.id);
  goOn();
  await traffic.more(2_000);
  await until("metering names a lost source of the node", async () => {
    const { sources } = await cluster.usage.listSources({ incompleteOnly: true });
    return sources.some(
      ({ source, state }) => source.startsWith(`${node.id}/`) && state === SourceState.SILENT,
    );
  });
}
