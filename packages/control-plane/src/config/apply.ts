import {
  canonicalJson,
  completeSecrets,
  digestOf,
  isDeployment,
  nameOf,
  parseManifest,
  parseSpecJson,
  type Entity,
  type EntityRef,
  type Problem,
} from "@tollgate/config";
import { toProtoProblem } from "@tollgate/proto/rpc";
import { Change_Action as Action, type ApplyRequest } from "@tollgate/proto/control";
import type { Operator } from "@tollgate/proto/access";
import type { Application } from "../application.ts";
import { autoDeploy } from "../deployment/auto-deploy.ts";
import { checkStages } from "../deployment/check-stage.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import { chunkWrites } from "../deployment/frozen-deployment.ts";
import { freezePlanned, type PlannedDeployment } from "../deployment/planned-deployments.ts";
import { deployedWith, retiredWith } from "../deployment/http-api-deployment.ts";
import { cascade } from "./cascade.ts";
import { checkMayWrite } from "./permissions.ts";
import { refuse } from "./refuse.ts";
import type { Plan } from "./transaction.ts";
import { checkChange } from "./validate.ts";
import { accountOf, shownJson, toProtoDraft, toProtoEntity } from "./wire.ts";
import { Refusal } from "../refusal.ts";

interface AppliedChange {
  readonly action: Action;
  readonly before: StoredEntity | undefined;
  readonly after: Entity | undefined;
}

/** parseEntities parses every entity of a request, or refuses it with all problems at once. */
function parseEntities(request: ApplyRequest): Entity[] {
  const problems: Problem[] = [];
  const entities = new Map<string, Entity>();
  for (const [i, { kind, apiId, id, labels, specJson }] of request.entities.entries()) {
    const at = `${kind || "Entity"}/${id || `#${i + 1}`}`;
    const spec = parseSpecJson(specJson, at);
    if (!spec.ok) {
      problems.push(...spec.problems);
      continue;
    }
    const parsed = parseManifest({ kind, apiId, id, labels, spec: spec.value }, i);
    if (!parsed.ok) {
      problems.push(...parsed.problems);
      continue;
    }
    const name = nameOf(parsed.value);
    if (entities.has(name)) problems.push({ path: at, message: `is in the request twice` });
    entities.set(name, parsed.value);
  }
  if (problems.length > 0) refuse(problems);
  return [...entities.values()];
}

const sameLabels = (a: Entity, b: Entity) => canonicalJson(a.labels) === canonicalJson(b.labels);

function changesOf(state: AccountState, entities: readonly Entity[]): AppliedChange[] {
  return entities.map((after) => {
    const before = state.entities.get(nameOf(after));
    if (!before) return { action: Action.CREATED, before, after };
    const same = before.digest === digestOf(canonicalJson(after.spec)) && sameLabels(before.entity, after);
    return { action: same ? Action.UNCHANGED : Action.UPDATED, before, after };
  });
}

/** Deployments are immutable: an unchanged one may be in a request, so that what `get` printed can be applied. */
function deploymentProblems(changes: readonly AppliedChange[]): Problem[] {
  return changes.flatMap(({ action, after }) =>
    after && isDeployment(after.kind) && action !== Action.UNCHANGED
      ? [
          {
            path: `${after.kind}/${after.id}`,
            message: "a deployment is an immutable snapshot: make one with CreateDeployment",
          },
        ]
      : [],
  );
}

/** prunedOf are the entities with the labels of a prune that the request does not name. */
function prunedOf(state: AccountState, request: ApplyRequest, entities: readonly Entity[]): Entity[] {
  if (!request.prune) return [];
  const wanted = Object.entries(request.prune.labels);
  if (wanted.length === 0)
    throw new Refusal(
      "invalid",
      "prune.labels is empty: name the labels of what may be deleted, or leave prune out",
    );
  const named = new Set(entities.map(nameOf));
  return [...state.entities.values()]
    .filter(
      ({ name, entity }) => !named.has(name) && wanted.every(([key, value]) => entity.labels[key] === value),
    )
    .map(({ entity }) => entity);
}

