import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";

/** resumeRollout is RolloutService.ResumeRollout: the version counts as one that was never tried, and the leader begins with it. */
export async function resumeRollout({ nodeStore, isStaged }: Pick<Application, "nodeStore" | "isStaged">) {
  if (!isStaged)
    throw new Refusal(
      "failed-precondition",
      "revisions go to all nodes at once: TOLLGATE_ROLLOUT of the control planes is not waves",
    );
  const { rollout } = nodeStore.state;
  if (rollout?.record.state !== "stopped")
    throw new Refusal("failed-precondition", "no rollout is stopped: `tollgate node` shows the newest one");
  const { record, modRevision } = rollout;
  if (!(await nodeStore.writeRollout({ ...record, version: record.base, digest: "" }, modRevision)))
    throw new Refusal("conflict", "the rollout has changed meanwhile");
  return { revision: BigInt(record.version) };
}
