import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Claimed, NodeClaim, NodeStore, NodesState, PlaneReport, RolloutRecord } from "./node-store.ts";

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS claims (node_id TEXT PRIMARY KEY, claim TEXT NOT NULL, mod_revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rollout (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL, mod_revision INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS releases (id TEXT PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT OR IGNORE INTO meta VALUES ('revision', 0);
`;

interface ClaimRow {
  readonly claim: string;
  readonly modRevision: number;
}

const toClaimed = ({ claim, modRevision }: ClaimRow): Claimed => ({
  claim: JSON.parse(claim) as NodeClaim,
  modRevision,
});

class EmbeddedNodeStore implements NodeStore {
  readonly #db: DatabaseSync;
  readonly #claims = new Map<string, Claimed>();
  readonly #reports = new Map<string, PlaneReport>();
  readonly #listeners = new Set<() => void>();
  #rollout: NodesState["rollout"];

  constructor(file: string) {
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
    this.#db = new DatabaseSync(file);
    this.#db.exec(SCHEMA);
    const rows = this.#db
      .prepare("SELECT claim, mod_revision AS modRevision FROM claims")
      .all() as unknown as ClaimRow[];
    for (const claimed of rows.map(toClaimed)) this.#claims.set(claimed.claim.nodeId, claimed);
    const rollout = this.#db.prepare("SELECT record, mod_revision AS modRevision FROM rollout").get() as
      | { readonly record: string; readonly modRevision: number }
      | undefined;
    if (rollout) this.#rollout = { ...rollout, record: JSON.parse(rollout.record) as RolloutRecord };
  }

  get state(): NodesState {
    return { claims: this.#claims, reports: this.#reports, rollout: this.#rollout };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async get(nodeId: string): Promise<Claimed | undefined> {
    return this.#claims.get(nodeId);
  }

  async write(
    nodeId: string,
    claim: NodeClaim | undefined,
    modRevision: number,
  ): Promise<number | undefined> {
    if ((this.#claims.get(nodeId)?.modRevision ?? 0) !== modRevision) return undefined;
    const value = this.#nextRevision();
    if (claim) {
      this.#db
        .prepare("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)")
        .run(nodeId, JSON.stringify(claim), value);
      this.#claims.set(nodeId, { claim, modRevision: value });
    } else {
      this.#db.prepare("DELETE FROM claims WHERE node_id = ?").run(nodeId);
      this.#claims.delete(nodeId);
    }
    this.#changed();
    return value;
  }

  #nextRevision(): number {
    const next = this.#db.prepare(
      "UPDATE meta SET value = value + 1 WHERE name = 'revision' RETURNING value",
    );
    return (next.get() as { value: number }).value;
  }

  async writeRollout(record: RolloutRecord, modRevision: number): Promise<boolean> {
    if ((this.#rollout?.modRevision ?? 0) !== modRevision) return false;
    const value = this.#nextRevision();
    this.#db.prepare("INSERT OR REPLACE INTO rollout VALUES (1, ?, ?)").run(JSON.stringify(record), value);
    this.#rollout = { record, modRevision: value };
    this.#changed();
    return true;
  }

  async removeRollout(): Promise<void> {
    if (!this.#rollout) return;
    this.#db.exec("DELETE FROM rollout");
    this.#rollout = undefined;
    this.#changed();
  }

  async writeRelease(id: string, bytes: Buffer): Promise<void> {
    this.#db.prepare("INSERT INTO releases VALUES (?, ?)").run(id, bytes);
  }

  async readRelease(id: string): Promise<Buffer | undefined> {
    const row = this.#db.prepare("SELECT bytes FROM releases WHERE id = ?").get(id);
    return row && Buffer.from(row.bytes as Uint8Array);
  }

  async dropReleases(isNeeded: (id: string) => boolean): Promise<void> {
    const drop = this.#db.prepare("DELETE FROM releases WHERE id = ?");
    const ids = this.#db.prepare("SELECT id FROM releases").all() as unknown as readonly { id: string }[];
    for (const { id } of ids) if (!isNeeded(id)) drop.run(id);
  }

  async report(report: PlaneReport): Promise<void> {
    this.#reports.set(report.plane, report);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#db.close();
  }
}

/** openEmbeddedNodeStore keeps the claims in one SQLite file (":memory:" for no file), for the only control plane there is. */
export function openEmbeddedNodeStore({ file }: { readonly file: string }): NodeStore {
  return new EmbeddedNodeStore(file);
}
