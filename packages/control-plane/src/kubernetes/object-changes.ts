import { randomUUID } from "node:crypto";
import {
  type Entity,
  type EntityRef,
  isApi,
  isKindOf,
  type Manifest,
  nameOf,
  type Problem,
  problemAt,
} from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { Application } from "../application.ts";
import { recordCall } from "../audit/record-call.ts";
import { changeAccount } from "../change/change.ts";
import type { ChangeOutcome, ChangeRequest, WantedChange } from "../change/wanted-change.ts";
import { parseEntities } from "../config/apply.ts";
import { refuse } from "../config/refuse.ts";
import { STACK_LABEL } from "../config/stack-label.ts";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { type ObjectRef, OWNER_LABEL, ownerOf, parseOwner, shownRef } from "./objects.ts";
import type { OwnedEntities } from "./owned-entities.ts";

/** Names of entities in an audit record. */
const NAMED_MAX = 50;
/** Longest value of a label of an entity. */
const OWNER_MAX = 256;
const MESSAGE_MAX = 1_000;

export interface ObjectChangesOptions {
  readonly application: Application;
  readonly owned: OwnedEntities;
  readonly role: KubernetesSettings["role"];
  /** The accounts of a namespace: its objects change no other ones, whatever has their name as a label there. */
  readonly accountsOf: KubernetesSettings["accountsOf"];
  /** Whether this process still leads, which is looked at just before each write: an old version of an object must not come after a newer one. */
  readonly isLeading: () => boolean;
  /** Whether an object that has entities still exists; where it does not, another one may take them over. */
  readonly exists: (ref: ObjectRef) => boolean;
}

/** NotLeading is thrown instead of a write when another process leads. */
export class NotLeading extends Error {}

const failureOf = (error: unknown) => ({
  code: error instanceof Refusal ? error.reason : "INTERNAL",
  message: String((error as Error).message).slice(0, MESSAGE_MAX),
});

/** Instead of the deployment of a stage that is deployed automatically, which nobody knows who writes an object. */
const AUTOMATIC = "automatic";

/** A stage of a REST API with autoDeploy needs no deploymentId in an object, as those of HTTP APIs need none anywhere. */
function withDeployment(kind: string, spec: unknown): unknown {
  if (kind !== "Stage" || typeof spec !== "object" || spec === null) return spec;
  const isAutomatic = "autoDeploy" in spec && spec.autoDeploy === true && !("deploymentId" in spec);
  return isAutomatic ? { ...spec, deploymentId: AUTOMATIC } : spec;
}

/** Such a stage with the deployment that it has. */
function asDeployed(state: AccountState, entity: Entity): Entity {
  if (!isKindOf(entity, "Stage") || entity.spec.deploymentId !== AUTOMATIC) return entity;
  const { deploymentId } = state.find("Stage", entity.apiId, entity.id)?.spec ?? entity.spec;
  return { ...entity, spec: { ...entity.spec, deploymentId } };
}

const isEmpty = ({ entities }: ChangeOutcome): boolean =>
  entities.every(({ action }) => action === "unchanged");

/**
 * ObjectChanges changes accounts for objects of Kubernetes, as gRPC's Apply does for its callers: an object is one transaction, its entities have its name as
 * a label, and what it has applied and does not contain any more is deleted.
 */
export class ObjectChanges {
  readonly #options: ObjectChangesOptions;

  constructor(options: ObjectChangesOptions) {
    this.#options = options;
  }

  /** apply writes the manifests of an object into an account. It throws a Refusal with every problem, and has changed nothing then. */
  async apply(
    ref: ObjectRef,
    accountId: string,
    manifests: readonly Manifest[],
    dryRun: boolean,
  ): Promise<ChangeOutcome> {
    const owner = ownerOf(ref);
    if (owner.length > OWNER_MAX)
      throw new Refusal(
        "invalid",
        `the name ${owner} has more than ${OWNER_MAX} characters: choose a shorter one`,
      );
    const entities = parseEntities({
      entities: manifests.map(({ kind, apiId = "", id = "", labels, spec }) => ({
        kind,
        apiId,
        id,
        labels: { ...labels, [OWNER_LABEL]: owner },
        specJson: JSON.stringify(withDeployment(kind, spec ?? {})),
      })),
    });
    const outcome = await this.#change(ref, accountId, entities, dryRun, (state) => {
      this.#refuseOthers(state, owner, entities);
      const named = new Set(entities.map(nameOf));
      const pointed = entities.map((entity) => asDeployed(state, entity));
      return { entities: pointed, deletes: this.#deletes(state, owner, accountId, named) };
    });
    // Where it was applied before, under another account.
    if (!dryRun)
      for (const other of this.#accountsOf(ref)) if (other !== accountId) await this.#delete(ref, other);
    return outcome;
  }

