import type { Logger } from "@tollgate/telemetry";
import type { AccountState } from "./account-state.ts";
import type { PackedEntities } from "./packed-entities.ts";
import type { PackedSnapshots, SavedAccount } from "./packed-snapshot.ts";

/** Fewer entities are read from the store in less time than a snapshot is worth. */
const SIZE_MIN = 20_000;
/** How soon a process that had no snapshot writes one, and how often it is made newer. */
const FIRST_MS = 1_000;
const INTERVAL_MS = 10 * 60_000;

/** Mirrored is what a mirror has now. */
export interface Mirrored {
  readonly accounts: ReadonlyMap<string, AccountState>;
  readonly revision: number;
  /** Names the store. */
  readonly source: string | undefined;
}

/** SnapshotKeeper writes a snapshot of a mirror now and then, where it has enough to be worth it. */
export class SnapshotKeeper implements AsyncDisposable {
  readonly #snapshots: PackedSnapshots;
  readonly #mirrored: () => Mirrored;
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> | undefined;
  /** What the snapshot has, and how much of it had changed until then. */
  #saved: ReadonlyMap<PackedEntities, number> | undefined;

  readonly #sizeMin: number;

  constructor(snapshots: PackedSnapshots, mirrored: () => Mirrored, logger: Logger, sizeMin = SIZE_MIN) {
    this.#sizeMin = sizeMin;
    this.#snapshots = snapshots;
    this.#mirrored = mirrored;
    this.#logger = logger;
  }

  start(): void {
    this.#saveIn(this.#snapshots.has ? INTERVAL_MS : FIRST_MS);
  }

  #saveIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#saving = this.save().then(() => {
        if (!this.#stopped.signal.aborted) this.#saveIn(INTERVAL_MS);
      });
    }, ms).unref();
  }

  /** save makes the snapshot as new as the mirror. It never rejects. */
  async save(): Promise<void> {
    const { accounts, revision, source } = this.#mirrored();
    const saved = new Map<string, SavedAccount>();
    for (const [accountId, { entities, head }] of accounts)
      if (entities.packed.size > 0) saved.set(accountId, { packed: entities.packed, head });
    const all = [...saved.values()].map(({ packed }) => packed);
    const size = all.reduce((sum, one) => sum + one.size, 0);
    try {
      if (size < this.#sizeMin || source === undefined) return this.#snapshots.drop();
      const counts = new Map(all.map((one) => [one, one.changeCount]));
      if (this.#snapshots.has && this.#isSaved(counts)) return await this.#snapshots.confirm(revision, saved);
      const newest = () => this.#mirrored().revision;
      await this.#snapshots.write(saved, { source, revision, newest }, this.#stopped.signal);
      this.#saved = counts;
    } catch (error) {
      if (!this.#stopped.signal.aborted)
        this.#logger.warn({ error: String(error) }, "a snapshot of the store could not be written");
    }
  }

  #isSaved(counts: ReadonlyMap<PackedEntities, number>): boolean {
    const saved = this.#saved;
    return saved?.size === counts.size && [...counts].every(([one, count]) => saved.get(one) === count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopped.abort();
    await this.#saving;
  }
}
