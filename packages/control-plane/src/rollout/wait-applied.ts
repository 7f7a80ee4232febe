import type { RefusedPart } from "@tollgate/config-stream";
import { NodeState, type WaitAppliedRequest } from "@tollgate/proto/control";
import { toProtoProblem } from "@tollgate/proto/rpc";
import type { Application } from "../application.ts";
import type { ClusterNode } from "../node/node-directory.ts";
import { Refusal } from "../refusal.ts";

const TIMEOUT_DEFAULT_MS = 30_000;

/** toProblems converts what a node refused to its wire form. */
export const toProblems = (node: { readonly refused: readonly RefusedPart[] }) =>
  node.refused.map(({ name, ...problem }) =>
    toProtoProblem({ ...problem, path: `${name}: ${problem.path}` }),
  );

/** stateOf is whether a node has applied a revision. */
export function stateOf(node: ClusterNode, revision: number): NodeState {
  if (node.missingSinceUnixMs !== undefined) return NodeState.MISSING;
  if (node.appliedVersion < revision) return NodeState.PENDING;
  return node.refused.length > 0 ? NodeState.REFUSED : NodeState.APPLIED;
}

const isWaiting = (state: NodeState) => state === NodeState.PENDING || state === NodeState.MISSING;

/** Why a node has not applied a revision, for the one who waits. */
function reasonOf(node: ClusterNode): string {
  const { nodeId, host, appliedVersion, missingSinceUnixMs } = node;
  return missingSinceUnixMs === undefined
    ? `${nodeId} is at revision ${appliedVersion}`
    : `${nodeId} on ${host} is missing since ${new Date(missingSinceUnixMs).toISOString()}`;
}

/** lateMessage says what a caller has waited for in vain. */
function lateMessage(
  waiting: readonly ClusterNode[],
  connected: number,
  { minNodes }: WaitAppliedRequest,
  timeoutMs: number,
): string {
  const few = connected < minNodes ? [`${connected} nodes are connected, ${minNodes} are required`] : [];
  return `after ${timeoutMs} ms: ${[...few, ...waiting.map(reasonOf)].join("; ")}`;
}

/** stoppedRollout is why a revision does not go to the nodes that are left; undefined: it does. */
export function stoppedRollout(
  { nodeStore, isStaged }: Pick<Application, "nodeStore" | "isStaged">,
  revision: number,
): string | undefined {
  const rollout = isStaged ? nodeStore.state.rollout?.record : undefined;
  if (rollout?.state !== "stopped" || rollout.base >= revision || revision > rollout.version)
    return undefined;
  return `the rollout of revision ${rollout.version} was stopped: ${rollout.reason}`;
}

/** waitApplied is RolloutService.WaitApplied. */
export async function* waitApplied(
  { nodes: directory, nodeStore, isStaged }: Pick<Application, "nodes" | "nodeStore" | "isStaged">,
  request: WaitAppliedRequest,
  signal: AbortSignal,
) {
  const revision = Number(request.revision);
  if (request.timeoutMs < 0)
    throw new Refusal(
      "invalid",
      `timeout_ms ${request.timeoutMs} must not be negative; 0 means ${TIMEOUT_DEFAULT_MS}`,
    );
  const timeoutMs = request.timeoutMs || TIMEOUT_DEFAULT_MS;
  const reported = new Map<string, NodeState>();
  let wake = () => {};
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    wake();
  }, timeoutMs);
  const gone = () => wake();
  signal.addEventListener("abort", gone);
  const stop = directory.onChange(() => wake());
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const nodes = directory.all();
      for (const node of nodes) {
        const state = stateOf(node, revision);
        if (reported.get(node.nodeId) === state) continue;
        reported.set(node.nodeId, state);
        yield {
          nodeId: node.nodeId,
          state,
          appliedRevision: BigInt(node.appliedVersion),
          problems: toProblems(node),
        };
      }
      const connected = nodes.filter((node) => node.missingSinceUnixMs === undefined).length;
      const waiting = nodes.filter((node) => isWaiting(stateOf(node, revision)));
      if (signal.aborted || (waiting.length === 0 && connected >= request.minNodes)) return;
      const stopped = stoppedRollout({ nodeStore, isStaged }, revision);
      if (stopped !== undefined) throw new Refusal("failed-precondition", stopped);
      if (late) throw new Refusal("timeout", lateMessage(waiting, connected, request, timeoutMs));
      await changed;
    }
  } finally {
    clearTimeout(timer);
    stop();
    signal.removeEventListener("abort", gone);
  }
}
