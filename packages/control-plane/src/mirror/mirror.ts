import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import { Refusal } from "../refusal.ts";
import { keyOfEvent, type Reading, readAll, type Store, type StoreEvent } from "../store/store.ts";
import { AccountState } from "./account-state.ts";
import { compareByCount, findDifference, newestOf } from "./difference.ts";
import { type EntityChange, MirrorContent } from "./mirror-content.ts";
import { type PackedSnapshots, Unusable } from "./packed-snapshot.ts";
import { Resumption } from "./resumption.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";

export { AccountState } from "./account-state.ts";
export { CHUNKS, type EntityChange, entityKey, HEAD, headKey } from "./mirror-content.ts";

const ANTI_ENTROPY_MS = 30_000;
/** Comparing takes at most one part in so many of the time: a store may have a million entries. */
const PART_OF_TIME = 20;
/** A store that is away is tried again after this time. */
const RETRY_MS = 200;
/** A watch that is so late has lost something. */
const CATCH_UP_MS = 10_000;

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
  /** Where it keeps what takes long to read from the store; undefined: nowhere. */
  readonly snapshots?: PackedSnapshots | undefined;
}

/** Mirror is the store's content in memory, kept current by one watch. All reads of the control plane use it. */
export class Mirror implements AsyncDisposable {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  readonly #listeners: MirrorListener[] = [];
  readonly #waiters = new Set<{ revision: number; resolve: () => void }>();
  #content = new MirrorContent();
  #revision = 0;
  #lag = 0;
  /** The commits since a comparison with the store began. undefined: there is none, or what it has read is out of date. */
  #meanwhile: Meanwhile | undefined;
  #following: Promise<void> | undefined;
  #antiEntropy: NodeJS.Timeout | undefined;
  /** What it has was made of a snapshot: what that did not have may still come. */
  #resumption: Resumption | undefined;
  /** Names the store that it has read. */
  #source: string | undefined;
  readonly #snapshots: PackedSnapshots | undefined;
  readonly #keeper: SnapshotKeeper | undefined;

  readonly #antiEntropyMs: number;
  readonly #catchUpMs: number;

