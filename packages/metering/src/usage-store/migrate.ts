import type { Database } from "./database.ts";
import { migrations } from "./schema.ts";

/** migrate brings a database to the schema of this version. If several processes start at once, one does it and the others find it done. */
export async function migrate(database: Database): Promise<void> {
  await database.exclusive(async (session) => {
    await session.query("CREATE TABLE IF NOT EXISTS usage_schema (version BIGINT PRIMARY KEY)");
    const [row] = await session.query("SELECT COALESCE(MAX(version), 0) AS version FROM usage_schema");
    const version = Number(row?.version);
    if (version > migrations.length)
      throw new Error(
        `the usage database has schema version ${version}, and this version of Tollgate supports versions up to ${migrations.length}: start the version that wrote it, or a later one`,
      );
    for (const [i, statements] of migrations.entries()) {
      if (i < version) continue;
      for (const statement of statements) await session.query(statement);
      await session.query("INSERT INTO usage_schema VALUES ($1)", [i + 1]);
    }
  });
}