  /** remove deletes what an object has applied, or lets it go. It throws a Refusal if other entities refer to it. */
  async remove(ref: ObjectRef, isOrphaning: boolean): Promise<void> {
    for (const accountId of this.#accountsOf(ref))
      await (isOrphaning ? this.#release(ref, accountId) : this.#delete(ref, accountId));
  }

  /** The accounts in which an object has entities, and may change them. */
  #accountsOf(ref: ObjectRef): readonly string[] {
    const own = this.#options.accountsOf(ref.namespace);
    return this.#options.owned.accountsOf(ownerOf(ref)).filter((accountId) => own.includes(accountId));
  }

  #delete(ref: ObjectRef, accountId: string): Promise<ChangeOutcome> {
    const owner = ownerOf(ref);
    return this.#change(ref, accountId, [], false, (state) => ({
      deletes: this.#deletes(state, owner, accountId, new Set()),
    }));
  }

  /** Takes the label off. */
  #release(ref: ObjectRef, accountId: string): Promise<ChangeOutcome> {
    const owner = ownerOf(ref);
    return this.#change(ref, accountId, [], false, (state) => ({
      entities: this.#options.owned.of(owner, accountId).flatMap((one): Entity[] => {
        const entity = state.entities.get(nameOf(one))?.entity;
        if (entity?.labels[OWNER_LABEL] !== owner) return [];
        const { [OWNER_LABEL]: _, ...labels } = entity.labels;
        return [{ ...entity, labels }];
      }),
    }));
  }

  /** Only what changes something is recorded: objects are looked at again and again. */
  async #change(
    ref: ObjectRef,
    accountId: string,
    entities: readonly Entity[],
    dryRun: boolean,
    want: (state: AccountState) => WantedChange,
  ): Promise<ChangeOutcome> {
    const { application, role } = this.#options;
    const operator: Operator = { name: `kubernetes/${ownerOf(ref)}`, roles: [role] };
    const request: ChangeRequest = { accountId, asker: operator, want };
    const planned = await changeAccount(application, { ...request, dryRun: true });
    if (dryRun || isEmpty(planned)) return planned;
    if (!this.#options.isLeading()) throw new NotLeading("another control plane applies objects");
    const { audit, region, logger } = application;
    return recordCall(
      audit,
      {
        accountId,
        eventSource: "kubernetes.tollgate",
        eventName: entities.length > 0 ? "ApplyObject" : "DeleteObject",
        userIdentity: {
          type: "Operator",
          principalId: operator.name,
          userName: operator.name,
          roles: [role],
        },
        sourceIpAddress: "kubernetes.tollgate",
        userAgent: "tollgate-controller",
        region,
        isReadOnly: false,
        parameters: {
          ...ref,
          entityCount: entities.length,
          entities: entities.slice(0, NAMED_MAX).map(({ kind, apiId, id }) => ({ kind, apiId, id })),
        },
        requestId: randomUUID(),
      },
      () => changeAccount(application, request),
      {
        failureOf,
        report: (error) => logger.error({ err: error }, "an object of Kubernetes could not be recorded"),
      },
    );
  }

  /** Another object, or a stack, has applied an entity before: they would take turns. */
  #refuseOthers(state: AccountState, owner: string, entities: readonly Entity[]): void {
    const problems = entities.flatMap((entity): Problem[] => {
      const { labels = {} } = state.entities.get(nameOf(entity))?.entity ?? {};
      const at = `${entity.kind}/${entity.id}`;
      const other = this.#otherOwner(labels, owner);
      if (other !== undefined) return [problemAt(at, facts.APPLIED_BY_OBJECT({ object: shownRef(other) }))];
      const stack = labels[STACK_LABEL];
      return stack === undefined ? [] : [problemAt(at, facts.APPLIED_BY_STACK({ stack }))];
    });
    if (problems.length > 0) refuse(problems);
  }

  /** The object that has applied an entity, if it is another one and exists. */
  #otherOwner(labels: Entity["labels"], owner: string): ObjectRef | undefined {
    const label = labels[OWNER_LABEL];
    const ref = label === undefined || label === owner ? undefined : parseOwner(label);
    return ref && this.#options.exists(ref) ? ref : undefined;
  }

  /** What an object has applied, except for what it still has. An API whose parts another object, or a stack, has applied is not deleted with them. */
  #deletes(
    state: AccountState,
    owner: string,
    accountId: string,
    named: ReadonlySet<string>,
  ): readonly EntityRef[] {
    const refs = this.#options.owned
      .of(owner, accountId)
      .filter((ref) => !named.has(nameOf(ref)) && state.entities.has(nameOf(ref)));
    const problems = refs
      .filter(({ kind }) => isApi(kind))
      .flatMap(({ kind, id }) =>
        state.ofApi(id).flatMap(({ entity }): Problem[] => {
          const other = this.#otherOwner(entity.labels, owner);
          const stack = entity.labels[STACK_LABEL];
          if (other === undefined && stack === undefined) return [];
          const object = other ? shownRef(other) : `the stack '${stack}'`;
          const part = { kind: entity.kind, id: entity.id, object };
          return [problemAt(`${kind}/${id}`, facts.HAS_PARTS_OF_OBJECT(part))];
        }),
      );
    if (problems.length > 0) refuse(problems);
    return refs;
  }
}
