import { type Entity, type EntityRef, isNumerous, type Kind, nameOf, numerousKinds } from "@tollgate/config";
import type { StoreEntry } from "../store/store.ts";
import { PackedEntities } from "./packed-entities.ts";
import { decodeEntity, type StoredEntity } from "./stored-entity.ts";

/** Entities are the entities of an account by name. Those of numerous kinds are packed: each that is returned is a copy, made for the caller. */
export class Entities {
  readonly #own = new Map<string, StoredEntity>();
  readonly packed: PackedEntities;

  constructor(packed: PackedEntities) {
    this.packed = packed;
  }

  get size(): number {
    return this.#own.size + this.packed.size;
  }

  has(name: string): boolean {
    return this.#own.has(name) || this.packed.versionOf(name) !== undefined;
  }

  get(name: string): StoredEntity | undefined {
    return this.#own.get(name) ?? this.packed.get(name);
  }

  /** The revision at which an entity was last written; undefined: there is none of this name. */
  versionOf(name: string): number | undefined {
    return this.#own.get(name)?.modRevision ?? this.packed.versionOf(name);
  }

  /** Those that are not packed. */
  unpacked(): Iterable<StoredEntity> {
    return this.#own.values();
  }

  *values(): Generator<StoredEntity> {
    yield* this.#own.values();
    yield* this.packed.values();
  }

  *keys(): Generator<string> {
    yield* this.#own.keys();
    yield* this.packed.names();
  }

  set(stored: StoredEntity): void {
    this.#own.set(stored.name, stored);
  }

  /** delete returns what it has deleted, unless that was packed. */
  delete(name: string): StoredEntity | undefined {
    const stored = this.#own.get(name);
    if (stored) this.#own.delete(name);
    else this.packed.delete(name);
    return stored;
  }
}

/** AccountState is all entities of one account. Treat it as read-only outside the mirror. */
export class AccountState {
  revision = 0;
  /** The value of its head, which differs with each commit. */
  head = "";
  readonly entities: Entities;
  /** Those that are not packed by API; entities of the account itself are under "". */
  readonly byApi = new Map<string, Map<string, StoredEntity>>();
  readonly #stale = new Set<string>();
  /** Chunks of deployments by "{apiId}/{digest}". */
  readonly chunks = new Map<string, string>();

  constructor(accountId = "", packed = new PackedEntities(accountId)) {
    this.entities = new Entities(packed);
  }

  /** ofApi returns the entities of an API, or of the account. */
  ofApi(apiId: string): readonly StoredEntity[] {
    return [...this.ofKinds(apiId, () => true)];
  }

  /** ofKinds returns those of some kinds, one by one. A million that are not wanted cost nothing. */
  *ofKinds(apiId: string, isWanted: (kind: Kind) => boolean): Generator<StoredEntity> {
    for (const stored of this.byApi.get(apiId)?.values() ?? [])
      if (isWanted(stored.entity.kind)) yield stored;
    if (apiId !== "" || !numerousKinds.some(isWanted)) return;
    for (const stored of this.entities.packed.values()) if (isWanted(stored.entity.kind)) yield stored;
  }

  /** find returns the entity of a kind and id. `apiId` is empty for kinds that belong to the account. */
  find<K extends Kind>(kind: K, apiId: string, id: string | undefined): Entity<K> | undefined {
    if (id === undefined) return undefined;
    return this.entities.get(nameOf({ kind, apiId, id }))?.entity as Entity<K> | undefined;
  }

  /** stored returns the entities of a kind that belong to an API, or to the account. */
  stored<K extends Kind>(kind: K, apiId: string): readonly StoredEntity<K>[] {
    return [...this.ofKinds(apiId, (one) => one === kind)] as unknown as readonly StoredEntity<K>[];
  }

  /** list returns the same without what the store knows of them. */
  list<K extends Kind>(kind: K, apiId: string): readonly Entity<K>[] {
    return this.stored(kind, apiId).map(({ entity }) => entity);
  }

  /** Whether there are secrets that are sealed with another key than the first, or as an older version does it. */
  get isStale(): boolean {
    return this.#stale.size + this.entities.packed.staleCount > 0;
  }

  /** put takes an entry of the store. */
  put(name: string, ref: EntityRef, entry: StoreEntry): void {
    if (isNumerous(ref.kind)) return this.entities.packed.put(name, ref, entry);
    this.set(decodeEntity(ref, entry));
    if (entry.sealed?.isCurrent === false) this.#stale.add(name);
    else this.#stale.delete(name);
  }

  set(stored: StoredEntity): void {
    this.entities.set(stored);
    const { apiId } = stored.entity;
    const group = this.byApi.get(apiId) ?? new Map<string, StoredEntity>();
    this.byApi.set(apiId, group);
    group.set(stored.name, stored);
  }

  delete(name: string): void {
    const stored = this.entities.delete(name);
    this.#stale.delete(name);
    if (stored) this.byApi.get(stored.entity.apiId)?.delete(name);
  }
}
