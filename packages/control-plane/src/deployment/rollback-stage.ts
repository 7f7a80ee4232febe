import type { Entity } from "@tollgate/config";
import type { RollbackStageRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { checkStages } from "./check-stage.ts";
import { apiOf, findStage } from "./create-deployment.ts";
import { findApiStage, httpApiOf } from "./http-api-deployment.ts";
import { deploymentsOf } from "./list-deployments.ts";
import { toProtoDeployment, type AnyDeployment } from "./wire.ts";
import { Refusal } from "../refusal.ts";

/** The stage of an API of any kind. One that deploys each change itself cannot be held at an earlier one. */
function movableStage(
  state: AccountState,
  accountId: string,
  apiId: string,
  stageName: string,
): Entity<"Stage"> | Entity<"ApiStage"> {
  if (!httpApiOf(state, apiId)) {
    apiOf(state, accountId, apiId);
    return findStage(state, apiId, stageName);
  }
  const stage = findApiStage(state, apiId, stageName);
  if (stage.spec.autoDeploy)
    throw new Refusal(
      "failed-precondition",
      `stage '${stageName}' has autoDeploy: change the API back, or turn autoDeploy off first`,
    );
  return stage;
}

/** Deployments that came with changes are of the stages that deploy themselves. */
const isOfOthers = (deployment: AnyDeployment): boolean =>
  deployment.kind === "ApiDeployment" && deployment.spec.autoDeployed;

/** rollbackStage is DeploymentService.RollbackStage. */
export async function rollbackStage(
  { writer, mirror, compiler }: Application,
  request: RollbackStageRequest,
) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName, deploymentId } = request;
  const { revision, result } = await writer.run({
    accountId,
    decide: async (state) => {
      const stage = movableStage(state, accountId, apiId, stageName);
      const all = deploymentsOf(state, apiId);
      const present = all.findIndex(({ id }) => id === stage.spec.deploymentId);
      const before = all.slice(present + 1).find((deployment) => !isOfOthers(deployment));
      const target = deploymentId === "" ? before : all.find(({ id }) => id === deploymentId);
      if (!target)
        throw deploymentId === ""
          ? new Refusal(
              "failed-precondition",
              `stage '${stageName}' has no deployment before '${stage.spec.deploymentId}'`,
            )
          : new Refusal("not-found", "Invalid Deployment identifier specified");
      const moved = { ...stage, spec: { ...stage.spec, deploymentId: target.id } } as typeof stage;
      const problems = await checkStages(compiler, accountId, state, [moved]);
      if (problems.length > 0)
        throw new Refusal(
          "failed-precondition",
          "the deployment does not compile with this stage; nothing was changed",
          problems,
        );
      return { puts: [moved], deletes: [], result: target };
    },
  });
  return { deployment: toProtoDeployment(mirror.account(accountId), result), revision: BigInt(revision) };
}
