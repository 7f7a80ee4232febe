import { newChildId } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { CreateDeploymentRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { accountOf } from "../config/wire.ts";
import { Refusal } from "../refusal.ts";
import { toProtoDeployed } from "./wire.ts";

/** createDeployment implements DeploymentService.CreateDeployment: it freezes the current state of an API of any kind, which must compile. */
export async function createDeployment(
  application: Application,
  request: CreateDeploymentRequest,
  operator: Operator,
) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName, description } = request;
  const id = newChildId();
  const { revision } = await changeAccount(application, {
    accountId,
    asker: operator,
    want: () => ({
      deployments: [{ apiId, id, description }],
      stages: stageName === "" ? [] : [{ apiId, stageName, deploymentId: id }],
    }),
    refusal: (problems) => new Refusal("invalid", "the API does not compile; nothing was deployed", problems),
  });
  return toProtoDeployed(application.mirror.account(accountId), { apiId, id }, revision);
}
