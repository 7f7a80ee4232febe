import { canonicalJson, digestOf, isFrozen, nameOf } from "@tollgate/config";
import { Change_Action as Action, type DiffDeployedRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf, toProtoEntity } from "../config/wire.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { apiOf, findStage } from "./create-deployment.ts";
import { apiDeploymentOf, findApiStage, httpApiOf } from "./http-api-deployment.ts";
import { frozenEntities } from "./frozen-entities.ts";

interface EntityChange {
  readonly action: Action;
  readonly entity: ReturnType<typeof toProtoEntity>;
  readonly beforeJson: string;
}

const keyOf = ({ kind, id }: { readonly kind: string; readonly id: string }) => `${kind}/${id}`;

/** What a deployment froze, as canonical JSON by kind and id. */
const frozenSpecs = (state: AccountState, apiId: string, deploymentId: string) =>
  new Map(
    frozenEntities(state, apiId, deploymentId).map((entity) => [
      keyOf(entity),
      { ...entity, json: canonicalJson(entity.spec) },
    ]),
  );

/** The same of an HTTP or WebSocket API, which is deployed as one. */
function diffHttpApi(state: AccountState, apiId: string, stageName: string) {
  const { deploymentId = "" } = findApiStage(state, apiId, stageName).spec;
  const stored = state.entities.get(nameOf({ kind: "Api", apiId: "", id: apiId }));
  const deployed = apiDeploymentOf(state, apiId, deploymentId);
  const before = deployed ? canonicalJson(deployed.api) : "";
  const changes: EntityChange[] =
    !stored || stored.specJson === before
      ? []
      : [{ action: Action.UPDATED, entity: toProtoEntity(stored), beforeJson: before }];
  return { deploymentId, changes };
}

/** diffDeployed is DeploymentService.DiffDeployed. */
export async function diffDeployed({ mirror }: Application, request: DiffDeployedRequest) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName } = request;
  const state = mirror.account(accountId);
  if (httpApiOf(state, apiId)) return diffHttpApi(state, apiId, stageName);
  const api = apiOf(state, accountId, apiId);
  const { deploymentId } = findStage(state, apiId, stageName).spec;
  const deployed = frozenSpecs(state, apiId, deploymentId);
  const present = [...state.entities.values()].filter(
    ({ entity }) => isFrozen(entity.kind) && (entity === api || entity.apiId === apiId),
  );
  const changes = present.flatMap((stored): EntityChange[] => {
    const before = deployed.get(keyOf(stored.entity));
    if (before?.json === stored.specJson) return [];
    const action = before ? Action.UPDATED : Action.CREATED;
    return [{ action, entity: toProtoEntity(stored), beforeJson: before?.json ?? "" }];
  });
  const known = new Set(present.map(({ entity }) => keyOf(entity)));
  for (const [key, { kind, id, json }] of deployed)
    if (!known.has(key))
      changes.push({
        action: Action.DELETED,
        entity: { kind, apiId, id, labels: {}, specJson: json, revision: 0n, digest: digestOf(json) },
        beforeJson: json,
      });
  return { deploymentId, changes };
}
