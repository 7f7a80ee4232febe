/** Secrets are what opens the secrets in the values of a store. */
export interface Secrets {
  /** Differs where what opens and finds them differs; it is no secret itself. */
  readonly id: string;
  /** Throws if the secret belongs to another place or was sealed with an unknown key. */
  open(sealed: string, place: string): string;
  /** What an entity with a key name is found by without opening it; values may contain any of it. */
  lookupsOf(name: string): readonly string[];
  /** Whether it was made with a known key. */
  isLookup(lookup: string): boolean;
  /** Whether it was made with the first key. */
  isCurrentLookup(lookup: string): boolean;
}

/** SealedValue is a value whose secrets are sealed. */
export interface SealedValue extends Pick<StoreEntry, "value" | "bytes"> {
  readonly secrets: Secrets;
  /** Whether everything in it is sealed with the first key, as this version does it. */
  readonly isCurrent: boolean;
}

/** StoreEntry is one key with its value and the revision of its last write. */
export interface StoreEntry {
  readonly key: string;
  readonly value: string;
  readonly modRevision: number;
  /** The value in UTF-8, if the store has it like that: who reads this instead spares its text. */
  readonly bytes?: Buffer | undefined;
  /** The value as it is stored, if it contains secrets, with what opens them. */
  readonly sealed?: SealedValue;
}

/** StoreEvent is one change of one key. */
export type StoreEvent =
  | { readonly type: "put"; readonly entry: StoreEntry }
  | { readonly type: "delete"; readonly key: string; readonly modRevision: number };

export const keyOfEvent = (event: StoreEvent): string => (event.type === "put" ? event.entry.key : event.key);

/** Guard requires that the key was last written at this revision; 0 requires that the key does not exist. */
export interface Guard {
  readonly key: string;
  readonly modRevision: number;
}

export interface Commit {
  readonly guards: readonly Guard[];
  readonly puts: readonly { readonly key: string; readonly value: string }[];
  readonly deletes: readonly string[];
}

/** CommitOutcome says whether a commit was written. `committed` is false if a guard failed; nothing was written then. */
export interface CommitOutcome {
  readonly committed: boolean;
  /** Revision of the commit, or the current revision of the store if nothing was written. */
  readonly revision: number;
}

export interface Listing {
  readonly revision: number;
  readonly entries: readonly StoreEntry[];
}

/** Reading is a listing that is read page by page, so that it need not fit into memory. */
export interface Reading<Entry = StoreEntry> {
  readonly revision: number;
  /** Names the store whose revisions they are. undefined: who opened it knows that it is the same one. */
  readonly source?: string;
  /** How many entries there are below the prefixes that were left out. */
  readonly leftOutCount?: number;
  /** Refuses with "expired" if the history of this revision was dropped before all of it was read. */
  readonly pages: AsyncIterable<readonly Entry[]>;
}

/** StoreVersion is an entry without its value. */
export type StoreVersion = Pick<StoreEntry, "key" | "modRevision">;

/** readAll reads all pages into memory. */
export async function readAll<Entry>({ pages }: Reading<Entry>): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const page of pages) entries.push(...page);
  return entries;
}

/**
 * WatchItem is a listing (at first, and again whenever the needed history was compacted) or one commit. A listing whose pages could not be
 * read to their end is followed by another one.
 */
export type WatchItem =
  | ({ readonly kind: "listing" } & Reading)
  | { readonly kind: "commit"; readonly revision: number; readonly events: readonly StoreEvent[] };

export interface WatchOptions {
  readonly prefix: string;
  /** Start with the commits after this revision instead of a listing. If they were compacted, a listing is sent anyway. */
  readonly afterRevision?: number;
  readonly signal: AbortSignal;
}

/** StoreSize is how much of its space a store uses. */
export interface StoreSize {
  readonly bytes: number;
  /** undefined: unlimited. */
  readonly quotaBytes: number | undefined;
}

/**
 * Store keeps the desired state. Revisions grow with every commit; a commit of any size is atomic, for listings and for watches; a watch
 * yields every commit once and in order whatever fails, or restarts with a listing. `embedded-store.ts` is the smaller implementation.
 * A new one is checked by the contract:
 *
 *     describeStore("my store", () => ({ open: () => openMyStore(), close: () => undefined }));
 */
export interface Store extends AsyncDisposable {
  /** undefined: not known yet. */
  readonly size: StoreSize | undefined;
  /** Why the store cannot be reached now, in words; undefined: it can. */
  readonly outage: string | undefined;
  /** All entries below a prefix at one revision, in the order of their keys. */
  list(prefix: string): Promise<Listing>;
  /** The same, page by page, without what is below some prefixes. */
  read(prefix: string, leftOut?: readonly string[]): Promise<Reading>;
  /** The value of an entry as it was at a revision; undefined: there was none. Refuses with "expired" if the history of that revision was dropped. */
  valueAt(key: string, revision: number): Promise<string | undefined>;
  /** What is below a prefix without the values, page by page. */
  versions(prefix: string): Promise<Reading<StoreVersion>>;
  /** Refuses with "unavailable" if the store cannot be reached, and says whether the commit may have been written. */
  commit(commit: Commit): Promise<CommitOutcome>;
  watch(options: WatchOptions): AsyncIterable<WatchItem>;
  /** Deletes the history up to a revision. Entries stay. */
  compact(revision: number): Promise<void>;
}
