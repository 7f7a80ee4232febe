import pg from "pg";
import type { Database, Row, Session } from "./database.ts";

const { Pool, types } = pg;
const INT8 = 20;
const NUMERIC = 1700;
/** Number of the lock of exclusive transactions: any number that no other user of the database has. */
const EXCLUSIVE_LOCK = 7_465_736_501;

/** openPostgres connects when first used. bigint and numeric are returned as numbers: usage sums stay far below 2^53. */
export function openPostgres(url: string): Database {
  const parser: pg.CustomTypesConfig = {
    getTypeParser: ((oid: number, format?: "text" | "binary") =>
      oid === INT8 || oid === NUMERIC
        ? Number
        : types.getTypeParser(oid, format as "text")) as pg.CustomTypesConfig["getTypeParser"],
  };
  const pool = new Pool({ connectionString: url, max: 8, types: parser, connectionTimeoutMillis: 5_000 });
  pool.on("error", () => undefined); // an idle connection that broke is replaced; a query in flight reports its own error
  const sessionOf = (client: pg.Pool | pg.PoolClient): Session => ({
    query: async (sql, parameters = []) => (await client.query<Row>(sql, [...parameters])).rows,
  });
  const transaction: Database["transaction"] = async (work) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const result = await work(sessionOf(client));
      await client.query("COMMIT");
      client.release();
      return result;
    } catch (error) {
      const broken = await client.query("ROLLBACK").then(
        () => false,
        () => true,
      );
      client.release(broken);
      throw error;
    }
  };
  return {
    ...sessionOf(pool),
    transaction,
    exclusive: (work) =>
      transaction(async (session) => {
        await session.query("SELECT pg_advisory_xact_lock($1)", [EXCLUSIVE_LOCK]);
        return await work(session);
      }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
