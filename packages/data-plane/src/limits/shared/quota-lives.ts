import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DiskOutage, type Logger } from "@tollgate/telemetry";

/** Locked for good: no file of shared memory is needed, which a full disk could not take. */
const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS life (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, machine_boot TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS source (name TEXT PRIMARY KEY, life INTEGER NOT NULL, closed INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS lease (
    life INTEGER NOT NULL,
    counter TEXT NOT NULL,
    period TEXT NOT NULL,
    ends_unix_ms INTEGER NOT NULL,
    inherited INTEGER NOT NULL,
    PRIMARY KEY (life, counter, period)
  ) WITHOUT ROWID, STRICT;`;

/** Names the time since the machine's last start (Linux: proc(5), random/boot_id); empty: it is not known. */
function machineBoot(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Life is one run of a node's process, as the server knows it: the name of its shares. */
export interface Life {
  readonly id: number;
  readonly name: string;
}

/** The node that a life is of. */
export const nodeOf = ({ name }: Pick<Life, "name">): string => name.slice(0, name.lastIndexOf("/"));

/** LifeSource is a source of usage events that a life had. */
export interface LifeSource {
  readonly name: string;
  /** The sink has all of its events, and its end. */
  readonly isClosed: boolean;
}

/** LifeLease is a counter of which a life leased calls. */
export interface LifeLease {
  readonly counter: string;
  readonly period: string;
  readonly endsUnixMs: number;
  /** Calls that it took over from the lives before it, which had given them out without the server. */
  readonly inherited: number;
}

/** QuotaLives keeps on the node's disk of which counters a run of the node leased calls, and its sources of usage events: what it used is known by them if it is killed. */
export class QuotaLives implements Disposable {
  readonly own: Life;
  readonly #database: DatabaseSync;
  readonly #disk: DiskOutage;
  /** Whether a source of this life is not in the file: what it used cannot be known later. */
  #isIncomplete = false;

  constructor(file: string, nodeId: string, logger: Logger, boot = machineBoot()) {
    this.#disk = new DiskOutage("the list of leased quotas", logger);
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(SCHEMA);
    const name = `${nodeId}/${randomBytes(4).toString("hex")}`;
    let id = 0;
    this.#disk.attempt(() => {
      const insert = this.#database.prepare("INSERT INTO life (name, machine_boot) VALUES (?, ?)");
      id = Number(insert.run(name, boot).lastInsertRowid);
    });
    this.own = { id, name };
    // With the machine's power, the last usage events may be lost: calls that were made would seem not to be.
    for (const life of this.#all<Life>("SELECT id, name FROM life WHERE machine_boot <> ?", boot))
      this.forget(life);
  }

  /** sourceStarted says that a worker of this life writes to a source. */
  sourceStarted(name: string): void {
    const isKept = this.#run(
      "INSERT OR IGNORE INTO source (name, life, closed) VALUES (?, ?, 0)",
      name,
      this.own.id,
    );
    if (!isKept) this.#isIncomplete = true;
  }

  /** sourceClosed says that the sink has the end of a source, of whatever life. It returns whether that is kept. */
  sourceClosed(name: string): boolean {
    return this.#run("UPDATE source SET closed = 1 WHERE name = ?", name);
  }

  /** sourceEmpty says that nothing was recorded in a source that has ended. It returns whether that is kept. */
  sourceEmpty(name: string): boolean {
    return this.#run("DELETE FROM source WHERE name = ?", name);
  }

  /** leased returns whether it is kept of which counters this life leases calls; on a full disk it is not. */
  leased(leases: readonly LifeLease[]): boolean {
    // A life that is not in the file is not settled later.
    if (this.own.id === 0 || this.#isIncomplete) return this.own.id === 0 || this.forget(this.own);
    const insert = this.#database.prepare("INSERT OR IGNORE INTO lease VALUES (?, ?, ?, ?, ?)");
    return this.#disk.attempt(() => {
      this.#database.exec("BEGIN");
      try {
        for (const { counter, period, endsUnixMs, inherited } of leases)
          insert.run(this.own.id, counter, period, endsUnixMs, inherited);
        this.#database.exec("COMMIT");
      } finally {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      }
    });
  }

  /** forgetEnded removes what was leased in periods that have ended: nothing of it can be given back. */
  forgetEnded(unixMs: number): void {
    this.#run("DELETE FROM lease WHERE ends_unix_ms <= ?", unixMs);
  }

  /** Earlier lives that are not settled, the first of them first. */
  get past(): readonly Life[] {
    return this.#all<Life>("SELECT id, name FROM life WHERE id <> ? ORDER BY id", this.own.id);
  }

  /** The sources that a life may have recorded calls in. */
  sourcesOf({ id }: Life): readonly LifeSource[] {
    return this.#all<{ name: string; closed: number }>(
      "SELECT name, closed FROM source WHERE life = ?",
      id,
    ).map(({ name, closed }) => ({ name, isClosed: closed > 0 }));
  }

  /** The counters that a life leased calls of, of periods that have not ended. */
  leasesOf({ id }: Life, unixMs: number): readonly LifeLease[] {
    return this.#all<LifeLease>(
      "SELECT counter, period, ends_unix_ms AS endsUnixMs, inherited FROM lease WHERE life = ? AND ends_unix_ms > ?",
      id,
      unixMs,
    );
  }

  /** What the next life took over from one and those before it; undefined: no life after it has leased calls of the counter. */
  inheritedAfter({ id }: Life, { counter, period }: LifeLease): number | undefined {
    const [next] = this.#all<{ inherited: number }>(
      "SELECT inherited FROM lease WHERE life > ? AND counter = ? AND period = ? ORDER BY life LIMIT 1",
      id,
      counter,
      period,
    );
    return next?.inherited;
  }

  /** forget removes a life that is settled. */
  forget({ id }: Life): boolean {
    return (
      this.#run("DELETE FROM life WHERE id = ?", id) &&
      this.#run("DELETE FROM lease WHERE life = ?", id) &&
      this.#run("DELETE FROM source WHERE life = ?", id)
    );
  }

  #all<T>(sql: string, ...values: (string | number)[]): readonly T[] {
    return this.#database.prepare(sql).all(...values) as unknown as T[];
  }

  #run(sql: string, ...values: (string | number)[]): boolean {
    return this.#disk.attempt(() => this.#database.prepare(sql).run(...values));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
