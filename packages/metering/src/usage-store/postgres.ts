import pg from "pg";
import { type Secret, watchFiles } from "@tollgate/telemetry";
import {
  type AddingTable,
  type Database,
  DatabaseUnreachable,
  insertInto,
  type Row,
  type Session,
} from "./database.ts";

const { Pool, types } = pg;
const INT8 = 20;
const NUMERIC = 1700;
/** Number of the lock of exclusive transactions: any number that no other user of the database has. */
const EXCLUSIVE_LOCK = 7_465_736_501;

/** After this time without a response, the server or the way to it is considered lost. */
const QUERY_TIMEOUT_MS = 30_000;
/** Of statements that change much of what is stored: a day. */
const SLOW_TIMEOUT_MS = 86_400_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** System errors, PostgreSQL's classes "connection exception" and "operator intervention", and what the client says without a code. */
const UNREACHABLE_CODE = /^(E[A-Z]+|08...|57P0[1-3]|53300)$/;
const UNREACHABLE_MESSAGE =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/;

function asUnreachable(error: unknown): unknown {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  const isUnreachable =
    (typeof code === "string" && UNREACHABLE_CODE.test(code)) || UNREACHABLE_MESSAGE.test(message ?? "");
  return error instanceof Error && isUnreachable ? new DatabaseUnreachable(error) : error;
}

const failing = (error: unknown): never => {
  throw asUnreachable(error);
};

/** Rows of one statement: more save no time, and take memory. */
const ROWS_AT_ONCE = 5_000;

/** An array a column: a statement has as many parameters as the table has columns, whatever the number of rows is. */
function additionTo(table: AddingTable, rows: readonly (readonly (string | number)[])[]): pg.QueryConfig {
  const arrays = table.columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(", ");
  return {
    text: insertInto(table, `SELECT * FROM unnest(${arrays})`),
    values: table.columns.map((_, i) => rows.map((row) => row[i])),
  };
}

function newPool(url: string): pg.Pool {
  const parser: pg.CustomTypesConfig = {
    getTypeParser: ((oid: number, format?: "text" | "binary") =>
      oid === INT8 || oid === NUMERIC
        ? Number
        : types.getTypeParser(oid, format as "text")) as pg.CustomTypesConfig["getTypeParser"],
  };
  const pool = new Pool({
    connectionString: url,
    max: 8,
    types: parser,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  pool.on("error", () => undefined); // an idle connection that broke is replaced
  // A connection that breaks between two queries of a transaction reports it by this event only; the next query fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * openPostgres connects when first used. bigint and numeric are returned as numbers: usage sums stay far below 2^53. If the URL is in a file
 * that is replaced, transactions that have begun end on the connections before.
 */
export function openPostgres(url: Secret): Database {
  let used = url.current();
  let pool = newPool(used);
  const renew = () => {
    if (url.current() === used) return;
    const old = pool;
    used = url.current();
    pool = newPool(used);
    old.end().catch(() => undefined);
  };
  const watch = url.file === undefined ? undefined : watchFiles([url.file], renew);
  const sessionOf = (client: () => pg.Pool | pg.PoolClient, query_timeout = QUERY_TIMEOUT_MS): Session => {
    const run = (statement: pg.QueryConfig) =>
      client()
        .query<Row>({ ...statement, query_timeout } as pg.QueryConfig)
        .catch(failing);
    return {
      query: async (text, parameters = []) => (await run({ text, values: [...parameters] })).rows,
      add: async (table, rows) => {
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
          await run(additionTo(table, rows.slice(at, at + ROWS_AT_ONCE)));
      },
    };
  };
  const shared = sessionOf(() => pool);
  const within = async <T>(work: (session: Session) => Promise<T>, timeoutMs?: number): Promise<T> => {
    const client = await pool.connect().catch(failing);
    const session = sessionOf(() => client, timeoutMs);
    try {
      await session.query("BEGIN");
      const result = await work(session);
      await session.query("COMMIT");
      client.release();
      return result;
    } catch (error) {
      // Closing the connection rolls back, whatever state it is in.
      client.release(true);
      throw error;
    }
  };
  const exclusive = <T>(work: (session: Session) => Promise<T>, timeoutMs?: number): Promise<T> =>
    within(async (session) => {
      await session.query("SELECT pg_advisory_xact_lock($1)", [EXCLUSIVE_LOCK]);
      return await work(session);
    }, timeoutMs);
  return {
    ...shared,
    kind: "postgresql",
    transaction: (work) => within(work),
    exclusive: (work) => exclusive(work),
    slowly: (work) => exclusive(work, SLOW_TIMEOUT_MS),
    sizeBytes: async () => {
      const [row] = await shared.query("SELECT pg_database_size(current_database()) AS size");
      return Number(row?.size);
    },
    [Symbol.asyncDispose]: async () => {
      watch?.[Symbol.dispose]();
      await pool.end();
    },
  };
}
