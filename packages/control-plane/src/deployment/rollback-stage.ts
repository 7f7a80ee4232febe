import type { Operator } from "@tollgate/proto/access";
import type { RollbackStageRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { accountOf } from "../config/wire.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import type { AnyDeployment } from "./deployment-kind.ts";
import { apiOf, checkMovable, stageOf } from "./deployment-kinds.ts";
import { deploymentsOf } from "./list-deployments.ts";
import { toProtoDeployed } from "./wire.ts";

/** The deployment to which a stage is rolled back: the requested one, or the one before the current one. */
function targetOf(state: AccountState, accountId: string, request: RollbackStageRequest): AnyDeployment {
  const { apiId, stageName, deploymentId } = request;
  const { kind } = apiOf(state, accountId, apiId);
  const stage = stageOf(state, kind, apiId, stageName);
  checkMovable(kind, stage);
  const present = stage.spec.deploymentId;
  const all = deploymentsOf(state, apiId);
  if (deploymentId !== "") {
    const asked = all.find(({ id }) => id === deploymentId);
    if (!asked) throw new Refusal("not-found", "Invalid Deployment identifier specified");
    return asked;
  }
  // Strict automatic deployments belong to stages with autoDeploy, which cannot be rolled back.
  const isOfOthers = ({ spec }: AnyDeployment) => kind.autoDeploy === "strict" && spec.autoDeployed;
  const before = all
    .slice(all.findIndex(({ id }) => id === present) + 1)
    .find((deployment) => !isOfOthers(deployment));
  if (!before)
    throw new Refusal(
      "failed-precondition",
      `stage '${stageName}' has no deployment that is older than '${present}'`,
    );
  return before;
}

/** rollbackStage implements DeploymentService.RollbackStage. */
export async function rollbackStage(
  application: Application,
  request: RollbackStageRequest,
  operator: Operator,
) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName } = request;
  let id = "";
  const { revision } = await changeAccount(application, {
    accountId,
    asker: operator,
    want: (state) => {
      ({ id } = targetOf(state, accountId, request));
      return { stages: [{ apiId, stageName, deploymentId: id }] };
    },
    refusal: (problems) =>
      new Refusal(
        "failed-precondition",
        "the deployment does not compile with this stage; nothing was changed",
        problems,
      ),
  });
  return toProtoDeployed(application.mirror.account(accountId), { apiId, id }, revision);
}