/** ChangeRequest is what a caller wants written, decided on one state of the account. */
export interface ChangeRequest {
  readonly accountId: string;
  /** 0 means any. */
  readonly expectedRevision: number;
  /** Only tell what would change. */
  readonly dryRun: boolean;
  /** Deletes take along what is below them. */
  readonly changeOf: (state: AccountState) => WantedChange | Promise<WantedChange>;
}

/** WantedChange is what is to be written. */
export interface WantedChange {
  readonly entities: readonly Entity[];
  readonly deletes: readonly EntityRef[];
  /** Deployments of APIs as the change leaves them. */
  readonly deployments?: readonly PlannedDeployment[];
}

function deletedOf(state: AccountState, deletes: readonly EntityRef[], named: ReadonlySet<string>) {
  const selected = deletes.flatMap((ref) => state.entities.get(nameOf(ref)) ?? []);
  return cascade(state, selected).filter(({ name }) => !named.has(name));
}

/** applyChange writes entities and deletes others in one transaction, or refuses it with every problem. */
export async function applyChange(application: Application, operator: Operator, request: ChangeRequest) {
  const { writer, mirror, compiler, keys } = application;
  const { accountId, expectedRevision, dryRun, changeOf } = request;
  const decide = async (state: AccountState): Promise<Plan<readonly AppliedChange[]>> => {
    const { entities, deletes: deleted, deployments: planned = [] } = await changeOf(state);
    checkMayWrite(operator, entities);
    const complete = entities.map((entity) =>
      completeSecrets(entity, state.entities.get(nameOf(entity))?.entity),
    );
    const named = deletedOf(state, deleted, new Set(entities.map(nameOf)));
    const live = deployedWith(state, complete, new Set(named.map(({ name }) => name)));
    const changes = changesOf(state, live.entities);
    const retired = retiredWith(state, live.entities);
    const deletes = [...named, ...retired.filter((stored) => !named.includes(stored))];
    checkMayWrite(
      operator,
      deletes.map(({ entity }) => entity),
    );
    const written = changes.flatMap(({ action, after }) =>
      after && action !== Action.UNCHANGED ? [after] : [],
    );
    const frozen = freezePlanned(compiler, accountId, state, { puts: written, deletes }, planned);
    const made = [...frozen.deployments, ...live.deployments];
    const puts = [...written, ...made];
    const problems = [
      ...deploymentProblems(changes),
      ...checkChange({ mirror, keys }, accountId, state, { puts, deletes }),
    ];
    if (problems.length === 0)
      problems.push(...(await checkStages(compiler, accountId, state, puts, frozen.chunks)));
    if (problems.length > 0) refuse(problems);
    const result = [
      ...changes,
      ...made.map((after) => ({ action: Action.CREATED, before: undefined, after })),
      ...deletes.map((before) => ({ action: Action.DELETED, before, after: undefined })),
    ];
    return { puts, deletes, ...chunkWrites(state, deletes, frozen.chunks), dryRun, result };
  };
  const { revision, result, written } = await writer.run({ accountId, expectedRevision, decide });
  const deployed = await autoDeploy(application, accountId, written);
  const state = mirror.account(accountId);
  return {
    revision: BigInt(deployed.revision || revision),
    autoDeployProblems: deployed.problems.map(toProtoProblem),
    changes: result.map(({ action, before, after }) => {
      const stored = after && !dryRun ? state.entities.get(nameOf(after)) : undefined;
      return {
        action,
        entity: stored
          ? toProtoEntity(stored, { withSecrets: action === Action.CREATED })
          : after
            ? toProtoDraft(after)
            : before && toProtoEntity(before),
        beforeJson: before ? shownJson(before.entity.kind, before.specJson) : "",
      };
    }),
  };
}

/** apply is ConfigService.Apply: all entities in one transaction, or none and every problem. */
export async function apply(application: Application, request: ApplyRequest, operator: Operator) {
  const accountId = accountOf(request.accountId);
  const entities = parseEntities(request);
  return applyChange(application, operator, {
    accountId,
    expectedRevision: Number(request.expectedRevision),
    dryRun: request.dryRun,
    changeOf: (state) => ({ entities, deletes: prunedOf(state, request, entities) }),
  });
}
