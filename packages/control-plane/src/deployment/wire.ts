import { isKindOf, type Entity } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

/** stagesAt are the names of the stages that point at a deployment. */
function stagesAt(state: AccountState, { restApiId, id }: Entity<"Deployment">): string[] {
  return state
    .ofApi(restApiId)
    .flatMap(({ entity }) =>
      isKindOf(entity, "Stage") && entity.spec.deploymentId === id ? [entity.id] : [],
    );
}

export function toProtoDeployment(state: AccountState, deployment: Entity<"Deployment">) {
  const { id, restApiId, spec } = deployment;
  return {
    id,
    restApiId,
    description: spec.description,
    createTimeUnixMs: BigInt(spec.createTimeUnixMs),
    methodCount: spec.methodCount,
    stageNames: stagesAt(state, deployment),
  };
}
