import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AuditEntry, AuditRange, AuditStore } from "./audit-store.ts";

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/** openEmbeddedAuditStore keeps records in one SQLite file (":memory:" for no file). Each put is durable. */
export function openEmbeddedAuditStore({ file }: { readonly file: string }): AuditStore {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  db.exec(SCHEMA);
  const put = db.prepare(
    "INSERT INTO records VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const remove = db.prepare("DELETE FROM records WHERE key = ?");
  const removeRange = db.prepare("DELETE FROM records WHERE key >= ? AND key < ?");
  const ascending = db.prepare(
    "SELECT key, value FROM records WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
  );
  const descending = db.prepare(
    "SELECT key, value FROM records WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?",
  );
  const together = (work: () => void) => {
    db.exec("BEGIN IMMEDIATE");
    try {
      work();
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  };
  return {
    put: async (entries) =>
      together(() => {
        for (const { key, value } of entries) put.run(key, value);
      }),
    range: async ({ from, to, limit, newestFirst }: AuditRange) =>
      (newestFirst ? descending : ascending).all(from, to, limit) as unknown as AuditEntry[],
    remove: async (keys) =>
      together(() => {
        for (const key of keys) remove.run(key);
      }),
    removeRange: async (from, to) => void removeRange.run(from, to),
    [Symbol.asyncDispose]: async () => db.close(),
  };
}
