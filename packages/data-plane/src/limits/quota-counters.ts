import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Allowance } from "@tollgate/pipeline";
import { LRUCache } from "lru-cache";

interface Count {
  readonly period: string;
  used: number;
}

const COUNTERS_IN_MEMORY = 100_000;
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS quota (
    counter TEXT PRIMARY KEY,
    period TEXT NOT NULL,
    used INTEGER NOT NULL,
    ends_unix_ms INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;`;

/**
 * QuotaCounters count calls against allowances. Counts are on disk when an answer is given, so that they outlive every process; only the
 * loss of the machine's memory takes some.
 */
export class QuotaCounters implements Disposable {
  readonly #database: DatabaseSync;
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  readonly #counts = new LRUCache<string, Count>({ max: COUNTERS_IN_MEMORY });
  #open = false;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(SCHEMA);
    this.#read = this.#database.prepare("SELECT period, used FROM quota WHERE counter = ?");
    this.#write = this.#database.prepare(
      `INSERT INTO quota (counter, period, used, ends_unix_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (counter) DO UPDATE SET period = excluded.period, used = excluded.used, ends_unix_ms = excluded.ends_unix_ms`,
    );
  }

  /** together lets several uses be one write. */
  together<T>(work: () => T): T {
    try {
      return work();
    } finally {
      if (this.#open) this.#database.exec("COMMIT");
      this.#open = false;
    }
  }

  /** use counts one call; false: the allowance is used up. */
  use(counter: string, { limit, period, offset, endsUnixMs }: Allowance): boolean {
    const known = this.#counts.get(counter) ?? (this.#read.get(counter) as Count | undefined);
    const count = known?.period === period ? known : { period, used: known ? 0 : offset };
    this.#counts.set(counter, count);
    if (count.used >= limit) return false;
    if (!this.#open) this.#database.exec("BEGIN");
    this.#open = true;
    this.#write.run(counter, period, count.used + 1, endsUnixMs);
    count.used++;
    return true;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
