import {
  accountArtifactName,
  canonicalJson,
  chunkArtifactName,
  type Entity,
  kindRule,
  parseArtifactName,
  stageArtifactName,
} from "@tollgate/config";
import { ALL_KEYS, type Artifact, createArtifact } from "@tollgate/config-stream";
import type { Publisher } from "@tollgate/config-stream/publisher";
import type { AnyStage } from "../deployment/deployment-kind.ts";
import { deploymentKindOf, deploymentOf } from "../deployment/deployment-kinds.ts";
import type { AccountState, EntityChange, Mirror, MirrorListener } from "../mirror/mirror.ts";
import { keysTouched } from "../resolve/customer-index.ts";
import { keyNamesOf } from "../resolve/key-names.ts";
import { accountConfigOf } from "./account-config.ts";
import { readableByLastVersion } from "./last-version.ts";

/**
 * Publishing keeps a publisher up to date with the mirror. It publishes one artifact per deployed stage, per chunk that a stage needs, per
 * account, and per entity of the kinds that are delivered separately.
 */
export class Publishing implements MirrorListener {
  readonly #mirror: Pick<Mirror, "accounts" | "account">;
  readonly #publisher: Publisher;
  /** The chunks of each published stage, by the name of the stage's artifact. */
  readonly #stages = new Map<string, readonly string[]>();
  /** How many stages need a chunk. */
  readonly #chunkUses = new Map<string, number>();

  constructor(mirror: Pick<Mirror, "accounts" | "account">, publisher: Publisher) {
    this.#mirror = mirror;
    this.#publisher = publisher;
  }

  reset(revision: number): void {
    const batch = new Batch();
    for (const [accountId, state] of this.#mirror.accounts) {
      batch.put(accountArtifact(accountId, state));
      // What is numerous is not delivered: nodes look it up.
      for (const { entity } of state.entities.unpacked()) this.#put(batch, accountId, state, entity);
    }
    const present = new Set(batch.upserts.map(({ name }) => name));
    for (const name of this.#stages.keys()) if (!present.has(name)) this.#drop(batch, name);
    for (const { name } of this.#publisher.artifacts.values())
      if (parseArtifactName(name)?.type !== "chunk" && !present.has(name)) batch.removals.add(name);
    batch.changedKeys.push(ALL_KEYS);
    this.#publish(revision, batch);
  }

  commit(revision: number, changes: readonly EntityChange[]): void {
    const batch = new Batch();
    const accounts = new Set<string>();
    for (const { accountId, before, after } of changes) {
      const entity = (after ?? before)?.entity;
      if (!entity) continue;
      const { delivery, permits } = kindRule(entity.kind);
      if (after) this.#put(batch, accountId, this.#mirror.account(accountId), entity);
      else this.#drop(batch, artifactNameOf(accountId, entity));
      // They may affect the owner of any key; sessions are resolved by their tokens only.
      if (before && permits) batch.changedKeys.push(ALL_KEYS);
      batch.changedKeys.push(
        ...keyNamesOf(accountId, before?.entity),
        ...keyNamesOf(accountId, after?.entity),
        ...this.#keysOfCustomers(accountId, { before, after }),
      );
      // Nodes learn of an account when something is first written to it.
      const known = this.#publisher.artifacts.get(accountArtifactName(accountId)) !== undefined;
      if (delivery?.within === "account" || !known) accounts.add(accountId);
    }
    for (const accountId of accounts) batch.put(accountArtifact(accountId, this.#mirror.account(accountId)));
    this.#publish(revision, batch);
  }

  /** The names of keys that a change of customers and what they use matters to: nodes have to look them up again. */
  #keysOfCustomers(accountId: string, change: Pick<EntityChange, "before" | "after">): readonly string[] {
    const account = this.#mirror.account(accountId);
    return keysTouched(change, account).flatMap((id) =>
      keyNamesOf(accountId, account.find("ApiKey", "", id)),
    );
  }

  /** The artifact of an entity, unless the entity is part of its account's artifact. */
  #put(batch: Batch, accountId: string, state: AccountState, entity: Entity): void {
    const { delivery } = kindRule(entity.kind);
    if (delivery?.within === "stage") this.#putStage(batch, accountId, state, entity as AnyStage);
    if (delivery?.within !== "itself") return;
    const content = delivery.contentOf(accountId, entity);
    if (content) batch.put(artifactOf(delivery.nameOf(accountId, entity), content));
    else this.#drop(batch, artifactNameOf(accountId, entity));
  }

  #putStage(batch: Batch, accountId: string, state: AccountState, stage: AnyStage): void {
    const { apiId, id } = stage;
    const name = stageArtifactName(apiId, id);
    const kind = deploymentKindOf(stage);
    const manifest = kind.manifestOf(accountId, stage, (id) => deploymentOf(state, kind, apiId, id));
    if (!manifest) return this.#drop(batch, name);
    const chunks = kind.digestsOfManifest(manifest);
    const before = this.#stages.get(name) ?? [];
    for (const digest of chunks) {
      const uses = this.#chunkUses.get(digest) ?? 0;
      this.#chunkUses.set(digest, uses + 1);
      if (uses > 0) continue;
      const json = state.chunks.get(`${apiId}/${digest}`);
      if (json !== undefined)
        batch.chunks.set(digest, createArtifact(chunkArtifactName(digest), Buffer.from(json)));
    }
    this.#release(batch, before);
    this.#stages.set(name, chunks);
    batch.put(artifactOf(name, manifest));
  }

  #drop(batch: Batch, name: string | undefined): void {
    if (name === undefined) return;
    this.#release(batch, this.#stages.get(name) ?? []);
    this.#stages.delete(name);
    batch.removals.add(name);
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
    // A chunk stays if another stage began to use it in the same commit.
    const unused = [...batch.unused].filter((digest) => !this.#chunkUses.has(digest)).map(chunkArtifactName);
    this.#publisher.publish(
      revision,
      [...batch.chunks.values(), ...batch.upserts],
      [...batch.removals, ...unused],
      batch.changedKeys,
    );
  }
}

/** Batch is the changes of one publication. */
class Batch {
  readonly upserts: Artifact[] = [];
  readonly chunks = new Map<string, Artifact>();
  readonly removals = new Set<string>();
  readonly unused = new Set<string>();
  readonly changedKeys: string[] = [];

  put(artifact: Artifact): void {
    this.upserts.push(artifact);
  }
}

/** The artifact of an entity. undefined: it has none, or is part of its account's artifact. */
function artifactNameOf(accountId: string, entity: Entity): string | undefined {
  const { delivery } = kindRule(entity.kind);
  if (delivery?.within === "stage") return stageArtifactName(entity.apiId, entity.id);
  return delivery?.within === "itself" ? delivery.nameOf(accountId, entity) : undefined;
}

const artifactOf = (name: string, content: object): Artifact =>
  createArtifact(name, Buffer.from(canonicalJson(readableByLastVersion(name, content))));

const accountArtifact = (accountId: string, state: AccountState): Artifact =>
  artifactOf(accountArtifactName(accountId), accountConfigOf(accountId, state));
