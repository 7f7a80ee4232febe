import { createHash } from "node:crypto";
import { isKindOf, type Entity } from "@tollgate/config";
import type { AccountState, EntityChange, MirrorListener } from "../mirror/mirror.ts";

/** Kinds that callers show keys of. */
type Keyed = "ApiKey" | "User" | "RootAccessKey";

/** KeyOwner is the entity that a key belongs to, and its account. */
export interface KeyOwner<K extends Keyed = Keyed> {
  readonly accountId: string;
  readonly entity: Entity<K>;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** apiKeyName is the name that a value of an API key is resolved by. */
export const apiKeyName = (accountId: string, value: string): string =>
  `apikey/${accountId}/${sha256(value)}`;
const accessKeyName = (accessKeyId: string): string => `accesskey/${accessKeyId}`;

/** keyNamesOf are the names that an entity is resolved by. */
export function keyNamesOf(accountId: string, entity: Entity | undefined): readonly string[] {
  if (entity && isKindOf(entity, "ApiKey"))
    return entity.spec.value === undefined ? [] : [apiKeyName(accountId, entity.spec.value)];
  if (entity && isKindOf(entity, "RootAccessKey")) return [accessKeyName(entity.id)];
  if (entity && isKindOf(entity, "User")) return Object.keys(entity.spec.accessKeys).map(accessKeyName);
  return [];
}

/** KeyIndex finds entities by the keys that callers show. */
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
    if (!isKindOf(entity, "ApiKey") && !isKindOf(entity, "User") && !isKindOf(entity, "RootAccessKey"))
      return;
    for (const name of keyNamesOf(accountId, entity)) this.#owners.set(name, { accountId, entity });
  }
}