  constructor(
    store: Store,
    logger: Logger,
    { antiEntropyMs = ANTI_ENTROPY_MS, catchUpMs = CATCH_UP_MS, snapshots }: MirrorOptions = {},
  ) {
    this.#snapshots = snapshots;
    this.#keeper =
      snapshots &&
      new SnapshotKeeper(
        snapshots,
        () => ({ accounts: this.accounts, revision: this.#revision, source: this.#source }),
        logger,
      );
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
    return this.#content.accounts;
  }

  /** account returns the state of an account, which is empty if nothing was ever written to it. */
  account(accountId: string): AccountState {
    return this.#content.accounts.get(accountId) ?? new AccountState(accountId);
  }

  listen(listener: MirrorListener): void {
    this.#listeners.push(listener);
  }

  /** start resolves once the store was read for the first time. */
  async start(): Promise<void> {
    this.#following = this.#follow();
    await this.reached(1);
    this.#keeper?.start();
    this.#compareIn(this.#antiEntropyMs);
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
    try {
      const resumption = await this.#resume();
      return await this.#followAfter(resumption);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      this.#logger.warn(
        { reason: error.message },
        "the snapshot of the store is not used: all of it is read",
      );
      this.#snapshots?.drop();
    }
    await this.#followAfter(undefined);
  }

  /** Begins with a snapshot, if there is one. Throws Unusable if it cannot be used. */
  async #resume(): Promise<Resumption | undefined> {
    const snapshot = await this.#snapshots?.read();
    while (snapshot && !this.#stopped.signal.aborted) {
      try {
        return await Resumption.begin(this.#store, snapshot);
      } catch (error) {
        // While the store is away, it cannot be read without a snapshot either.
        if (!(error instanceof Refusal))
          throw error instanceof Unusable ? error : new Unusable(`it cannot be used (${String(error)})`);
        this.#logger.debug({ error: String(error) }, "the store cannot be read yet");
        await delay(RETRY_MS, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  /** Follows the store, at first to where what was resumed is whole. */
  async #followAfter(resumption: Resumption | undefined): Promise<void> {
    let pending = resumption;
    const complete = () => {
      if (!pending?.isComplete) return;
      pending.check();
      this.#resumption = pending;
      this.#source = pending.source;
      this.#reset(pending.revision, pending.content);
      pending = undefined;
    };
    const after = resumption && { afterRevision: resumption.afterRevision };
    complete();
    for await (const item of this.#store.watch({ prefix: "", ...after, signal: this.#stopped.signal })) {
      if (item.kind === "listing") {
        if (pending) throw new Unusable("the history of the store does not reach back to it");
        this.#resumption = undefined;
        await this.#read(item);
        continue;
      }
      pending?.take(item.revision, item.events);
      complete();
      if (!pending) this.#commit(item.revision, item.events);
    }
  }

  /** Reads a listing. What was read before stays until all of it is there; if it cannot be read to its end, the store lists again. */
  async #read({ revision, source, pages }: Reading): Promise<void> {
    const content = new MirrorContent();
    const iterator = pages[Symbol.asyncIterator]();
    for (;;) {
      const page = await iterator.next().catch((error: unknown) => {
        this.#logger.debug({ error: String(error) }, "the store could not be listed to its end");
      });
      if (!page) return;
      if (page.done) break;
      for (const entry of page.value) content.load(entry);
    }
    this.#source = source;
    this.#reset(revision, content);
  }

  #reset(revision: number, content: MirrorContent): void {
    this.#meanwhile = undefined;
    this.#content = content;
    this.#advance(revision);
    for (const listener of this.#listeners) listener.reset(revision);
  }

  #commit(revision: number, events: readonly StoreEvent[]): void {
    // A watch may still deliver what a listing had already, and what it has left out.
    const isListed = revision <= this.#revision;
    if (!isListed) this.#resumption = undefined;
    const resumption = this.#resumption;
    const fresh = isListed ? events.filter((event) => resumption?.isLeftOut(event)) : events;
    if (isListed && fresh.length === 0) return;
    this.#meanwhile?.push({ revision, events: fresh });
    const changes: EntityChange[] = [];
    for (const event of fresh) {
      const change = event.type === "put" ? this.#content.put(event.entry) : this.#content.delete(event.key);
      if (change) changes.push(change);
    }
    this.#advance(Math.max(revision, this.#revision));
    for (const listener of this.#listeners) listener.commit(this.#revision, changes);
  }

  #advance(revision: number): void {
    this.#revision = revision;
    for (const waiter of this.#waiters) {
      if (waiter.revision <= revision) waiter.resolve();
    }
  }

  #compareIn(ms: number): void {
    this.#antiEntropy = setTimeout(async () => {
      const startMs = performance.now();
      await this.#compare();
      const tookMs = performance.now() - startMs;
      if (!this.#stopped.signal.aborted)
        this.#compareIn(Math.max(this.#antiEntropyMs, tookMs * PART_OF_TIME));
    }, ms).unref();
  }

  /** Finds faults of the watch: what is in the store must be here too, unless it was written while they were compared. */
  async #compare(): Promise<void> {
    const meanwhile: Meanwhile = [];
    this.#meanwhile = meanwhile;
    try {
      const { newest, isSame } = await compareByCount(this.#content, await this.#store.versions(""));
      this.#lag = Math.max(0, newest - this.#revision);
      const key = isSame ? undefined : await this.#difference(meanwhile);
      if (this.#meanwhile !== meanwhile || key === undefined) return;
      const { revision, pages } = await this.#store.read("");
      const content = new MirrorContent();
      for await (const page of pages) for (const entry of page) content.load(entry);
      if (this.#meanwhile !== meanwhile) return;
      this.#logger.error({ revision, key }, "the mirror differed from the store and was rebuilt");
      this.#reset(revision, content);
      for (const commit of meanwhile) this.#commit(commit.revision, commit.events);
    } catch {
      // The store is away: its health reports it.
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = undefined;
    }
  }

  /** The key of what is different; empty: the watch is too late to say which. undefined: nothing is. */
  async #difference(meanwhile: Meanwhile): Promise<string | undefined> {
    const entries = await readAll(await this.#store.versions(""));
    const newest = newestOf(entries);
    this.#lag = Math.max(0, newest - this.#revision);
    if (!(await this.reached(newest, this.#catchUpMs))) return "";
    const touched = new Set(meanwhile.flatMap(({ events }) => events.map(keyOfEvent)));
    return findDifference(this.#content, entries, touched);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#antiEntropy);
    this.#stopped.abort();
    await this.#keeper?.[Symbol.asyncDispose]();
    await this.#following;
  }
}
