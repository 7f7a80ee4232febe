import { type EntityRef, nameOf, parseName } from "@tollgate/config";
import type { AccountState, EntityChange, MirrorListener } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { OWNER_LABEL } from "./objects.ts";

const ownerIn = (stored: StoredEntity | undefined): string | undefined => stored?.entity.labels[OWNER_LABEL];

export interface OwnedEntitiesOptions {
  readonly accounts: () => ReadonlyMap<string, AccountState>;
  /** Entities of an object were written or deleted, by whomever. */
  readonly onChange: (owner: string) => void;
  /** Something was written: what was refused before may not be now. */
  readonly onCommit: () => void;
}

/** OwnedEntities finds the entities that an object has applied, by their label, without a walk over all entities. */
export class OwnedEntities implements MirrorListener {
  readonly #options: OwnedEntitiesOptions;
  /** Names by account, by owner. */
  readonly #names = new Map<string, Map<string, Set<string>>>();

  constructor(options: OwnedEntitiesOptions) {
    this.#options = options;
  }

  get owners(): Iterable<string> {
    return this.#names.keys();
  }

  /** accountsOf are the accounts in which an object has entities. */
  accountsOf(owner: string): readonly string[] {
    return [...(this.#names.get(owner)?.keys() ?? [])];
  }

  /** of are the entities of an object in an account. */
  of(owner: string, accountId: string): readonly EntityRef[] {
    return [...(this.#names.get(owner)?.get(accountId) ?? [])].flatMap((name) => parseName(name) ?? []);
  }

  reset(): void {
    this.#names.clear();
    for (const [accountId, { entities }] of this.#options.accounts())
      for (const stored of entities.values()) this.#add(accountId, stored);
  }

  commit(_revision: number, changes: readonly EntityChange[]): void {
    const touched = new Set<string>();
    for (const { accountId, before, after } of changes) {
      const [old, now] = [ownerIn(before), ownerIn(after)];
      if (old !== undefined) touched.add(old);
      if (now !== undefined) touched.add(now);
      if (before && old !== undefined && old !== now) this.#remove(old, accountId, before);
      if (after) this.#add(accountId, after);
      else if (before && old !== undefined) this.#remove(old, accountId, before);
    }
    for (const owner of touched) this.#options.onChange(owner);
    this.#options.onCommit();
  }

  #add(accountId: string, stored: StoredEntity): void {
    const owner = ownerIn(stored);
    if (owner === undefined) return;
    const accounts = this.#names.get(owner) ?? new Map<string, Set<string>>();
    this.#names.set(owner, accounts);
    const names = accounts.get(accountId) ?? new Set<string>();
    accounts.set(accountId, names.add(nameOf(stored.entity)));
  }

  #remove(owner: string, accountId: string, { entity }: StoredEntity): void {
    const accounts = this.#names.get(owner);
    const names = accounts?.get(accountId);
    names?.delete(nameOf(entity));
    if (names?.size === 0) accounts?.delete(accountId);
    if (accounts?.size === 0) this.#names.delete(owner);
  }
}
