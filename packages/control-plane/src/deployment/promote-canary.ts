import { isKindOf, nameOf, type Entity } from "@tollgate/config";
import type { PromoteCanaryRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { checkStages } from "./check-stage.ts";
import { apiOf, findStage } from "./create-deployment.ts";
import { toProtoDeployment } from "./wire.ts";
import { Refusal } from "../refusal.ts";

/** promoteCanary is DeploymentService.PromoteCanary. */
export async function promoteCanary(
  { writer, mirror, compiler }: Application,
  request: PromoteCanaryRequest,
) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName } = request;
  const { revision, result } = await writer.run({
    accountId,
    decide: async (state) => {
      apiOf(state, accountId, apiId);
      const stage = findStage(state, apiId, stageName);
      const { canarySettings, ...spec } = stage.spec;
      if (!canarySettings)
        throw new Refusal("failed-precondition", "Promotion not available. Canary does not exist.");
      const { deploymentId, stageVariableOverrides } = canarySettings;
      const promoted: Entity<"Stage"> = {
        ...stage,
        spec: { ...spec, deploymentId, variables: { ...spec.variables, ...stageVariableOverrides } },
      };
      const problems = await checkStages(compiler, accountId, state, [promoted]);
      const deployment = state.entities.get(nameOf({ kind: "Deployment", apiId, id: deploymentId }))?.entity;
      if (problems.length > 0 || !deployment || !isKindOf(deployment, "Deployment"))
        throw new Refusal(
          "failed-precondition",
          "the canary's deployment does not compile with this stage; nothing was changed",
          problems,
        );
      return { puts: [promoted], deletes: [], result: deployment };
    },
  });
  return { deployment: toProtoDeployment(mirror.account(accountId), result), revision: BigInt(revision) };
}
