import { Cluster, type ClusterNode, type ClusterOptions, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf } from "../kit/process.ts";
import type { Pids } from "./cpu-of-calls.ts";

/** How long a start takes is no matter of what is measured then. */
const READY_MS = 300_000;

/** OneNode is a cluster whose only node is measured. */
export interface OneNode {
  readonly cluster: Cluster;
  readonly node: ClusterNode;
  /** The supervisor and its workers. */
  readonly pids: Pids;
  readonly workerPids: Pids;
  /** Path-style base of a stage. */
  readonly url: (apiId: string, stage: string) => string;
}

/** startOneNode starts a node of one worker with a control plane, and with metering, which gets its usage by Kafka. */
export async function startOneNode(
  scope: AsyncDisposableStack,
  options: Partial<ClusterOptions> = {},
): Promise<OneNode> {
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(
    await Cluster.start({ kafka: kafka.broker, workers: 1, readyWithinMs: READY_MS, ...options, nodes: 1 }),
  );
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const supervisor = node.part.child.pid as number;
  return {
    cluster,
    node,
    pids: () => [supervisor, ...childrenOf(supervisor)],
    workerPids: () => childrenOf(supervisor),
    url: (apiId, stage) => stageUrl(node, apiId, stage),
  };
}
