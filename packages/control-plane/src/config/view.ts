import { isKindOf, nameOf, type Entity, type Kind } from "@tollgate/config";
import type { AccountState } from "../mirror/mirror.ts";
import { draftEntity, type StoredEntity } from "../mirror/stored-entity.ts";

/** Change is what would be written: what goes in, and what goes away. */
export interface ChangeSet {
  readonly puts: readonly Entity[];
  readonly deletes: readonly StoredEntity[];
}

/** View is the account as it would be after a change. */
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

  /** get is an entity as it would be; undefined: there would be none. */
  get(name: string): Entity | undefined {
    return (
      this.#puts.get(name) ?? (this.#deleted.has(name) ? undefined : this.#state.entities.get(name)?.entity)
    );
  }

  /** isUntouched tells whether an entity is there and stays as it is. */
  isUntouched(name: string): boolean {
    return this.#state.entities.has(name) && !this.#puts.has(name) && !this.#deleted.has(name);
  }

  /** find is the entity of a kind and id, as it would be. */
  find<K extends Kind>(kind: K, apiId: string, id: string): Entity<K> | undefined {
    return this.get(nameOf({ kind, apiId, id })) as Entity<K> | undefined;
  }

  /** list are the entities of a kind below an API, or of the account, as they would be. */
  list<K extends Kind>(kind: K, apiId: string): readonly Entity<K>[] {
    return [...this.entitiesOf(apiId)].flatMap((entity) => (isKindOf(entity, kind) ? [entity] : []));
  }

  apis(): Iterable<string> {
    return this.#state.byApi.keys();
  }

  /** Entities that stay and were not touched, of one API. */
  *untouchedOf(apiId: string): Generator<Entity> {
    for (const [name, { entity }] of this.#state.byApi.get(apiId) ?? [])
      if (!this.#puts.has(name) && !this.#deleted.has(name)) yield entity;
  }

  /** Entities of one API, or of the account itself, as they would be. */
  *entitiesOf(apiId: string): Generator<Entity> {
    yield* this.untouchedOf(apiId);
    for (const entity of this.#puts.values()) if (entity.apiId === apiId) yield entity;
  }

  /** The same in the form of what is stored. */
  ofApi(apiId: string): StoredEntity[] {
    const untouched = this.#state.ofApi(apiId).filter(({ name }) => this.isUntouched(name));
    const puts = [...this.#puts.values()].filter((entity) => entity.apiId === apiId);
    return [...untouched, ...puts.map(draftEntity)];
  }
}
