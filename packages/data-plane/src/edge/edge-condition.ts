import type { OriginState } from "./origins.ts";

/** EdgeState is what the condition of an edge node follows from. */
export interface EdgeState {
  readonly serving: "waiting" | "serving" | "draining";
  /** Why the control plane refuses the node; undefined: it does not. */
  readonly denied: string | undefined;
  readonly origins: readonly OriginState[];
}

/** edgeProblem is why all viewers of an edge node would be refused; undefined: it can have viewers. */
export function edgeProblem({ serving, denied, origins }: EdgeState): string | undefined {
  if (denied !== undefined) return `refused by the control plane: ${denied}`;
  if (serving === "waiting") return "no config has arrived yet, neither from the control plane nor from disk";
  if (serving === "draining") return "draining";
  if (origins.some(({ isReachable }) => isReachable)) return undefined;
  const why = origins.map(({ address, problem }) => `${address}: ${problem}`).join("; ");
  return `no origin takes viewers (TOLLGATE_EDGE): ${why}`;
}

/** edgeConcerns are what is wrong with an edge node that still has an origin. */
export const edgeConcerns = ({ origins }: EdgeState): readonly string[] =>
  origins.flatMap(({ address, isReachable, problem }) =>
    isReachable
      ? []
      : [`the origin ${address} takes no viewers (${problem}): check the node, and its TOLLGATE_EDGE_PORT`],
  );
