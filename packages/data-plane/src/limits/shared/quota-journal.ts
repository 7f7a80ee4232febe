import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { DiskOutage, type Logger } from "@tollgate/telemetry";
import type { RollMemory } from "./node-roll.ts";
import type { QuotaMemory } from "./quota-share.ts";

/** A count is kept for so long after its period. */
const KEPT_MS = 86_400_000;
/** Locked for good: no file of shared memory is needed, which a full disk could not take. */
const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS shared_quota (
    counter TEXT NOT NULL,
    period TEXT NOT NULL,
    used INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    ends_unix_ms INTEGER NOT NULL,
    grant_unix_ms INTEGER NOT NULL DEFAULT 0,
    alone INTEGER NOT NULL DEFAULT 0,
    spent INTEGER NOT NULL DEFAULT 0,
    life TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (counter, period)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS roll (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, names TEXT NOT NULL) STRICT;`;
/** Columns that files of older versions do not have. */
const NEWER = {
  grant_unix_ms: "INTEGER NOT NULL DEFAULT 0",
  alone: "INTEGER NOT NULL DEFAULT 0",
  spent: "INTEGER NOT NULL DEFAULT 0",
  life: "TEXT NOT NULL DEFAULT ''",
};
const COLUMNS =
  "counter, period, used, epoch, ends_unix_ms AS endsUnixMs, grant_unix_ms AS grantUnixMs, alone, spent, life";

export interface JournalEntry extends QuotaMemory {
  readonly counter: string;
  readonly period: string;
  readonly endsUnixMs: number;
  /** The run of the node that gave out `spent`. */
  readonly life: string;
}

/** QuotaJournal keeps on the node's disk what the server last said of each counter, what the node gave out without it, and which nodes there are: what the server loses, its nodes tell it again. */
export class QuotaJournal implements RollMemory, Disposable {
  readonly #database: DatabaseSync;
  readonly #disk: DiskOutage;
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  readonly #settle: StatementSync;

  constructor(file: string, unixMs: number, logger: Logger) {
    this.#disk = new DiskOutage("the journal of the shared quotas", logger);
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(SCHEMA);
    const columns = this.#database.prepare("SELECT name FROM pragma_table_info('shared_quota')").all();
    for (const [newer, type] of Object.entries(NEWER))
      if (!columns.some(({ name }) => name === newer))
        this.#database.exec(`ALTER TABLE shared_quota ADD COLUMN ${newer} ${type}`);
    this.forgetEnded(unixMs);
    this.#read = this.#database.prepare(
      `SELECT ${COLUMNS} FROM shared_quota WHERE counter = ? AND period = ?`,
    );
    this.#write = this.#database.prepare(
      `INSERT INTO shared_quota (counter, period, used, epoch, ends_unix_ms, grant_unix_ms, alone, spent, life) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (counter, period) DO UPDATE SET used = excluded.used, epoch = excluded.epoch, grant_unix_ms = excluded.grant_unix_ms,
         alone = excluded.alone, spent = excluded.spent, life = excluded.life`,
    );
    this.#settle = this.#database.prepare(
      "UPDATE shared_quota SET alone = 0 WHERE counter = ? AND period = ?",
    );
  }

  /** What was last kept of a counter; undefined: nothing. */
  read(counter: string, period: string): JournalEntry | undefined {
    return this.#read.get(counter, period) as JournalEntry | undefined;
  }

  /** Counters of periods that have not ended, as they were in other epochs than this one. */
  ofOtherEpochs(epoch: string, unixMs: number): readonly JournalEntry[] {
    const select = this.#database.prepare(
      `SELECT ${COLUMNS} FROM shared_quota WHERE epoch NOT IN ('', ?) AND ends_unix_ms > ?`,
    );
    return select.all(epoch, unixMs) as unknown as JournalEntry[];
  }

  readRoll(): { readonly epoch: string; readonly names: readonly string[] } | undefined {
    const row = this.#database.prepare("SELECT epoch, names FROM roll").get();
    return row && { epoch: String(row.epoch), names: String(row.names).split(",") };
  }

  keepRoll(epoch: string, names: readonly string[]): void {
    const write = this.#database.prepare("INSERT OR REPLACE INTO roll VALUES (1, ?, ?)");
    this.#disk.attempt(() => write.run(epoch, names.join(",")));
  }

  /** keep returns whether the entries are kept; on a full disk they are not. */
  keep(entries: readonly JournalEntry[]): boolean {
    if (entries.length === 0) return true;
    return this.#disk.attempt(() => {
      this.#database.exec("BEGIN");
      try {
        for (const { counter, period, used, epoch, endsUnixMs, grantUnixMs, alone, spent, life } of entries)
          this.#write.run(counter, period, used, epoch, endsUnixMs, grantUnixMs, alone, spent, life);
        this.#database.exec("COMMIT");
      } finally {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      }
    });
  }

  /** forgetAlone says that what was given out of a counter without the server is settled. */
  forgetAlone({ counter, period }: Pick<JournalEntry, "counter" | "period">): void {
    this.#disk.attempt(() => this.#settle.run(counter, period));
  }

  /** forgetEnded removes the counts of periods that ended a day ago or earlier. */
  forgetEnded(unixMs: number): void {
    const old = this.#database.prepare("DELETE FROM shared_quota WHERE ends_unix_ms < ?");
    this.#disk.attempt(() => old.run(unixMs - KEPT_MS));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
