import { canonicalJson, type Entity, isFrozen, nameOf, type Problem, problemAt } from "@tollgate/config";
import type { View } from "../config/view.ts";
import type { AnyDeployment, AnyStage, DeploymentContent } from "../deployment/deployment-kind.ts";
import { isAnyDeployment, isAnyStage } from "../deployment/deployment-kinds.ts";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { NotDeployed } from "./expanded-change.ts";
import type { ApiAfter, Freezer } from "./freezer.ts";
import { exceededQuota } from "./retirement.ts";

export interface AutomaticOptions {
  readonly state: AccountState;
  /** The account after the change. */
  readonly after: View;
  /** The entities that differ from the stored ones. */
  readonly written: readonly Entity[];
  readonly deletes: readonly StoredEntity[];
  /** Names of the stages whose deployment the change sets itself. */
  readonly pointed: ReadonlySet<string>;
  readonly asked: readonly AnyDeployment[];
  readonly freezer: Freezer;
  /** APIs that are not deployed automatically. */
  readonly left: NotDeployed;
}

export interface AutomaticDeployments {
  readonly deployments: readonly AnyDeployment[];
  /** Stages with their new deployments. */
  readonly stages: readonly AnyStage[];
  readonly notDeployed: NotDeployed;
}

/** Whether a stage has just got autoDeploy, or was pointed at another deployment by hand. */
function asksForDeployment(state: AccountState, stage: AnyStage): boolean {
  const before = state.entities.get(nameOf(stage))?.entity;
  if (!stage.spec.autoDeploy) return false;
  return (
    !isAnyStage(before) || !before.spec.autoDeploy || before.spec.deploymentId !== stage.spec.deploymentId
  );
}

/** APIs whose deployed content changes, or whose stage needs a deployment. */
function touchedApis({ state, written, deletes }: AutomaticOptions): Set<string> {
  const touched = new Set<string>();
  for (const entity of [...written, ...deletes.map((stored) => stored.entity)])
    if (isFrozen(entity.kind)) touched.add(entity.apiId || entity.id);
    else if (isAnyStage(entity) && asksForDeployment(state, entity)) touched.add(entity.apiId);
  return touched;
}

/** The content of a deployment, without its origin. */
function contentOf({ spec }: AnyDeployment): DeploymentContent {
  const { description: _description, createTimeUnixMs: _time, autoDeployed: _automatic, ...content } = spec;
  return content;
}

const isSelfDeploying =
  ({ pointed }: AutomaticOptions) =>
  (stage: Entity): stage is AnyStage =>
    isAnyStage(stage) && stage.spec.autoDeploy && !pointed.has(nameOf(stage));

/** Points the stages of an API at the deployment that they must serve, which is created if it does not exist. */
function deployApi(
  { state, after, asked, freezer }: AutomaticOptions,
  found: ApiAfter,
  stages: readonly AnyStage[],
) {
  const { api, kind, frozen } = found;
  const content = canonicalJson(frozen.content);
  const isFresh = (id: string | undefined): id is string => {
    if (id === undefined) return false;
    const name = nameOf({ kind: kind.deploymentKind, apiId: api.id, id });
    const deployment = asked.find((one) => nameOf(one) === name) ?? after.get(name);
    return isAnyDeployment(deployment) && canonicalJson(contentOf(deployment)) === content;
  };
  const freshOf = (stage: AnyStage) => {
    const before = state.entities.get(nameOf(stage))?.entity;
    return [stage.spec.deploymentId, isAnyStage(before) ? before.spec.deploymentId : undefined].find(isFresh);
  };
  const ids = stages.map(freshOf);
  const automaticId = kind.automaticId(frozen.content);
  const isMissing = ids.includes(undefined) && !isFresh(automaticId);
  return {
    stages: stages.map(
      (stage, i) => ({ ...stage, spec: { ...stage.spec, deploymentId: ids[i] ?? automaticId } }) as AnyStage,
    ),
    deployment: isMissing
      ? freezer.make(found, { id: automaticId, description: kind.automaticDescription }, true)
      : undefined,
  };
}

/** The quota of deployments that an automatic one of an API would exceed; undefined: there is room for it. */
function fullAt({ state, after, asked }: AutomaticOptions, apiId: string, pointed: readonly AnyStage[]) {
  const entities = [...after.entitiesOf(apiId)];
  const moved = new Set(pointed.map(nameOf));
  return exceededQuota(state, entities.filter(isAnyDeployment), {
    stages: [...entities.filter(isAnyStage).filter((stage) => !moved.has(nameOf(stage))), ...pointed],
    asked: asked.filter((deployment) => deployment.apiId === apiId).length,
  });
}

/**
 * automaticDeployments points the stages with autoDeploy of every changed API at a deployment of the API after the change. A stage that
 * already serves the same content is not changed.
 */
export function automaticDeployments(options: AutomaticOptions): AutomaticDeployments {
  const { after, freezer, left } = options;
  const deployments: AnyDeployment[] = [];
  const pointed: AnyStage[] = [];
  const notDeployed = new Map<string, readonly Problem[]>();
  for (const apiId of touchedApis(options)) {
    const stages = left.has(apiId) ? [] : [...after.entitiesOf(apiId)].filter(isSelfDeploying(options));
    const found = stages.length > 0 ? freezer.api(apiId) : undefined;
    if (!found) continue;
    const { kind, frozen } = found;
    const isEmpty = kind.callCountOf(frozen.content) === 0;
    // As on AWS, an API without routes is deployed only to stages that have served it with some.
    if (
      isEmpty &&
      kind.autoDeploy === "strict" &&
      stages.every(({ spec }) => spec.deploymentId === undefined)
    )
      continue;
    if (isEmpty && kind.autoDeploy === "lenient") {
      const path = `${kind.stageKind}/${stages[0]?.id}.autoDeploy`;
      notDeployed.set(apiId, [problemAt(path, facts.NOTHING_TO_CALL({ reason: kind.nothingToCall }))]);
      continue;
    }
    const made = deployApi(options, found, stages);
    const most =
      made.deployment && kind.autoDeploy === "lenient" ? fullAt(options, apiId, made.stages) : undefined;
    if (most !== undefined) {
      const path = `${kind.stageKind}/${stages[0]?.id}.autoDeploy`;
      notDeployed.set(apiId, [problemAt(path, facts.DEPLOYMENTS_FULL({ most }))]);
      continue;
    }
    if (made.deployment) deployments.push(made.deployment);
    pointed.push(...made.stages);
  }
  return { deployments, stages: pointed, notDeployed };
}
