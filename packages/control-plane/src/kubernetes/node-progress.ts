import { type EntityRef, isApi, parseArtifactName } from "@tollgate/config";
import { NodeState } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { stateOf, stoppedRollout } from "../rollout/wait-applied.ts";
import type { NodeProgress } from "./object-status.ts";

/** Whether an artifact, by its name, is made of one of the entities. */
function isMadeOf(name: string, accountId: string, entities: readonly EntityRef[]): boolean {
  const artifact = parseArtifactName(name);
  if (!artifact) return false;
  switch (artifact.type) {
    case "stage":
      return entities.some(({ kind, id, apiId }) => (isApi(kind) ? id : apiId) === artifact.apiId);
    case "domain":
      return entities.some(({ kind, id }) => kind === "DomainName" && id === artifact.domainName);
    case "chunk":
      return false;
    case "account":
      return artifact.accountId === accountId && entities.some(({ kind }) => kind === "Account");
    default:
      return artifact.accountId === accountId && entities.some(({ id }) => id === artifact.id);
  }
}

/** progressOf is how far a revision is on the nodes, and what they refuse of the entities, which is nobody else's problem. */
export function progressOf(
  { nodes, nodeStore, isStaged }: Pick<Application, "nodes" | "nodeStore" | "isStaged">,
  revision: number,
  accountId: string,
  entities: readonly EntityRef[],
): NodeProgress {
  const all = nodes.all();
  const refused = all.flatMap((node) =>
    node.refused
      .filter(({ name }) => isMadeOf(name, accountId, entities))
      .map(({ path, message }) => ({ path, message: `${node.nodeId}: ${message}` })),
  );
  const has = all.filter((node) => {
    const state = stateOf(node, revision);
    return state === NodeState.APPLIED || state === NodeState.REFUSED;
  });
  const refusing = has.filter((node) => node.refused.some(({ name }) => isMadeOf(name, accountId, entities)));
  return {
    applied: has.length - refusing.length,
    total: all.length,
    refused,
    stopped: stoppedRollout({ nodeStore, isStaged }, revision),
  };
}
