import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type AddingTable, type Database, insertInto, type Row, type Session } from "./database.ts";
import { pause } from "./turn.ts";

/** How long a transaction waits for one in another process. */
const LOCK_TIMEOUT_MS = 5_000;

/** A query that changes nothing: the connection for reading refuses one that does. */
const READS = /^\s*(SELECT|WITH)\b/i;
/** So many rows take less than a millisecond. */
const ROWS_AT_ONCE = 50;

/** Statements are prepared once. */
function preparing(db: DatabaseSync): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql.replace(/\$(\d+)/g, "?$1"));
    statements.set(sql, statement);
    return statement;
  };
}

/** What is within a transaction. */
function sessionOf(db: DatabaseSync): Session {
  const prepare = preparing(db);
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
  return {
    query: async (sql, parameters = []) => prepare(sql).all(...parameters) as Row[],
    add: async (table, rows) => {
      const statement = additionTo(table);
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
        for (const row of rows.slice(at, at + ROWS_AT_ONCE)) statement.run(...row);
        await pause();
      }
    },
  };
}

/**
 * openSqlite stores everything in one file (":memory:" for none). SQLite runs one transaction at a time, and others have their turn while it runs: what is
 * not of it reads what was committed before, on a connection of its own, and writes after it.
 */
export function openSqlite(file: string): Database {
  const isMemory = file === ":memory:";
  if (!isMemory) mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const reading = isMemory ? undefined : new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS, readOnly: true });
  const session = sessionOf(db);
  const read = reading && preparing(reading);
  let last: Promise<unknown> = Promise.resolve();
  /** Runs work after what began before, and before what begins later. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const mine = last.then(run, run);
    last = mine.catch(() => undefined);
    return mine;
  };
  const transaction: Database["transaction"] = (work) =>
    inTurn(async () => {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = await work(session);
        db.exec("COMMIT");
        return result;
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    });
  const query: Session["query"] = async (sql, parameters = []) =>
    read && READS.test(sql)
      ? (read(sql).all(...parameters) as Row[])
      : await inTurn(() => session.query(sql, parameters));
  // BEGIN IMMEDIATE blocks other writers of the file: every transaction is exclusive.
  return {
    query,
    add: (table, rows) => transaction((own) => own.add(table, rows)),
    kind: "sqlite",
    transaction,
    exclusive: transaction,
    slowly: transaction,
    async sizeBytes() {
      const [row] = await query(
        "SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()",
      );
      return Number(row?.size);
    },
    async [Symbol.asyncDispose]() {
      await last;
      reading?.close();
      db.close();
    },
  };
}
