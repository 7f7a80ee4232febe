import type { Entity } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { PromoteCanaryRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { accountOf } from "../config/wire.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import { restApiOf, restStageOf } from "./deployment-kinds.ts";
import { toProtoDeployed } from "./wire.ts";

/** The stage without its canary, and the deployment that it serves from now on. */
function promoted(state: AccountState, apiId: string, stageName: string) {
  const stage = restStageOf(state, apiId, stageName);
  const { canarySettings, ...spec } = stage.spec;
  if (!canarySettings)
    throw new Refusal("failed-precondition", "Promotion not available. Canary does not exist.");
  const { deploymentId, stageVariableOverrides } = canarySettings;
  const variables = { ...spec.variables, ...stageVariableOverrides };
  const entity: Entity<"Stage"> = { ...stage, spec: { ...spec, variables } };
  return { entity, deploymentId };
}

/** promoteCanary implements DeploymentService.PromoteCanary. */
export async function promoteCanary(
  application: Application,
  request: PromoteCanaryRequest,
  operator: Operator,
) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName } = request;
  let id = "";
  const { revision } = await changeAccount(application, {
    accountId,
    asker: operator,
    want: (state) => {
      restApiOf(state, accountId, apiId);
      const { entity, deploymentId } = promoted(state, apiId, stageName);
      id = deploymentId;
      return { entities: [entity], stages: [{ apiId, stageName, deploymentId }] };
    },
    refusal: (problems) =>
      new Refusal(
        "failed-precondition",
        "the canary's deployment does not compile with this stage; nothing was changed",
        problems,
      ),
  });
  return toProtoDeployed(application.mirror.account(accountId), { apiId, id }, revision);
}
