import { type Entity, isNumerous, type Kind } from "@tollgate/config";
import type { AccountState, EntityChange, MirrorListener } from "../mirror/mirror.ts";
import { keyNamesOf } from "./key-names.ts";

/** KeyOwner is the entity that a key belongs to, and its account. */
export interface KeyOwner {
  readonly accountId: string;
  readonly entity: Entity;
}

/** KeyIndex finds entities by the keys that callers send. What is packed is found by the mirror itself. */
export class KeyIndex implements MirrorListener {
  readonly #accounts: () => ReadonlyMap<string, AccountState>;
  readonly #owners = new Map<string, KeyOwner>();

  constructor(accounts: () => ReadonlyMap<string, AccountState>) {
    this.#accounts = accounts;
  }

  find(name: string): KeyOwner | undefined {
    const owner = this.#owners.get(name);
    if (owner) return owner;
    const [, accountId = ""] = name.split("/");
    const entity = this.#accounts().get(accountId)?.entities.packed.ofKeyName(name)?.entity;
    return entity && { accountId, entity };
  }

  reset(): void {
    this.#owners.clear();
    for (const [accountId, state] of this.#accounts())
      for (const { entity } of state.entities.unpacked()) this.#add(accountId, entity);
  }

  commit(_revision: number, changes: readonly EntityChange[]): void {
    const unpacked = changes.filter(
      ({ before, after }) => !isNumerous((before ?? after)?.entity.kind as Kind),
    );
    for (const { accountId, before } of unpacked)
      for (const name of keyNamesOf(accountId, before?.entity)) this.#owners.delete(name);
    for (const { accountId, after } of unpacked) if (after) this.#add(accountId, after.entity);
  }

  #add(accountId: string, entity: Entity): void {
    for (const name of keyNamesOf(accountId, entity)) this.#owners.set(name, { accountId, entity });
  }
}
