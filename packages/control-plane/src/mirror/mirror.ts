import { type Entity, isKindOf, type Kind, nameOf } from "@tollgate/config";
import type { Logger } from "@tollgate/telemetry";
import type { Store, StoreEntry, StoreEvent, Versions } from "../store/store.ts";
import { findDifference, type MirroredVersions } from "./difference.ts";
import { decodeEntity, type StoredEntity } from "./stored-entity.ts";

/** Key of the last write of an account. Every transaction puts it, so a guard on its revision covers everything that was read. */
export const HEAD = "~head";
export const CHUNKS = "chunks/";
const ANTI_ENTROPY_MS = 30_000;
/** A watch that is so late has lost something. */
const CATCH_UP_MS = 10_000;

/** AccountState is all entities of one account. Treat it as read-only outside the mirror. */
export class AccountState {
  revision = 0;
  readonly entities = new Map<string, StoredEntity>();
  /** The same by API; entities of the account itself are under "". */
  readonly byApi = new Map<string, Map<string, StoredEntity>>();
  /** Chunks of deployments by "{apiId}/{digest}". */
  readonly chunks = new Map<string, string>();

  ofApi(apiId: string): readonly StoredEntity[] {
    return [...(this.byApi.get(apiId)?.values() ?? [])];
  }

  /** find returns the entity of a kind and id. `apiId` is empty for kinds that belong to the account. */
  find<K extends Kind>(kind: K, apiId: string, id: string | undefined): Entity<K> | undefined {
    if (id === undefined) return undefined;
    return this.entities.get(nameOf({ kind, apiId, id }))?.entity as Entity<K> | undefined;
  }

  /** list returns the entities of a kind that belong to an API, or to the account. */
  list<K extends Kind>(kind: K, apiId: string): readonly Entity<K>[] {
    return this.ofApi(apiId).flatMap(({ entity }) => (isKindOf(entity, kind) ? [entity] : []));
  }

  set(stored: StoredEntity): void {
    this.entities.set(stored.name, stored);
    const apiId = stored.entity.apiId;
    const group = this.byApi.get(apiId) ?? new Map<string, StoredEntity>();
    this.byApi.set(apiId, group);
    group.set(stored.name, stored);
  }

  delete(name: string): void {
    const old = this.entities.get(name);
    if (!old) return;
    this.entities.delete(name);
    this.byApi.get(old.entity.apiId)?.delete(name);
  }
}

export const headKey = (accountId: string): string => `${accountId}/${HEAD}`;
export const entityKey = (accountId: string, entity: Pick<Entity, "kind" | "apiId" | "id">): string =>
  `${accountId}/${nameOf(entity)}`;

/** EntityChange is the change of one entity by one commit. */
export interface EntityChange {
  readonly accountId: string;
  readonly before: StoredEntity | undefined;
  readonly after: StoredEntity | undefined;
}

export interface MirrorListener {
  /** Everything may be different. */
  reset(revision: number): void;
  commit(revision: number, changes: readonly EntityChange[]): void;
}

type Meanwhile = { readonly revision: number; readonly events: readonly StoreEvent[] }[];

export interface MirrorOptions {
  /** How often it compares itself with the store. */
  readonly antiEntropyMs?: number;
  /** How long its watch may be late then. */
  readonly catchUpMs?: number;
}

/** The revision of the newest change of the config: other keys of the store have revisions too. */
const newestOf = (entries: Versions["entries"]): number =>
  entries.reduce((newest, { modRevision }) => Math.max(newest, modRevision), 0);

/** Mirror is the store's content in memory, kept current by one watch. All reads of the control plane use it. */
export class Mirror implements AsyncDisposable {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  readonly #listeners: MirrorListener[] = [];
  readonly #waiters = new Set<{ revision: number; resolve: () => void }>();
  #accounts = new Map<string, AccountState>();
  #revision = 0;
  #lag = 0;
  /** Entries of kinds that this version does not know, by key. */
  #unread = new Map<string, number>();
  /** The commits since a comparison with the store began. undefined: there is none, or what it has read is out of date. */
  #meanwhile: Meanwhile | undefined;
  #following: Promise<void> | undefined;
  #antiEntropy: NodeJS.Timeout | undefined;

  readonly #antiEntropyMs: number;
  readonly #catchUpMs: number;

