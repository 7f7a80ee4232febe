import type { NodeStatus } from "@tollgate/config-stream";
import { NodeState, type WaitAppliedRequest } from "@tollgate/proto/control";
import { toProtoProblem } from "@tollgate/proto/rpc";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";

const TIMEOUT_DEFAULT_MS = 30_000;

/** toProblems converts what a node refused to its wire form. */
export const toProblems = (node: NodeStatus) =>
  node.refused.map(({ name, ...problem }) =>
    toProtoProblem({ ...problem, path: `${name}: ${problem.path}` }),
  );

function stateOf(node: NodeStatus, revision: number): NodeState {
  if (node.appliedVersion < revision) return NodeState.PENDING;
  return node.refused.length > 0 ? NodeState.REFUSED : NodeState.APPLIED;
}

/** waitApplied is RolloutService.WaitApplied. */
export async function* waitApplied(
  { publisher }: Application,
  request: WaitAppliedRequest,
  signal: AbortSignal,
) {
  const revision = Number(request.revision);
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
  const stop = publisher.onChange(() => wake());
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const nodes = publisher.nodes();
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
      const pending = nodes.filter((node) => stateOf(node, revision) === NodeState.PENDING);
      if (signal.aborted || (pending.length === 0 && nodes.length >= request.minNodes)) return;
      if (late)
        throw new Refusal(
          "timeout",
          nodes.length < request.minNodes
            ? `${nodes.length} nodes are connected after ${timeoutMs} ms; ${request.minNodes} are required`
            : `still pending after ${timeoutMs} ms: ${pending.map((node) => node.nodeId).join(", ")}`,
        );
      await changed;
    }
  } finally {
    clearTimeout(timer);
    stop();
    signal.removeEventListener("abort", gone);
  }
}
