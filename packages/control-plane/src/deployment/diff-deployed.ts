import { canonicalJson, digestOf, isFrozen } from "@tollgate/config";
import { Change_Action as Action, type DiffDeployedRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf, toProtoEntity } from "../config/wire.ts";
import { apiOf, frozenIn, stageOf } from "./deployment-kinds.ts";

interface EntityChange {
  readonly action: Action;
  readonly entity: ReturnType<typeof toProtoEntity>;
  readonly beforeJson: string;
}

const keyOf = ({ kind, id }: { readonly kind: string; readonly id: string }) => `${kind}/${id}`;

/** diffDeployed implements DeploymentService.DiffDeployed. */
export async function diffDeployed({ mirror }: Application, request: DiffDeployedRequest) {
  const accountId = accountOf(request.accountId);
  const { apiId, stageName } = request;
  const state = mirror.account(accountId);
  const { api, kind } = apiOf(state, accountId, apiId);
  const { deploymentId = "" } = stageOf(state, kind, apiId, stageName).spec;
  const deployed = new Map(
    frozenIn(state, kind, apiId, deploymentId).map((entity) => [
      keyOf(entity),
      { ...entity, json: canonicalJson(entity.spec) },
    ]),
  );
  const present = [...state.entities.unpacked()].filter(
    ({ entity }) => isFrozen(entity.kind) && (entity === api || entity.apiId === apiId),
  );
  const changes = present.flatMap((stored): EntityChange[] => {
    const before = deployed.get(keyOf(stored.entity));
    if (before?.json === stored.specJson) return [];
    const action = before ? Action.UPDATED : Action.CREATED;
    return [{ action, entity: toProtoEntity(stored), beforeJson: before?.json ?? "" }];
  });
  const known = new Set(present.map(({ entity }) => keyOf(entity)));
  for (const [key, { kind: gone, id, json }] of deployed)
    if (!known.has(key))
      changes.push({
        action: Action.DELETED,
        entity: {
          kind: gone,
          apiId,
          id,
          labels: {},
          specJson: json,
          revision: 0n,
          digest: digestOf(json),
        },
        beforeJson: json,
      });
  return { deploymentId, changes };
}
