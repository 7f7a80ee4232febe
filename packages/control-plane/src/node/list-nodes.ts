import type { Application } from "../application.ts";
import { toProblems } from "../rollout/wait-applied.ts";

/** listNodes is NodeService.ListNodes. */
export async function listNodes({ nodes, nodeStore, isStaged }: Application) {
  const rollout = isStaged ? nodeStore.state.rollout?.record : undefined;
  return {
    ...(rollout && {
      rollout: {
        revision: BigInt(rollout.version),
        baseRevision: BigInt(rollout.base),
        state: rollout.state,
        nodeIds: [...rollout.members],
        reason: rollout.reason,
      },
    }),
    nodes: nodes.all().map((node) => ({
      id: node.nodeId,
      softwareVersion: node.softwareVersion,
      workerCount: node.workerCount,
      appliedRevision: BigInt(node.appliedVersion),
      publishedRevision: BigInt(node.publishedVersion),
      connectTimeUnixMs: BigInt(node.connectUnixMs),
      lastSeenTimeUnixMs: BigInt(node.lastSeenUnixMs),
      problems: toProblems(node),
      isEdge: node.isEdge === true,
      labels: { ...node.labels },
      host: node.host,
      pid: node.pid,
      controlPlane: node.plane,
      missingSinceTimeUnixMs: BigInt(node.missingSinceUnixMs ?? 0),
      notReady: node.condition?.notReady ?? "",
      concerns: [...(node.condition?.concerns ?? [])],
    })),
  };
}
