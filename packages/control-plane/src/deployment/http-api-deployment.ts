import {
  canonicalJson,
  isKindOf,
  nameOf,
  newChildId,
  type Entity,
  type HttpStageManifest,
  type Kind,
  type SpecOf,
} from "@tollgate/config";
import { stableId } from "@tollgate/openapi";
import { beyondKept } from "./beyond-kept.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";

const isOf = <K extends Kind>(entity: Entity | undefined, kind: K): Entity<K> | undefined =>
  entity && isKindOf(entity, kind) ? entity : undefined;

/** httpApiOf finds an HTTP or WebSocket API; undefined: there is none of that id. */
export const httpApiOf = (state: AccountState, apiId: string): Entity<"Api"> | undefined =>
  isOf(state.entities.get(nameOf({ kind: "Api", apiId: "", id: apiId }))?.entity, "Api");

/** The id of the deployment that comes with a change: that of what it froze, so that the same API is one deployment. */
export const automaticId = (api: SpecOf<"Api">): string => stableId(canonicalJson(api));

/** apiDeployment freezes an API. */
export const apiDeployment = (
  api: Entity<"Api">,
  given: { readonly id?: string; readonly description?: string; readonly autoDeployed?: boolean },
  labels: Entity["labels"] = {},
): Entity<"ApiDeployment"> => ({
  kind: "ApiDeployment",
  apiId: api.id,
  id: given.id ?? newChildId(),
  labels,
  spec: {
    description: given.description ?? "",
    createTimeUnixMs: Date.now(),
    autoDeployed: given.autoDeployed ?? false,
    api: api.spec,
  },
});

const stagesIn = (entities: Iterable<Entity>): Entity<"ApiStage">[] =>
  [...entities].flatMap((entity) => isOf(entity, "ApiStage") ?? []);

/** AutoDeployed is what a change brings along where stages deploy themselves. */
export interface AutoDeployedApis {
  /** What was to be written, each stage with autoDeploy at its deployment; and further stages of changed APIs. */
  readonly entities: readonly Entity[];
  readonly deployments: readonly Entity<"ApiDeployment">[];
}

/**
 * deployedWith points every stage with autoDeploy at a deployment of its API as the change leaves it. AWS makes such a deployment some time
 * after a change; here it is part of it, so that a change that does not compile is refused, and nothing is stored that is not served.
 */
export function deployedWith(
  state: AccountState,
  entities: readonly Entity[],
  deletes: ReadonlySet<string>,
): AutoDeployedApis {
  const written = new Map(entities.map((entity) => [nameOf(entity), entity]));
  const changed = entities.flatMap((entity) => isOf(entity, "Api") ?? []);
  const others = changed
    .flatMap(({ id }) => stagesIn(state.ofApi(id).map(({ entity }) => entity)))
    .filter((stage) => !written.has(nameOf(stage)) && !deletes.has(nameOf(stage)) && stage.spec.autoDeploy);
  const deployments = new Map<string, Entity<"ApiDeployment">>();
  const pointed = (stage: Entity<"ApiStage">): Entity<"ApiStage"> => {
    const apiName = nameOf({ kind: "Api", apiId: "", id: stage.apiId });
    const api = isOf(written.get(apiName), "Api") ?? httpApiOf(state, stage.apiId);
    if (!stage.spec.autoDeploy || !api) return stage; // a dangling reference is told elsewhere
    const id = automaticId(api.spec);
    const deployment = apiDeployment(api, { id, autoDeployed: true });
    const name = nameOf(deployment);
    if (!written.has(name) && (!state.entities.has(name) || deletes.has(name)))
      deployments.set(name, deployment);
    return { ...stage, spec: { ...stage.spec, deploymentId: id } };
  };
  return {
    entities: [
      ...entities.map((entity) => (isKindOf(entity, "ApiStage") ? pointed(entity) : entity)),
      ...others.map(pointed).filter((stage, i) => stage.spec.deploymentId !== others[i]?.spec.deploymentId),
    ],
    deployments: [...deployments.values()],
  };
}

/** retiredWith are the deployments that came with changes and that no stage needs any more, but for the newest ones. */
export function retiredWith(state: AccountState, entities: readonly Entity[]): StoredEntity[] {
  const stages = stagesIn(entities);
  const written = new Set(stages.map(nameOf));
  return [...new Set(stages.map(({ apiId }) => apiId))].flatMap((apiId) => {
    const all = state.ofApi(apiId);
    const others = stagesIn(all.map(({ entity }) => entity)).filter((stage) => !written.has(nameOf(stage)));
    const used = new Set([...stages, ...others].map(({ spec }) => spec.deploymentId));
    return beyondKept(
      all.filter(
        ({ entity }) => isKindOf(entity, "ApiDeployment") && entity.spec.autoDeployed && !used.has(entity.id),
      ),
    );
  });
}

/** httpManifestOf is what a stage of an HTTP API delivers when it points at a deployment; undefined: WebSocket APIs are kept and not served yet. */
export function httpManifestOf(
  accountId: string,
  { apiId, id, spec }: Pick<Entity<"ApiStage">, "apiId" | "id" | "spec">,
  deployment: SpecOf<"ApiDeployment"> | undefined,
): HttpStageManifest | undefined {
  const { deploymentId } = spec;
  if (deploymentId === undefined || deployment?.api.protocolType !== "HTTP") return undefined;
  const { api } = deployment;
  return { protocolType: "HTTP", accountId, apiId, stageName: id, deploymentId, stage: spec, api };
}

/** apiDeploymentOf finds a deployment of an HTTP or WebSocket API. */
export const apiDeploymentOf = (
  state: AccountState,
  apiId: string,
  id: string | undefined,
): SpecOf<"ApiDeployment"> | undefined =>
  id === undefined
    ? undefined
    : isOf(state.entities.get(nameOf({ kind: "ApiDeployment", apiId, id }))?.entity, "ApiDeployment")?.spec;

/** findApiStage finds a stage of an HTTP or WebSocket API or answers as AWS does. */
export function findApiStage(state: AccountState, apiId: string, id: string): Entity<"ApiStage"> {
  const stage = isOf(state.entities.get(nameOf({ kind: "ApiStage", apiId, id }))?.entity, "ApiStage");
  if (!stage) throw new Refusal("not-found", "Unable to find Stage by name");
  return stage;
}
