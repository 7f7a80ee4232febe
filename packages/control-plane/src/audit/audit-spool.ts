import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Refusal } from "../refusal.ts";
import type { AuditEntry } from "./audit-store.ts";

const SCHEMA = `
  PRAGMA auto_vacuum = FULL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS spool (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, value TEXT NOT NULL);
`;
const LOCK_TIMEOUT_MS = 5_000;

/** SpooledEntry is an entry with its position. An entry replaces those with the same key before it. */
export interface SpooledEntry extends AuditEntry {
  readonly seq: number;
}

/** AuditSpool keeps audit entries on this machine's disk, in the order in which they were written, until their store takes them. */
export class AuditSpool implements Disposable {
  readonly #db: DatabaseSync;
  readonly #maxBytes: number;
  readonly #put;
  readonly #oldest;
  readonly #remove;
  readonly #first;
  #bytes: number;

  constructor({ file, maxBytes }: { readonly file: string; readonly maxBytes: number }) {
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
    this.#maxBytes = maxBytes;
    this.#db = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
    this.#db.exec(SCHEMA);
    this.#put = this.#db.prepare("INSERT INTO spool (key, value) VALUES (?, ?)");
    this.#oldest = this.#db.prepare("SELECT seq, key, value FROM spool ORDER BY seq LIMIT ?");
    this.#remove = this.#db.prepare("DELETE FROM spool WHERE seq <= ?");
    this.#first = this.#db.prepare("SELECT 1 FROM spool LIMIT 1");
    const { bytes } = this.#db
      .prepare("SELECT COALESCE(sum(length(key) + length(value)), 0) AS bytes FROM spool")
      .get() as { bytes: number };
    this.#bytes = bytes;
  }

  /** Read from the file, because control planes with the same directory share it. */
  get isEmpty(): boolean {
    return this.#first.get() === undefined;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** put stores all entries or none; they are durable when it returns. */
  put(entries: readonly AuditEntry[]): void {
    const bytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    if (this.#bytes + bytes > this.#maxBytes)
      throw new Refusal(
        "unavailable",
        `the call cannot be recorded: the audit log cannot be reached, and its spool on disk is full (${this.#maxBytes} bytes, TOLLGATE_AUDIT_SPOOL_MB)`,
      );
    try {
      this.#together(() => {
        for (const { key, value } of entries) this.#put.run(key, value);
      });
    } catch (error) {
      throw new Refusal(
        "unavailable",
        `the call cannot be recorded: the audit log cannot be reached, and its spool on disk cannot be written (${(error as Error).message})`,
      );
    }
    this.#bytes += bytes;
  }

  oldest(limit: number): readonly SpooledEntry[] {
    return this.#oldest.all(limit) as unknown as SpooledEntry[];
  }

  /** removeOldest removes what `oldest` returned. */
  removeOldest(entries: readonly SpooledEntry[]): void {
    const last = entries.at(-1);
    if (!last) return;
    this.#remove.run(last.seq);
    const bytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    this.#bytes = this.isEmpty ? 0 : Math.max(0, this.#bytes - bytes);
  }

  #together(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
