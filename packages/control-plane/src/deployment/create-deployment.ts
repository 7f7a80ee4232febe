import { isKindOf, kinds, nameOf, newChildId, type Entity } from "@tollgate/config";
import type { CreateDeploymentRequest } from "@tollgate/proto/control";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { deploymentOf, manifestOf } from "./check-stage.ts";
import { freeze } from "./freeze.ts";
import { toProtoDeployment } from "./wire.ts";

/** apiOf finds an API or answers as AWS does. */
export function apiOf(state: AccountState, accountId: string, restApiId: string): Entity<"RestApi"> {
  const api = state.entities.get(nameOf({ kind: "RestApi", restApiId: "", id: restApiId }))?.entity;
  if (!api || !isKindOf(api, "RestApi"))
    throw new RpcError(RpcCode.NOT_FOUND, `Invalid API identifier specified ${accountId}:${restApiId}`);
  return api;
}

/** findStage finds a stage or answers as AWS does. */
export function findStage(state: AccountState, restApiId: string, stageName: string): Entity<"Stage"> {
  const stage = state.entities.get(nameOf({ kind: "Stage", restApiId, id: stageName }))?.entity;
  if (!stage || !isKindOf(stage, "Stage"))
    throw new RpcError(RpcCode.NOT_FOUND, "Invalid stage identifier specified");
  return stage;
}

/** stageOf is the stage that a deployment goes to: the one there is with its deployment replaced, or a new one. */
function stageOf(
  state: AccountState,
  restApiId: string,
  stageName: string,
  deploymentId: string,
): Entity<"Stage"> {
  const present = state.entities.get(nameOf({ kind: "Stage", restApiId, id: stageName }))?.entity;
  if (present && isKindOf(present, "Stage")) return { ...present, spec: { ...present.spec, deploymentId } };
  if (!kinds.Stage.idPattern.test(stageName))
    throw new RpcError(RpcCode.INVALID_ARGUMENT, `stage_name '${stageName}' ${kinds.Stage.idHelp}`);
  return {
    kind: "Stage",
    restApiId,
    id: stageName,
    labels: {},
    spec: kinds.Stage.spec.parse({ deploymentId }),
  };
}

/** createDeployment is DeploymentService.CreateDeployment. */
export async function createDeployment(
  { writer, mirror, compiler }: Application,
  request: CreateDeploymentRequest,
) {
  const accountId = accountOf(request.accountId);
  const { restApiId, stageName, description } = request;
  const { revision, result } = await writer.run({
    accountId,
    decide: async (state) => {
      const api = apiOf(state, accountId, restApiId);
      const { chunks, definitions, methodCount } = freeze(
        state,
        restApiId,
        compiler.freezeMemory(accountId, restApiId),
      );
      if (methodCount === 0)
        throw new RpcError(RpcCode.FAILED_PRECONDITION, "The REST API doesn't contain any methods");
      const deployment: Entity<"Deployment"> = {
        kind: "Deployment",
        restApiId,
        id: newChildId(),
        labels: {},
        spec: {
          description,
          createTimeUnixMs: Date.now(),
          methodCount,
          restApi: api.spec,
          chunks: chunks.map((c) => c.digest),
          definitions: definitions.map((c) => c.digest),
        },
      };
      // Without a stage the deployment is compiled as for a stage without variables.
      const stage = stageOf(state, restApiId, stageName || "deployment", deployment.id);
      const frozen = [...chunks, ...definitions];
      const fresh = new Map(frozen.map(({ digest, json }) => [digest, json]));
      const canary = deploymentOf(state, restApiId, stage.spec.canarySettings?.deploymentId);
      const problems = await compiler.check(
        manifestOf(accountId, stage, deployment.spec, canary),
        (digest) => fresh.get(digest) ?? state.chunks.get(`${restApiId}/${digest}`),
      );
      if (problems.length > 0)
        throw new RpcError(
          RpcCode.INVALID_ARGUMENT,
          "the API does not compile; nothing was deployed",
          problems,
        );
      return {
        puts: stageName ? [deployment, stage] : [deployment],
        deletes: [],
        otherPuts: frozen
          .filter(({ digest }) => !state.chunks.has(`${restApiId}/${digest}`))
          .map(({ digest, json }) => ({ key: `chunks/${restApiId}/${digest}`, value: json })),
        result: deployment,
      };
    },
  });
  return { deployment: toProtoDeployment(mirror.account(accountId), result), revision: BigInt(revision) };
}
