import { isKindOf, kinds, nameOf, type Entity } from "@tollgate/config";
import type { CreateDeploymentRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { checkQuotas } from "../config/validate-quotas.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { checkStages } from "./check-stage.ts";
import { apiDeployment, httpApiOf } from "./http-api-deployment.ts";
import { toProtoDeployment } from "./wire.ts";
import { Refusal } from "../refusal.ts";

/** The stage that a deployment goes to: the one there is, or a new one. */
function stageAt(
  state: AccountState,
  apiId: string,
  stageName: string,
  deploymentId: string,
): Entity<"ApiStage"> {
  const present = state.entities.get(nameOf({ kind: "ApiStage", apiId, id: stageName }))?.entity;
  if (present && isKindOf(present, "ApiStage")) {
    if (present.spec.autoDeploy)
      throw new Refusal(
        "failed-precondition",
        `stage '${stageName}' has autoDeploy: each change is deployed to it with the change`,
      );
    return { ...present, spec: { ...present.spec, deploymentId } };
  }
  if (!kinds.ApiStage.id.pattern.test(stageName))
    throw new Refusal("invalid", `stage_name '${stageName}' ${kinds.ApiStage.id.help}`);
  const spec = kinds.ApiStage.spec.parse({ deploymentId });
  return { kind: "ApiStage", apiId, id: stageName, labels: {}, spec };
}

/** createApiDeployment freezes an HTTP or WebSocket API as it is now, once it compiles. */
export async function createApiDeployment(
  { writer, compiler, mirror }: Application,
  accountId: string,
  { apiId, stageName, description }: CreateDeploymentRequest,
) {
  const { revision, result } = await writer.run({
    accountId,
    decide: async (state) => {
      const api = httpApiOf(state, apiId);
      if (!api) throw new Refusal("not-found", `Invalid API identifier specified ${apiId}`);
      if (Object.keys(api.spec.routes).length === 0)
        throw new Refusal("failed-precondition", "the API doesn't contain any routes");
      const deployment = apiDeployment(api, { description });
      const stages = stageName === "" ? [] : [stageAt(state, apiId, stageName, deployment.id)];
      const problems = await checkStages(compiler, accountId, state, [deployment, ...stages]);
      if (problems.length > 0)
        throw new Refusal("invalid", "the API does not compile; nothing was deployed", problems);
      const change = { puts: [deployment, ...stages], deletes: [] };
      checkQuotas(state, change);
      return { ...change, result: deployment };
    },
  });
  const state = mirror.account(accountId);
  return { deployment: toProtoDeployment(state, result), revision: BigInt(revision) };
}
