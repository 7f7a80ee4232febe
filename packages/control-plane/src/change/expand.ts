import { canonicalJson, completeSecrets, type Entity, type EntityRef, nameOf } from "@tollgate/config";
import { View } from "../config/view.ts";
import type { AnyDeployment, AnyStage } from "../deployment/deployment-kind.ts";
import {
  apiOf,
  checkMovable,
  isAnyDeployment,
  isAnyStage,
  pointedAt,
} from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { draftEntity, type StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import { automaticDeployments } from "./automatic-deployments.ts";
import { cascade } from "./cascade.ts";
import type { ChangeContext, Drafts, ExpandedChange, NotDeployed } from "./expanded-change.ts";
import { Freezer } from "./freezer.ts";
import { withKept } from "./kept-members.ts";
import { retiredWith } from "./retirement.ts";
import type { EntityOutcome, WantedChange, WantedStage } from "./wanted-change.ts";

/** Members that an author leaves out or cannot set: secrets, what control planes write, and whether a deployment is automatic. */
function completed(state: AccountState, entity: Entity): Entity {
  const stored = state.entities.get(nameOf(entity))?.entity;
  if (isAnyDeployment(entity) && isAnyDeployment(stored))
    return { ...entity, spec: { ...entity.spec, autoDeployed: stored.spec.autoDeployed } } as AnyDeployment;
  return completeSecrets(withKept(entity, stored), stored);
}

/** The stage of the change, the stored stage or a new one, pointed at a deployment. */
function pointed({ accountId, state }: ChangeContext, drafts: Drafts, wanted: WantedStage): AnyStage {
  const { kind } = apiOf(state, accountId, wanted.apiId);
  const name = nameOf({ kind: kind.stageKind, apiId: wanted.apiId, id: wanted.stageName });
  const present = drafts.get(name) ?? state.entities.get(name)?.entity;
  const stage = isAnyStage(present) ? present : undefined;
  if (stage) checkMovable(kind, stage);
  return pointedAt(kind, wanted, stage);
}

function deletedOf(state: AccountState, refs: readonly EntityRef[], drafts: Drafts): StoredEntity[] {
  const selected = refs.map((ref) => {
    const stored = state.entities.get(nameOf(ref));
    if (!stored) throw new Refusal("not-found", `${ref.kind} '${ref.id}' does not exist`);
    return stored;
  });
  return cascade(state, selected).filter(({ name }) => !drafts.has(name));
}

function outcomeOf(state: AccountState, after: Entity): EntityOutcome {
  const before = state.entities.get(nameOf(after));
  if (!before) return { action: "created", before, after };
  const isSame =
    before.digest === draftEntity(after).digest &&
    canonicalJson(before.entity.labels) === canonicalJson(after.labels);
  return { action: isSame ? "unchanged" : "updated", before, after };
}

const writtenOf = (outcomes: readonly EntityOutcome[]): Entity[] =>
  outcomes.flatMap(({ action, after }) => (action !== "unchanged" && after ? [after] : []));

/** APIs with stages that are created, changed or deleted. */
const movedApis = (entities: readonly Entity[]): ReadonlySet<string> =>
  new Set(entities.filter(isAnyStage).map(({ apiId }) => apiId));

/**
 * expand adds to a wanted change everything that is written with it: omitted secrets, the parts of deleted APIs, deployments of the changed
 * APIs, stages with autoDeploy (except for the APIs in `left`), and automatic deployments that are retired.
 */
export function expand(context: ChangeContext, wanted: WantedChange, left: NotDeployed): ExpandedChange {
  const { state } = context;
  const drafts = new Map<string, Entity>();
  for (const entity of wanted.entities ?? []) drafts.set(nameOf(entity), completed(state, entity));
  const byHand = (wanted.stages ?? []).map((stage) => pointed(context, drafts, stage));
  for (const stage of byHand) drafts.set(nameOf(stage), stage);
  const named = deletedOf(state, wanted.deletes ?? [], drafts);
  const drafted = [...drafts.values()].map((entity) => outcomeOf(state, entity));

  const after = new View(state, { puts: [...drafts.values()], deletes: named });
  const freezer = new Freezer(context, after);
  const asked = (wanted.deployments ?? []).map((deployment) => freezer.asked(deployment));
  const automatic = automaticDeployments({
    state,
    after,
    written: writtenOf(drafted),
    deletes: named,
    pointed: new Set(byHand.map(nameOf)),
    asked,
    freezer,
    left,
  });
  for (const stage of automatic.stages) drafts.set(nameOf(stage), stage);
  const deployments = [...asked, ...automatic.deployments];

  const outcomes = [...drafts.values()].map((entity) => outcomeOf(state, entity));
  const written = writtenOf(outcomes);
  const moved = movedApis([...written, ...named.map(({ entity }) => entity)]);
  const made = new Set(deployments.map(nameOf));
  const settled = new View(state, { puts: [...drafts.values(), ...deployments], deletes: named });
  const deletes = [...named.filter(({ name }) => !made.has(name)), ...retiredWith(state, settled, moved)];
  return {
    puts: [...written, ...deployments],
    deletes,
    outcomes: [
      ...outcomes,
      ...deployments.map(
        (entity): EntityOutcome => ({ action: "created", before: undefined, after: entity }),
      ),
      ...deletes.map((before): EntityOutcome => ({ action: "deleted", before, after: undefined })),
    ],
    deployments,
    automatic: new Set(automatic.stages.map(nameOf)),
    notDeployed: new Map([...left, ...automatic.notDeployed]),
    chunks: freezer.chunks,
  };
}
