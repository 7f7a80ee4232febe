import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { LRUCache } from "lru-cache";
import { DiskOutage, type Logger } from "@tollgate/telemetry";
import type { QuotaAsk, QuotaLease, Quotas } from "./source.ts";

interface Count {
  used: number;
  /** When the remaining calls were set manually; 0: not in this period. */
  grantUnixMs: number;
}

const COUNTERS_IN_MEMORY = 100_000;
const TABLE = `
  CREATE TABLE IF NOT EXISTS quota (
    counter TEXT NOT NULL,
    period TEXT NOT NULL,
    used INTEGER NOT NULL,
    ends_unix_ms INTEGER NOT NULL,
    grant_unix_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (counter, period)
  ) WITHOUT ROWID, STRICT;`;
/** Locked for good: no file of shared memory is needed, which a full disk could not take. */
const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  ${TABLE}`;
/** Files of older versions do not have the last column. */
const ADD_GRANT = "ALTER TABLE quota ADD COLUMN grant_unix_ms INTEGER NOT NULL DEFAULT 0";
/** They have one row of each counter, too: that of its last period. */
const ADD_PERIODS = `
  BEGIN;
  ALTER TABLE quota RENAME TO quota_before;
  ${TABLE}
  INSERT INTO quota SELECT counter, period, used, ends_unix_ms, grant_unix_ms FROM quota_before;
  DROP TABLE quota_before;
  COMMIT;`;
/** Periods of a counter are forgotten that ended so long before the newest. */
const KEPT_MS = 2 * 86_400_000;

/**
 * QuotaCounters count calls against allowances. Calls are in the file before they may be made, so that they outlive every process; only the loss
 * of the machine's memory takes some. What a worker had leased and not used when it was killed counts as used.
 */
export class QuotaCounters implements Quotas, Disposable {
  readonly #database: DatabaseSync;
  readonly #read: StatementSync;
  readonly #any: StatementSync;
  readonly #write: StatementSync;
  readonly #forget: StatementSync;
  readonly #counts = new LRUCache<string, Count>({ max: COUNTERS_IN_MEMORY });
  readonly #disk: DiskOutage;
  readonly #parts: () => number;
  #open = false;
  /** Why the writes of the open transaction have failed. */
  #failure: Error | undefined;

  /** `parts`: this node has one of so many equal parts of each allowance. */
  constructor(file: string, logger: Logger, parts: () => number = () => 1) {
    this.#parts = parts;
    this.#disk = new DiskOutage("the quota counters", logger);
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(SCHEMA);
    const columns = this.#database.prepare("SELECT name, pk FROM pragma_table_info('quota')").all();
    if (!columns.some(({ name }) => name === "grant_unix_ms")) this.#database.exec(ADD_GRANT);
    if (!columns.some(({ name, pk }) => name === "period" && pk !== 0)) this.#database.exec(ADD_PERIODS);
    this.#read = this.#database.prepare(
      "SELECT used, grant_unix_ms AS grantUnixMs FROM quota WHERE counter = ? AND period = ?",
    );
    this.#any = this.#database.prepare("SELECT 1 FROM quota WHERE counter = ? LIMIT 1");
    this.#forget = this.#database.prepare("DELETE FROM quota WHERE counter = ? AND ends_unix_ms < ?");
    this.#write = this.#database.prepare(
      `INSERT INTO quota (counter, period, used, ends_unix_ms, grant_unix_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (counter, period) DO UPDATE SET used = excluded.used, ends_unix_ms = excluded.ends_unix_ms,
         grant_unix_ms = excluded.grant_unix_ms`,
    );
  }

  /** together combines several uses into one write. It throws if that fails, as on a full disk: nothing was leased then. */
  together<T>(work: () => T): T {
    try {
      return work();
    } finally {
      if (this.#open) this.#commit();
    }
  }

  #commit(): void {
    const failure = this.#failure;
    this.#open = false;
    this.#failure = undefined;
    const isSaved = this.#disk.attempt(() => {
      if (failure) throw failure;
      this.#database.exec("COMMIT");
    });
    if (isSaved) return;
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    this.#counts.clear();
    throw new Error("the quota counters cannot be written");
  }

  /** lease counts up to `wanted` calls at once, after taking back those of an earlier lease that were not made. */
  lease({ counter, allowance, wanted, returned }: QuotaAsk): QuotaLease {
    const { limit, period, offset, endsUnixMs, grant } = allowance;
    // A worker may still ask for a period after another has asked for the next one.
    const name = `${counter} ${period}`;
    const known = this.#counts.get(name) ?? (this.#read.get(counter, period) as Count | undefined);
    const parts = this.#parts();
    // Calls of a period that is forgotten are not returned to it.
    if (wanted === 0 && !known) return { calls: 0, left: 0 };
    const count = known ?? { used: this.#any.get(counter) ? 0 : partOf(offset, parts), grantUnixMs: 0 };
    this.#counts.set(name, count);
    if (grant && grant.grantTimeUnixMs > count.grantUnixMs) {
      count.used = limit - grant.remaining;
      count.grantUnixMs = grant.grantTimeUnixMs;
    }
    const isOfThisGrant = (grant?.grantTimeUnixMs ?? 0) === count.grantUnixMs;
    // More may be left than the limit allows: then this is below zero.
    const least = grant && isOfThisGrant ? Math.min(0, limit - grant.remaining) : 0;
    const used = Math.max(least, count.used - (isOfThisGrant ? returned : 0));
    // How far this node may count: what was set for all nodes is divided too.
    const from = grant && isOfThisGrant ? limit - grant.remaining : 0;
    const end = from + Math.floor((limit - from) / parts);
    const calls = Math.max(0, Math.min(wanted, end - used));
    if (!known || used + calls !== count.used) {
      if (!this.#open) this.#database.exec("BEGIN");
      this.#open = true;
      try {
        if (!known) this.#forget.run(counter, endsUnixMs - KEPT_MS);
        this.#write.run(counter, period, used + calls, endsUnixMs, count.grantUnixMs);
      } catch (error) {
        this.#failure = error as Error;
        throw error;
      }
      count.used = used + calls;
    }
    return { calls, left: Math.max(0, end - count.used) };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** What was taken off for all nodes; without a part, a node keeps it until it has one. */
const partOf = (offset: number, parts: number): number =>
  Number.isFinite(parts) ? Math.ceil(offset / parts) : offset;
