import {
  accountResourceName,
  canonicalJson,
  chunkResourceName,
  kindRule,
  stageResourceName,
  type Entity,
} from "@tollgate/config";
import { ALL_KEYS, createResource, type Publisher, type Resource } from "@tollgate/config-stream";
import { accountConfigOf } from "./account-config.ts";
import type { AnyStage } from "../deployment/deployment-kind.ts";
import { deploymentKindOf, deploymentOf, isAnyStage } from "../deployment/deployment-kinds.ts";
import { keyNamesOf } from "../resolve/key-index.ts";
import type { AccountState, EntityChange, Mirror, MirrorListener } from "../mirror/mirror.ts";

/** Publishing keeps a publisher at what the mirror shows: one resource a deployed stage, one a chunk that a stage needs, one an account. */
export class Publishing implements MirrorListener {
  readonly #mirror: Mirror;
  readonly #publisher: Publisher;
  /** The chunks of each stage that is delivered. */
  readonly #stages = new Map<string, readonly string[]>();
  /** How many stages need a chunk. */
  readonly #chunkUses = new Map<string, number>();

  constructor(mirror: Mirror, publisher: Publisher) {
    this.#mirror = mirror;
    this.#publisher = publisher;
  }

  reset(revision: number): void {
    const batch = new Batch();
    const present = new Set<string>();
    for (const [accountId, state] of this.#mirror.accounts) {
      batch.upserts.push(accountResource(accountId, state));
      present.add(accountResourceName(accountId));
      for (const { entity } of state.entities.values()) {
        const own = ownResource(accountId, entity);
        if (own?.content) {
          batch.upserts.push(resourceOf(own.name, own.content));
          present.add(own.name);
        }
        if (!isAnyStage(entity)) continue;
        present.add(stageResourceName(entity.apiId, entity.id));
        this.#putStage(batch, accountId, state, entity);
      }
    }
    for (const name of this.#stages.keys()) if (!present.has(name)) this.#dropStage(batch, name);
    for (const { name } of this.#publisher.resources.values())
      if (!name.startsWith("chunk/") && !present.has(name) && !batch.removals.includes(name))
        batch.removals.push(name);
    batch.changedKeys.push(ALL_KEYS);
    this.#publish(revision, batch);
  }

  commit(revision: number, changes: readonly EntityChange[]): void {
    const batch = new Batch();
    const accounts = new Set<string>();
    for (const { accountId, before, after } of changes) {
      const entity = (after ?? before)?.entity;
      if (!entity) continue;
      const state = this.#mirror.account(accountId);
      if (isAnyStage(entity)) {
        if (after) this.#putStage(batch, accountId, state, entity);
        else this.#dropStage(batch, stageResourceName(entity.apiId, entity.id));
      }
      const own = ownResource(accountId, entity);
      if (own?.content && after) batch.upserts.push(resourceOf(own.name, own.content));
      else if (own) batch.removals.push(own.name);
      // Any key may be of somebody whom they are about; sessions are known by their tokens alone.
      if (before && kindRule(entity.kind).permits) batch.changedKeys.push(ALL_KEYS);
      batch.changedKeys.push(
        ...keyNamesOf(accountId, before?.entity),
        ...keyNamesOf(accountId, after?.entity),
      );
      // The first thing written to an account makes it known to the nodes.
      const known = this.#publisher.resources.get(accountResourceName(accountId)) !== undefined;
      if (kindRule(entity.kind).delivery?.within === "account" || !known) accounts.add(accountId);
    }
    for (const accountId of accounts)
      batch.upserts.push(accountResource(accountId, this.#mirror.account(accountId)));
    this.#publish(revision, batch);
  }

  #putStage(batch: Batch, accountId: string, state: AccountState, stage: AnyStage): void {
    const { apiId } = stage;
    const kind = deploymentKindOf(stage);
    const manifest = kind.manifestOf(accountId, stage, (id) => deploymentOf(state, kind, apiId, id));
    const name = stageResourceName(apiId, stage.id);
    if (!manifest) {
      if (this.#stages.has(name)) this.#dropStage(batch, name);
      return;
    }
    const before = this.#stages.get(name) ?? [];
    const chunks = kind.digestsOfManifest(manifest);
    for (const digest of chunks) {
      const uses = this.#chunkUses.get(digest) ?? 0;
      this.#chunkUses.set(digest, uses + 1);
      if (uses > 0) continue;
      const json = state.chunks.get(`${apiId}/${digest}`);
      if (json !== undefined) batch.chunk(createResource(chunkResourceName(digest), Buffer.from(json)));
    }
    this.#release(batch, before);
    this.#stages.set(name, chunks);
    batch.upserts.push(resourceOf(name, manifest));
  }

  #dropStage(batch: Batch, name: string): void {
    this.#release(batch, this.#stages.get(name) ?? []);
    this.#stages.delete(name);
    batch.removals.push(name);
  }

  #release(batch: Batch, chunks: readonly string[]): void {
    for (const digest of chunks) {
      const uses = (this.#chunkUses.get(digest) ?? 1) - 1;
      if (uses > 0) this.#chunkUses.set(digest, uses);
      else {
        this.#chunkUses.delete(digest);
        batch.unused.add(digest);
      }
    }
  }

  #publish(revision: number, batch: Batch): void {
    // A chunk that one stage let go of and another took up in the same commit stays.
    const unused = [...batch.unused].filter((digest) => !this.#chunkUses.has(digest)).map(chunkResourceName);
    this.#publisher.publish(
      revision,
      [...batch.chunks.values(), ...batch.upserts],
      [...batch.removals, ...unused],
      batch.changedKeys,
    );
  }
}

class Batch {
  readonly upserts: Resource[] = [];
  readonly chunks = new Map<string, Resource>();
  readonly removals: string[] = [];
  readonly unused = new Set<string>();
  readonly changedKeys: string[] = [];

  chunk(resource: Resource): void {
    this.chunks.set(resource.name, resource);
  }
}

/** The resource of an entity that is delivered by itself; undefined: it is not. Without `content` no node may have it. */
function ownResource(
  accountId: string,
  entity: Entity,
): { readonly name: string; readonly content: object | undefined } | undefined {
  const { delivery } = kindRule(entity.kind);
  if (delivery?.within !== "itself") return undefined;
  return { name: delivery.nameOf(accountId, entity), content: delivery.contentOf(accountId, entity) };
}

const resourceOf = (name: string, content: object): Resource =>
  createResource(name, Buffer.from(canonicalJson(content)));

const accountResource = (accountId: string, state: AccountState): Resource =>
  resourceOf(accountResourceName(accountId), accountConfigOf(accountId, state));
