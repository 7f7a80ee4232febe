import { type Entity, kindRule } from "@tollgate/config";
import type { AccountState, EntityChange, MirrorListener } from "../mirror/mirror.ts";

/** KeyOwner is the entity that a key belongs to, and its account. */
export interface KeyOwner {
  readonly accountId: string;
  readonly entity: Entity;
}

/** keyNamesOf returns the names by which an entity is resolved. */
export const keyNamesOf = (accountId: string, entity: Entity | undefined): readonly string[] =>
  (entity && kindRule(entity.kind).keyNames?.(accountId, entity)) ?? [];

/** KeyIndex finds entities by the keys that callers send. */
export class KeyIndex implements MirrorListener {
  readonly #accounts: () => ReadonlyMap<string, AccountState>;
  readonly #owners = new Map<string, KeyOwner>();

  constructor(accounts: () => ReadonlyMap<string, AccountState>) {
    this.#accounts = accounts;
  }

  find(name: string): KeyOwner | undefined {
    return this.#owners.get(name);
  }

  reset(): void {
    this.#owners.clear();
    for (const [accountId, state] of this.#accounts())
      for (const { entity } of state.entities.values()) this.#add(accountId, entity);
  }

  commit(_revision: number, changes: readonly EntityChange[]): void {
    for (const { accountId, before } of changes)
      for (const name of keyNamesOf(accountId, before?.entity)) this.#owners.delete(name);
    for (const { accountId, after } of changes) if (after) this.#add(accountId, after.entity);
  }

  #add(accountId: string, entity: Entity): void {
    for (const name of keyNamesOf(accountId, entity)) this.#owners.set(name, { accountId, entity });
  }
}