  constructor(
    store: Store,
    logger: Logger,
    { antiEntropyMs = ANTI_ENTROPY_MS, catchUpMs = CATCH_UP_MS }: MirrorOptions = {},
  ) {
    this.#store = store;
    this.#logger = logger;
    this.#antiEntropyMs = antiEntropyMs;
    this.#catchUpMs = catchUpMs;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The revisions of the config that it had not read when it last compared itself with the store. */
  get lag(): number {
    return this.#lag;
  }

  get accounts(): ReadonlyMap<string, AccountState> {
    return this.#accounts;
  }

  /** account returns the state of an account, which is empty if nothing was ever written to it. */
  account(accountId: string): AccountState {
    return this.#accounts.get(accountId) ?? new AccountState();
  }

  listen(listener: MirrorListener): void {
    this.#listeners.push(listener);
  }

  /** start resolves once the store was read for the first time. */
  async start(): Promise<void> {
    this.#following = this.#follow();
    await this.reached(1);
    this.#antiEntropy = setInterval(() => void this.#compare(), this.#antiEntropyMs);
    this.#antiEntropy.unref();
  }

  /** reached resolves to true when the mirror has reached a revision, or to false after a time without it, as when the store is away. */
  reached(revision: number, timeoutMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#revision >= revision) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = { revision, resolve: () => end(true) };
      const end = (isReached: boolean) => {
        clearTimeout(late);
        this.#waiters.delete(waiter);
        resolve(isReached);
      };
      const late = timeoutMs < Number.POSITIVE_INFINITY ? setTimeout(end, timeoutMs, false) : undefined;
      this.#waiters.add(waiter);
    });
  }

  async #follow(): Promise<void> {
    for await (const item of this.#store.watch({ prefix: "", signal: this.#stopped.signal })) {
      if (item.kind === "listing") this.#reset(item.revision, item.entries);
      else this.#commit(item.revision, item.events);
    }
  }

  #reset(revision: number, entries: readonly StoreEntry[]): void {
    this.#meanwhile = undefined;
    this.#accounts = new Map();
    this.#unread = new Map();
    for (const entry of entries) this.#put(entry);
    this.#advance(revision);
    for (const listener of this.#listeners) listener.reset(revision);
  }

  #commit(revision: number, events: readonly StoreEvent[]): void {
    // A watch may still deliver what a listing had already.
    if (revision <= this.#revision) return;
    this.#meanwhile?.push({ revision, events });
    const changes: EntityChange[] = [];
    for (const event of events) {
      const change = event.type === "put" ? this.#put(event.entry) : this.#delete(event.key);
      if (change) changes.push(change);
    }
    this.#advance(revision);
    for (const listener of this.#listeners) listener.commit(revision, changes);
  }

  #place(key: string): { accountId: string; state: AccountState; name: string } {
    const at = key.indexOf("/");
    const accountId = key.slice(0, at);
    const state = this.#accounts.get(accountId) ?? new AccountState();
    this.#accounts.set(accountId, state);
    return { accountId, state, name: key.slice(at + 1) };
  }

  #put(entry: StoreEntry): EntityChange | undefined {
    const { accountId, state, name } = this.#place(entry.key);
    if (name === HEAD) {
      state.revision = entry.modRevision;
      return undefined;
    }
    if (name.startsWith(CHUNKS)) {
      state.chunks.set(name.slice(CHUNKS.length), entry.value);
      return undefined;
    }
    const after = decodeEntity(name, entry);
    if (!after) {
      this.#unread.set(entry.key, entry.modRevision);
      return undefined;
    }
    const before = state.entities.get(name);
    state.set(after);
    return { accountId, before, after };
  }

  #delete(key: string): EntityChange | undefined {
    const { accountId, state, name } = this.#place(key);
    this.#unread.delete(key);
    state.chunks.delete(name.slice(CHUNKS.length));
    const before = state.entities.get(name);
    if (!before) return undefined;
    state.delete(name);
    return { accountId, before, after: undefined };
  }

  #advance(revision: number): void {
    this.#revision = revision;
    for (const waiter of this.#waiters) {
      if (waiter.revision <= revision) waiter.resolve();
    }
  }

  /** Finds faults of the watch: what is in the store must be here too, unless it was written while they were compared. */
  async #compare(): Promise<void> {
    if (this.#meanwhile) return;
    const meanwhile: Meanwhile = [];
    this.#meanwhile = meanwhile;
    try {
      const versions = await this.#store.versions("");
      const newest = newestOf(versions.entries);
      this.#lag = Math.max(0, newest - this.#revision);
      const isLate = !(await this.reached(newest, this.#catchUpMs));
      const touched = new Set(meanwhile.flatMap(({ events }) => events.map(keyOf)));
      const difference = isLate ? "" : findDifference(this.#versions(), versions, touched);
      if (this.#meanwhile !== meanwhile || difference === undefined) return;
      const { revision, entries } = await this.#store.list("");
      if (this.#meanwhile !== meanwhile) return;
      this.#logger.error({ revision, key: difference }, "the mirror differed from the store and was rebuilt");
      this.#reset(revision, entries);
      for (const commit of meanwhile) this.#commit(commit.revision, commit.events);
    } catch {
      // The store is away: its health reports it.
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = undefined;
    }
  }

  #versions(): MirroredVersions {
    return {
      versionOf: (key) => {
        const { state, name } = this.#place(key);
        if (name === HEAD) return state.revision;
        if (name.startsWith(CHUNKS)) return state.chunks.has(name.slice(CHUNKS.length)) ? 0 : undefined;
        return state.entities.get(name)?.modRevision ?? this.#unread.get(key);
      },
      keys: () => this.#keys(),
    };
  }

  *#keys(): Generator<string> {
    for (const [accountId, { entities, chunks }] of this.#accounts) {
      for (const name of entities.keys()) yield `${accountId}/${name}`;
      for (const name of chunks.keys()) yield `${accountId}/${CHUNKS}${name}`;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#antiEntropy);
    this.#stopped.abort();
    await this.#following;
  }
}

const keyOf = (event: StoreEvent): string => (event.type === "put" ? event.entry.key : event.key);
