import { type Entity, type Kind, nameOf } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import { draftEntity, type StoredEntity } from "../mirror/stored-entity.ts";

/** ChangeSet is what would be written: entities that are put, and entities that are deleted. */
export interface ChangeSet {
  readonly puts: readonly Entity[];
  readonly deletes: readonly StoredEntity[];
}

/** View is an account as it would be after a change. */
export class View {
  readonly #state: AccountState;
  readonly #puts: ReadonlyMap<string, Entity>;
  readonly #deleted: ReadonlySet<string>;

  constructor(state: AccountState, { puts, deletes }: ChangeSet) {
    this.#state = state;
    this.#puts = new Map(puts.map((entity) => [nameOf(entity), entity]));
    this.#deleted = new Set(deletes.map((stored) => stored.name));
  }

  has(name: string): boolean {
    return this.#puts.has(name) || (this.#state.entities.has(name) && !this.#deleted.has(name));
  }

  /** get returns an entity as it would be. undefined: it would not exist. */
  get(name: string): Entity | undefined {
    return (
      this.#puts.get(name) ?? (this.#deleted.has(name) ? undefined : this.#state.entities.get(name)?.entity)
    );
  }

  /** isUntouched says whether an entity exists and is not part of the change. */
  isUntouched(name: string): boolean {
    return this.#state.entities.has(name) && !this.#puts.has(name) && !this.#deleted.has(name);
  }

  /** find returns the entity of a kind and id, as it would be. */
  find<K extends Kind>(kind: K, apiId: string, id: string): Entity<K> | undefined {
    return this.get(nameOf({ kind, apiId, id })) as Entity<K> | undefined;
  }

  /** list returns the entities of a kind that belong to an API or to the account, as they would be. */
  list<K extends Kind>(kind: K, apiId: string): readonly Entity<K>[] {
    return [...this.entitiesOf(apiId, (one) => one === kind)] as Entity<K>[];
  }

  apis(): Iterable<string> {
    return this.#state.byApi.keys();
  }

  /** Entities of one API that are not part of the change, of some kinds. */
  *untouchedOf(apiId: string, isWanted: (kind: Kind) => boolean = () => true): Generator<Entity> {
    for (const { name, entity } of this.#state.ofKinds(apiId, isWanted))
      if (!this.#puts.has(name) && !this.#deleted.has(name)) yield entity;
  }

  /** Entities of one API or of the account itself, of some kinds, as they would be. */
  *entitiesOf(apiId: string, isWanted: (kind: Kind) => boolean = () => true): Generator<Entity> {
    yield* this.untouchedOf(apiId, isWanted);
    for (const entity of this.#puts.values())
      if (entity.apiId === apiId && isWanted(entity.kind)) yield entity;
  }

  /** The same entities in the form of stored ones. */
  ofApi(apiId: string): StoredEntity[] {
    const untouched = this.#state.ofApi(apiId).filter(({ name }) => this.isUntouched(name));
    const puts = [...this.#puts.values()].filter((entity) => entity.apiId === apiId);
    return [...untouched, ...puts.map(draftEntity)];
  }
}
