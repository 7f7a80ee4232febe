import {
  apiKinds,
  type Entity,
  isApi,
  isDeployment,
  isKindOf,
  isStage,
  type KindsOf,
  kinds,
  nameOf,
  parentOf,
} from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import type { AnyApi, AnyDeployment, AnyStage, DeploymentKind } from "./deployment-kind.ts";
import { httpDeployments } from "./http-api/deployment-kind.ts";
import { restDeployments } from "./rest-api/deployment-kind.ts";

/** The DeploymentKind of each kind of API. */
const deploymentKinds: Readonly<Record<KindsOf<"api">, DeploymentKind>> = {
  RestApi: restDeployments,
  Api: httpDeployments,
};

/** deploymentKindOf returns the DeploymentKind of an API, a stage or a deployment. */
export const deploymentKindOf = ({ kind }: AnyApi | AnyStage | AnyDeployment): DeploymentKind =>
  deploymentKinds[(parentOf(kind) ?? kind) as KindsOf<"api">];

const isAnyApi = (entity: Entity | undefined): entity is AnyApi => entity !== undefined && isApi(entity.kind);
export const isAnyStage = (entity: Entity | undefined): entity is AnyStage =>
  entity !== undefined && isStage(entity.kind);
export const isAnyDeployment = (entity: Entity | undefined): entity is AnyDeployment =>
  entity !== undefined && isDeployment(entity.kind);

/** FoundApi is an API of any kind with its DeploymentKind. */
export interface FoundApi {
  readonly api: AnyApi;
  readonly kind: DeploymentKind;
}

/** findApi looks up an API of any kind by its id. */
export function findApi(get: (name: string) => Entity | undefined, apiId: string): FoundApi | undefined {
  for (const apiKind of apiKinds) {
    const api = get(nameOf({ kind: apiKind, apiId: "", id: apiId }));
    if (isAnyApi(api)) return { api, kind: deploymentKinds[apiKind] };
  }
  return undefined;
}

/** missingApi is the refusal for an API that does not exist, in AWS's words. */
export const missingApi = (accountId: string, apiId: string): Refusal =>
  new Refusal("not-found", `Invalid API identifier specified ${accountId}:${apiId}`);

/** apiOf finds an API of any kind. */
export function apiOf(state: AccountState, accountId: string, apiId: string): FoundApi {
  const found = findApi((name) => state.entities.get(name)?.entity, apiId);
  if (!found) throw missingApi(accountId, apiId);
  return found;
}

/** restApiOf finds a REST API, for operations that only REST APIs have. */
export function restApiOf(state: AccountState, accountId: string, apiId: string): Entity<"RestApi"> {
  const { api } = apiOf(state, accountId, apiId);
  if (isKindOf(api, "RestApi")) return api;
  throw new Refusal(
    "failed-precondition",
    `'${apiId}' is an HTTP or WebSocket API: this operation is for REST APIs only`,
  );
}

/** stageOf finds a stage of an API or refuses as AWS does. */
export function stageOf(state: AccountState, kind: DeploymentKind, apiId: string, id: string): AnyStage {
  const stage = state.entities.get(nameOf({ kind: kind.stageKind, apiId, id }))?.entity;
  if (!isAnyStage(stage)) throw new Refusal("not-found", kind.missingStage);
  return stage;
}

/** restStageOf is stageOf for REST APIs. */
export const restStageOf = (state: AccountState, apiId: string, id: string): Entity<"Stage"> =>
  stageOf(state, restDeployments, apiId, id) as Entity<"Stage">;

/** deploymentOf finds a deployment of an API. */
export function deploymentOf(
  state: Pick<AccountState, "entities">,
  kind: DeploymentKind,
  apiId: string,
  id: string,
): AnyDeployment | undefined {
  const deployment = state.entities.get(nameOf({ kind: kind.deploymentKind, apiId, id }))?.entity;
  return isAnyDeployment(deployment) ? deployment : undefined;
}

/** checkMovable throws if a stage always serves the current API, and so cannot be pointed at another deployment. */
export function checkMovable({ autoDeploy }: DeploymentKind, { id, spec }: AnyStage): void {
  if (autoDeploy === "strict" && spec.autoDeploy)
    throw new Refusal(
      "failed-precondition",
      `stage '${id}' has autoDeploy, so it always serves the current API: change the API, or turn autoDeploy off first`,
    );
}

/** pointedAt returns a stage with another deployment, or a new stage if `stage` is absent. */
export function pointedAt(
  kind: DeploymentKind,
  { apiId, stageName, deploymentId }: { apiId: string; stageName: string; deploymentId: string },
  present: AnyStage | undefined,
): AnyStage {
  if (present) return { ...present, spec: { ...present.spec, deploymentId } } as AnyStage;
  const { id, spec } = kinds[kind.stageKind];
  if (!id.pattern.test(stageName)) throw new Refusal("invalid", `stage_name '${stageName}' ${id.help}`);
  const stage = {
    kind: kind.stageKind,
    apiId,
    id: stageName,
    labels: {},
    spec: spec.parse({ deploymentId }),
  };
  return stage as AnyStage;
}

/** frozenIn returns the entities that a stored deployment froze, the API itself first. */
export function frozenIn(state: AccountState, kind: DeploymentKind, apiId: string, deploymentId: string) {
  const deployment = deploymentOf(state, kind, apiId, deploymentId);
  if (!deployment) throw new Refusal("not-found", "Invalid Deployment identifier specified");
  return kind.frozenEntities(deployment, (digest) => state.chunks.get(`${apiId}/${digest}`));
}
