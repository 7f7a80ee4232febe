import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import type { AnyDeployment } from "./deployment-kind.ts";
import { deploymentKindOf, isAnyDeployment, isAnyStage } from "./deployment-kinds.ts";

/** stagesAt returns the names of the stages that point at a deployment. */
const stagesAt = (state: AccountState, { apiId, id }: AnyDeployment): string[] =>
  state
    .ofApi(apiId)
    .flatMap(({ entity }) => (isAnyStage(entity) && entity.spec.deploymentId === id ? [entity.id] : []));

export function toProtoDeployment(state: AccountState, deployment: AnyDeployment) {
  const { id, apiId, spec } = deployment;
  return {
    id,
    apiId,
    description: spec.description,
    createTimeUnixMs: BigInt(spec.createTimeUnixMs),
    methodCount: deploymentKindOf(deployment).callCountOf(spec),
    stageNames: stagesAt(state, deployment),
  };
}

/** toProtoDeployed returns the wire form of a deployment that a change created or pointed a stage at. */
export function toProtoDeployed(
  state: AccountState,
  { apiId, id }: Pick<AnyDeployment, "apiId" | "id">,
  revision: number,
) {
  const deployment = state
    .ofApi(apiId)
    .map(({ entity }) => entity)
    .filter(isAnyDeployment)
    .find((one) => one.id === id);
  // It existed when the change was written, but was deleted since.
  if (!deployment) throw new Refusal("not-found", "Invalid Deployment identifier specified");
  return { deployment: toProtoDeployment(state, deployment), revision: BigInt(revision) };
}
