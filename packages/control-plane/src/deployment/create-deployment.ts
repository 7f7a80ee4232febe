import { isKindOf, kinds, nameOf, type Entity } from "@tollgate/config";
import type { CreateDeploymentRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { checkQuotas } from "../config/validate-quotas.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import { checkStages } from "./check-stage.ts";
import { chunkWrites, frozenDeployment } from "./frozen-deployment.ts";
import { createApiDeployment } from "./create-api-deployment.ts";
import { freeze } from "./freeze.ts";
import { httpApiOf } from "./http-api-deployment.ts";
import { toProtoDeployment } from "./wire.ts";
import { Refusal } from "../refusal.ts";

/** apiOf finds an API or answers as AWS does. */
export function apiOf(state: AccountState, accountId: string, apiId: string): Entity<"RestApi"> {
  const api = state.entities.get(nameOf({ kind: "RestApi", apiId: "", id: apiId }))?.entity;
  if (httpApiOf(state, apiId))
    throw new Refusal(
      "failed-precondition",
      `'${apiId}' is an HTTP or WebSocket API: this is done with REST APIs only`,
    );
  if (!api || !isKindOf(api, "RestApi"))
    throw new Refusal("not-found", `Invalid API identifier specified ${accountId}:${apiId}`);
  return api;
}

/** findStage finds a stage or answers as AWS does. */
export function findStage(state: AccountState, apiId: string, stageName: string): Entity<"Stage"> {
  const stage = state.entities.get(nameOf({ kind: "Stage", apiId, id: stageName }))?.entity;
  if (!stage || !isKindOf(stage, "Stage"))
    throw new Refusal("not-found", "Invalid stage identifier specified");
  return stage;
}

/** stageOf is the stage that a deployment goes to: the one there is with its deployment replaced, or a new one. */
function stageOf(
  state: AccountState,
  apiId: string,
  stageName: string,
  deploymentId: string,
): Entity<"Stage"> {
  const present = state.entities.get(nameOf({ kind: "Stage", apiId, id: stageName }))?.entity;
  if (present && isKindOf(present, "Stage")) return { ...present, spec: { ...present.spec, deploymentId } };
  if (!kinds.Stage.id.pattern.test(stageName))
    throw new Refusal("invalid", `stage_name '${stageName}' ${kinds.Stage.id.help}`);
  return {
    kind: "Stage",
    apiId,
    id: stageName,
    labels: {},
    spec: kinds.Stage.spec.parse({ deploymentId }),
  };
}

export interface FreezeRequest {
  readonly apiId: string;
  readonly description: string;
  /** Stages that are written with the deployment, by its id; without any it is compiled as for a stage without variables. */
  readonly stagesOf: (state: AccountState, deploymentId: string) => readonly Entity<"Stage">[];
  /** Deployments that go with this one. */
  readonly retire?: (state: AccountState) => readonly StoredEntity[];
}

/** freezeApi makes a deployment of an API as it is now, once it compiles. */
export async function freezeApi(
  { writer, compiler }: Application,
  accountId: string,
  { apiId, description, stagesOf, retire = () => [] }: FreezeRequest,
): Promise<{ deployment: Entity<"Deployment">; revision: number }> {
  const { revision, result } = await writer.run({
    accountId,
    decide: async (state) => {
      const api = apiOf(state, accountId, apiId);
      const parts = freeze(state, apiId, compiler.freezeMemory(accountId, apiId));
      if (parts.methodCount === 0)
        throw new Refusal("failed-precondition", "The REST API doesn't contain any methods");
      const { deployment, chunks } = frozenDeployment(parts, api.spec, { apiId, description });
      const stages = stagesOf(state, deployment.id);
      const checked = stages.length > 0 ? stages : [stageOf(state, apiId, "deployment", deployment.id)];
      const problems = await checkStages(compiler, accountId, state, [deployment, ...checked], chunks);
      if (problems.length > 0)
        throw new Refusal("invalid", "the API does not compile; nothing was deployed", problems);
      const deletes = retire(state);
      checkQuotas(state, { puts: [deployment, ...stages], deletes });
      return {
        puts: [deployment, ...stages],
        deletes,
        ...chunkWrites(state, deletes, chunks),
        result: deployment,
      };
    },
  });
  return { deployment: result, revision };
}

/** createDeployment is DeploymentService.CreateDeployment. */
export async function createDeployment(application: Application, request: CreateDeploymentRequest) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName, description } = request;
  const isRest = !httpApiOf(application.mirror.account(accountId), apiId);
  if (!isRest) return createApiDeployment(application, accountId, request);
  const { deployment, revision } = await freezeApi(application, accountId, {
    apiId,
    description,
    stagesOf: (state, id) => (stageName === "" ? [] : [stageOf(state, apiId, stageName, id)]),
  });
  const state = application.mirror.account(accountId);
  return { deployment: toProtoDeployment(state, deployment), revision: BigInt(revision) };
}
