import { isKindOf, type Entity } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";

/** AnyDeployment is a snapshot of an API of any kind. */
export type AnyDeployment = Entity<"Deployment"> | Entity<"ApiDeployment">;

/** stagesAt are the names of the stages that point at a deployment. */
function stagesAt(state: AccountState, { apiId, id }: AnyDeployment): string[] {
  return state
    .ofApi(apiId)
    .flatMap(({ entity }) =>
      (isKindOf(entity, "Stage") || isKindOf(entity, "ApiStage")) && entity.spec.deploymentId === id
        ? [entity.id]
        : [],
    );
}

const methodCountOf = (deployment: AnyDeployment): number =>
  deployment.kind === "Deployment"
    ? deployment.spec.methodCount
    : Object.keys(deployment.spec.api.routes).length;

export function toProtoDeployment(state: AccountState, deployment: AnyDeployment) {
  const { id, apiId, spec } = deployment;
  return {
    id,
    apiId,
    description: spec.description,
    createTimeUnixMs: BigInt(spec.createTimeUnixMs),
    methodCount: methodCountOf(deployment),
    stageNames: stagesAt(state, deployment),
  };
}
