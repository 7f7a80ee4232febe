import { type Entity, nameOf, parseName } from "@tollgate/config";
import type { StoreEntry } from "../store/store.ts";
import { AccountState } from "./account-state.ts";
import type { MirroredVersions } from "./difference.ts";
import type { StoredEntity } from "./stored-entity.ts";

/** Key of the last write of an account. Every transaction puts it, so a guard on its revision covers everything that was read. */
export const HEAD = "~head";
export const CHUNKS = "chunks/";

export const headKey = (accountId: string): string => `${accountId}/${HEAD}`;
export const entityKey = (accountId: string, entity: Pick<Entity, "kind" | "apiId" | "id">): string =>
  `${accountId}/${nameOf(entity)}`;

/** EntityChange is the change of one entity by one commit. */
export interface EntityChange {
  readonly accountId: string;
  readonly before: StoredEntity | undefined;
  readonly after: StoredEntity | undefined;
}

/** MirrorContent is what a mirror has read: the accounts, and what tells whether it is the same as in the store. */
export class MirrorContent implements MirroredVersions {
  readonly accounts = new Map<string, AccountState>();
  /** Entries of kinds that this version does not know, by key. */
  readonly #unread = new Map<string, number>();

  #place(key: string): { accountId: string; state: AccountState; name: string } {
    const at = key.indexOf("/");
    const accountId = key.slice(0, at);
    const state = this.accounts.get(accountId) ?? new AccountState(accountId);
    this.accounts.set(accountId, state);
    return { accountId, state, name: key.slice(at + 1) };
  }

  /** load takes an entry of a listing. */
  load(entry: StoreEntry): void {
    const { state, name } = this.#place(entry.key);
    if (name === HEAD) {
      state.revision = entry.modRevision;
      state.head = entry.value;
    } else if (name.startsWith(CHUNKS)) state.chunks.set(name.slice(CHUNKS.length), entry.value);
    else {
      const ref = parseName(name);
      if (ref) state.put(name, ref, entry);
      else this.#unread.set(entry.key, entry.modRevision);
    }
  }

  /** put takes an entry of a commit, and returns the entity that it changes. */
  put(entry: StoreEntry): EntityChange | undefined {
    const { accountId, state, name } = this.#place(entry.key);
    const before = state.entities.get(name);
    this.load(entry);
    const after = state.entities.get(name);
    return after && { accountId, before, after };
  }

  delete(key: string): EntityChange | undefined {
    const { accountId, state, name } = this.#place(key);
    this.#unread.delete(key);
    state.chunks.delete(name.slice(CHUNKS.length));
    const before = state.entities.get(name);
    if (!before) return undefined;
    state.delete(name);
    return { accountId, before, after: undefined };
  }

  get size(): number {
    let size = this.#unread.size;
    for (const { entities, chunks, revision } of this.accounts.values())
      size += entities.size + chunks.size + (revision > 0 ? 1 : 0);
    return size;
  }

  versionOf(key: string): number | undefined {
    const { state, name } = this.#place(key);
    if (name === HEAD) return state.revision;
    if (name.startsWith(CHUNKS)) return state.chunks.has(name.slice(CHUNKS.length)) ? 0 : undefined;
    return state.entities.versionOf(name) ?? this.#unread.get(key);
  }

  *keys(): Generator<string> {
    for (const [accountId, { entities, chunks }] of this.accounts) {
      for (const name of entities.keys()) yield `${accountId}/${name}`;
      for (const name of chunks.keys()) yield `${accountId}/${CHUNKS}${name}`;
    }
  }
}
