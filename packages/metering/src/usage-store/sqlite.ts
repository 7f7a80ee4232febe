import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type AddingTable, type Database, insertInto, type Row, type Session } from "./database.ts";

/** How long a transaction waits for one in another process. */
const LOCK_TIMEOUT_MS = 5_000;

/** openSqlite stores everything in one file (":memory:" for none). SQLite runs one transaction at a time. */
export function openSqlite(file: string): Database {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql.replace(/\$(\d+)/g, "?$1"));
    statements.set(sql, statement);
    return statement;
  };
  const additions = new Map<AddingTable, StatementSync>();
  /** A prepared statement a row: SQLite takes longer for many rows in one statement. */
  const additionTo = (table: AddingTable): StatementSync => {
    const known = additions.get(table);
    if (known) return known;
    const places = table.columns.map(() => "?").join(", ");
    const statement = db.prepare(insertInto(table, `VALUES (${places})`));
    additions.set(table, statement);
    return statement;
  };
  const session: Session = {
    query: async (sql, parameters = []) => prepare(sql).all(...parameters) as Row[],
    add: async (table, rows) => {
      const statement = additionTo(table);
      for (const row of rows) statement.run(...row);
    },
  };
  let last: Promise<unknown> = Promise.resolve();
  const transaction: Database["transaction"] = (work) => {
    const run = async () => {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = await work(session);
        db.exec("COMMIT");
        return result;
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    };
    const mine = last.then(run, run);
    last = mine.catch(() => undefined);
    return mine;
  };
  // BEGIN IMMEDIATE blocks other writers of the file: every transaction is exclusive.
  return {
    ...session,
    kind: "sqlite",
    transaction,
    exclusive: transaction,
    slowly: transaction,
    async sizeBytes() {
      const [row] = await session.query(
        "SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()",
      );
      return Number(row?.size);
    },
    async [Symbol.asyncDispose]() {
      await last;
      db.close();
    },
  };
}
