import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";
import { waitApplied } from "../rollout/wait-applied.ts";

/** Waves take their time. */
const AT_ONCE_MS = 60_000;
const IN_WAVES_MS = 5 * 60_000;

/** nodesHave waits until all nodes have a revision; false: not all have it yet, but some. Refuses if none has. */
export async function nodesHave(
  application: Pick<Application, "nodes" | "nodeStore" | "isStaged">,
  revision: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const states = waitApplied(
      application,
      {
        $typeName: "tollgate.control.v1.WaitAppliedRequest",
        revision: BigInt(revision),
        minNodes: 1,
        timeoutMs: application.isStaged ? IN_WAVES_MS : AT_ONCE_MS,
      },
      signal,
    );
    for await (const _state of states);
    return true;
  } catch (error) {
    const hasSome = application.nodes
      .all()
      .some(
        ({ missingSinceUnixMs, appliedVersion }) =>
          missingSinceUnixMs === undefined && appliedVersion >= revision,
      );
    if (error instanceof Refusal && hasSome) return false;
    throw error;
  }
}
