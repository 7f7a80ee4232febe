import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Refusal } from "../refusal.ts";
import { Queue } from "./queue.ts";
import {
  type Commit,
  type CommitOutcome,
  keyOfEvent,
  type Listing,
  type Reading,
  type Store,
  type StoreEntry,
  type StoreEvent,
  type StoreSize,
  type StoreVersion,
  type WatchItem,
  type WatchOptions,
} from "./store.ts";

/** How many commits are kept as history, from which a watch can resume. */
const HISTORY_LENGTH = 10_000;
const PAGE_SIZE = 500;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, mod_revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (revision INTEGER NOT NULL, ordinal INTEGER NOT NULL, key TEXT NOT NULL, value TEXT,
    PRIMARY KEY (revision, ordinal)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT OR IGNORE INTO meta VALUES ('revision', 1), ('compacted', 0);
`;

interface EventRow {
  readonly revision: number;
  readonly key: string;
  readonly value: string | null;
}

/** The first key after all keys with the prefix. */
const prefixEnd = (prefix: string): string => `${prefix}\u{10FFFF}`;

const toEvent = ({ key, value, revision }: EventRow): StoreEvent =>
  value === null
    ? { type: "delete", key, modRevision: revision }
    : { type: "put", entry: { key, value, modRevision: revision } };

async function* pagesOf<Entry>(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  for (let at = 0; at < entries.length; at += PAGE_SIZE) yield entries.slice(at, at + PAGE_SIZE);
}

class EmbeddedStore implements Store {
  readonly outage = undefined;

  get size(): StoreSize {
    const { bytes } = this.#statements.size.get() as { bytes: number };
    return { bytes, quotaBytes: undefined };
  }

  readonly #db: DatabaseSync;
  readonly #watchers = new Set<{ prefix: string; queue: Queue<WatchItem> }>();
  readonly #statements;

  constructor(file: string) {
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
    this.#db = new DatabaseSync(file);
    this.#db.exec(SCHEMA);
    const prepare = (sql: string) => this.#db.prepare(sql);
    this.#statements = {
      size: prepare("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()"),
      meta: prepare("SELECT value FROM meta WHERE name = ?"),
      setMeta: prepare("UPDATE meta SET value = ? WHERE name = ?"),
      list: prepare(
        "SELECT key, value, mod_revision AS modRevision FROM entries WHERE key >= ? AND key < ? ORDER BY key",
      ),
      eventAt: prepare(
        "SELECT value, revision FROM events WHERE key = ? AND revision <= ? ORDER BY revision DESC, ordinal DESC LIMIT 1",
      ),
      entry: prepare("SELECT value, mod_revision AS modRevision FROM entries WHERE key = ?"),
      versions: prepare(
        "SELECT key, mod_revision AS modRevision FROM entries WHERE key >= ? AND key < ? ORDER BY key",
      ),
      modRevision: prepare("SELECT mod_revision AS modRevision FROM entries WHERE key = ?"),
      put: prepare(
        "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, mod_revision = excluded.mod_revision",
      ),
      remove: prepare("DELETE FROM entries WHERE key = ?"),
      addEvent: prepare("INSERT INTO events VALUES (?, ?, ?, ?)"),
      eventsAfter: prepare(
        "SELECT revision, key, value FROM events WHERE revision > ? AND key >= ? AND key < ? ORDER BY revision, ordinal",
      ),
      dropEvents: prepare("DELETE FROM events WHERE revision <= ?"),
    };
  }

  #meta(name: "revision" | "compacted"): number {
    return (this.#statements.meta.get(name) as { value: number }).value;
  }

  #listNow(prefix: string): Listing {
    const entries = this.#statements.list.all(prefix, prefixEnd(prefix)) as unknown as StoreEntry[];
    return { revision: this.#meta("revision"), entries };
  }

  async list(prefix: string): Promise<Listing> {
    return this.#listNow(prefix);
  }

  #readNow(prefix: string): Reading {
    const { revision, entries } = this.#listNow(prefix);
    return { revision, pages: pagesOf(entries) };
  }

  async read(prefix: string, leftOut: readonly string[] = []): Promise<Reading> {
    if (leftOut.length === 0) return this.#readNow(prefix);
    const { revision, entries } = this.#listNow(prefix);
    const isLeftOut = ({ key }: StoreEntry) => leftOut.some((start) => key.startsWith(start));
    const others = entries.filter((entry) => !isLeftOut(entry));
    return { revision, leftOutCount: entries.length - others.length, pages: pagesOf(others) };
  }

  async valueAt(key: string, revision: number): Promise<string | undefined> {
    if (revision < this.#meta("compacted"))
      throw new Refusal("expired", `the store dropped revision ${revision}`);
    const event = this.#statements.eventAt.get(key, revision) as { value: string | null } | undefined;
    if (event) return event.value ?? undefined;
    // Its last event is no longer in the history.
    const entry = this.#statements.entry.get(key) as Pick<StoreEntry, "value" | "modRevision"> | undefined;
    return entry && entry.modRevision <= revision ? entry.value : undefined;
  }

  async versions(prefix: string): Promise<Reading<StoreVersion>> {
    const entries = this.#statements.versions.all(prefix, prefixEnd(prefix));
    return { revision: this.#meta("revision"), pages: pagesOf(entries as unknown as StoreVersion[]) };
  }

  async commit({ guards, puts, deletes }: Commit): Promise<CommitOutcome> {
    const { modRevision, setMeta, put, remove, addEvent, dropEvents } = this.#statements;
    const rows: EventRow[] = [];
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const revision = this.#meta("revision") + 1;
      const revisionOf = (key: string) =>
        (modRevision.get(key) as { modRevision: number } | undefined)?.modRevision ?? 0;
      if (guards.some((guard) => revisionOf(guard.key) !== guard.modRevision)) {
        this.#db.exec("ROLLBACK");
        return { committed: false, revision: revision - 1 };
      }
      for (const { key, value } of puts) {
        put.run(key, value, revision);
        rows.push({ revision, key, value });
      }
      for (const key of deletes) if (remove.run(key).changes > 0) rows.push({ revision, key, value: null });
      for (const [ordinal, { key, value }] of rows.entries()) addEvent.run(revision, ordinal, key, value);
      setMeta.run(revision, "revision");
      if (revision % 1000 === 0 && revision > HISTORY_LENGTH) {
        dropEvents.run(revision - HISTORY_LENGTH);
        setMeta.run(revision - HISTORY_LENGTH, "compacted");
      }
      this.#db.exec("COMMIT");
      this.#publish(revision, rows.map(toEvent));
      return { committed: true, revision };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #publish(revision: number, events: readonly StoreEvent[]): void {
    for (const { prefix, queue } of this.#watchers) {
      const seen = events.filter((event) => keyOfEvent(event).startsWith(prefix));
      if (seen.length > 0) queue.push({ kind: "commit", revision, events: seen });
    }
  }

  async *watch({ prefix, afterRevision, signal }: WatchOptions): AsyncGenerator<WatchItem> {
    const queue = new Queue<WatchItem>();
    const watcher = { prefix, queue };
    const stop = () => queue.close();
    signal.addEventListener("abort", stop);
    // No commit can be missed between reading the history and subscribing, because these steps are synchronous.
    if (afterRevision === undefined || afterRevision < this.#meta("compacted")) {
      queue.push({ kind: "listing", ...this.#readNow(prefix) });
    } else {
      const rows = this.#statements.eventsAfter.all(
        afterRevision,
        prefix,
        prefixEnd(prefix),
      ) as unknown as EventRow[];
      for (const [revision, group] of Map.groupBy(rows, (row) => row.revision))
        queue.push({ kind: "commit", revision, events: group.map(toEvent) });
    }
    this.#watchers.add(watcher);
    if (signal.aborted) stop();
    try {
      yield* queue;
    } finally {
      this.#watchers.delete(watcher);
      signal.removeEventListener("abort", stop);
    }
  }

  async compact(revision: number): Promise<void> {
    this.#statements.dropEvents.run(revision);
    this.#statements.setMeta.run(revision, "compacted");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { queue } of this.#watchers) queue.close();
    this.#db.close();
  }
}

/** openEmbeddedStore keeps the state in one SQLite file (":memory:" for no file). Each commit is durable. */
export function openEmbeddedStore({ file }: { readonly file: string }): Store {
  return new EmbeddedStore(file);
}
