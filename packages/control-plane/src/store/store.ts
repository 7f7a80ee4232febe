/** StoreEntry is one key with its value and the revision of its last write. */
export interface StoreEntry {
  readonly key: string;
  readonly value: string;
  readonly modRevision: number;
}

/** StoreEvent is one change of one key. */
export type StoreEvent =
  | { readonly type: "put"; readonly entry: StoreEntry }
  | { readonly type: "delete"; readonly key: string; readonly modRevision: number };

/** Guard holds when the key's last write is of this revision; 0 stands for a key that is not there. */
export interface Guard {
  readonly key: string;
  readonly modRevision: number;
}

export interface Commit {
  readonly guards: readonly Guard[];
  readonly puts: readonly { readonly key: string; readonly value: string }[];
  readonly deletes: readonly string[];
}

/** CommitOutcome: `committed` is false when a guard did not hold; nothing was written then. */
export interface CommitOutcome {
  readonly committed: boolean;
  /** Revision of the commit, or the store's present one. */
  readonly revision: number;
}

export interface Listing {
  readonly revision: number;
  readonly entries: readonly StoreEntry[];
}

/** WatchItem: a listing first (and again whenever the history needed is gone), then each commit as one item. */
export type WatchItem =
  | ({ readonly kind: "listing" } & Listing)
  | { readonly kind: "commit"; readonly revision: number; readonly events: readonly StoreEvent[] };

export interface WatchOptions {
  readonly prefix: string;
  /** Begin with the commits after this revision instead of a listing; if they are gone, a listing comes first after all. */
  readonly afterRevision?: number;
  readonly signal: AbortSignal;
}

/**
 * Store keeps the desired state. Both implementations pass `store.contract.ts`:
 * revisions grow with every commit; a commit of any size is atomic, for listings and for watchers; a watch yields every commit once, in
 * order, over any fault, or starts over with a listing.
 */
export interface Store extends AsyncDisposable {
  /** Everything below a prefix at one revision, in the order of the keys. */
  list(prefix: string): Promise<Listing>;
  commit(commit: Commit): Promise<CommitOutcome>;
  watch(options: WatchOptions): AsyncIterable<WatchItem>;
  /** Forgets the history up to a revision. */
  compact(revision: number): Promise<void>;
}
