import { mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { givenSecret } from "@tollgate/telemetry";
import { openPostgres } from "../../../packages/metering/src/usage-store/postgres.ts";
import { migrations } from "../../../packages/metering/src/usage-store/schema.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import { run } from "../../kit/cache.ts";
import { startPostgres } from "../../kit/postgres.ts";

const source = (name: string) =>
  JSON.stringify(new URL(`../../../packages/metering/src/usage-store/${name}.ts`, import.meta.url));

/** Opens the usage store as metering does, in a separate process. */
const openInProcess = (open: "openSqlite" | "openPostgres", where: string) =>
  run(process.execPath, [
    "--input-type=module",
    "--eval",
    `const { ${open} } = await import(${source(open === "openSqlite" ? "sqlite" : "postgres")});
     const { UsageStore } = await import(${source("usage-store")});
     const { givenSecret } = await import("@tollgate/telemetry");
     const where = ${JSON.stringify(where)};
     await using database = ${open}(${open === "openSqlite" ? "where" : "givenSecret(where)"});
     await UsageStore.open(database);`,
  ]);
const everyVersion = migrations.map((_, i) => ({ version: i + 1 }));
const VERSIONS = "SELECT version FROM usage_schema ORDER BY version";
const atOnce = [1, 2, 3];

describe("meterings of a new version that start at the same time on one database of the last version", () => {
  it("migrate it once: SQLite", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "tollgate-migrations-"));
    const file = join(folder.path, "usage.db");
    await using database = openSqlite(file);
    for (const statement of migrations[0] ?? []) await database.query(statement);
    await Promise.all(atOnce.map(() => openInProcess("openSqlite", file)));
    expect(await database.query(VERSIONS)).toEqual(everyVersion);
    expect(await database.query("SELECT api_id FROM usage_records")).toEqual([]);
  });

  it("migrate it once: PostgreSQL", async () => {
    await using postgres = await startPostgres();
    const name = `migrations_${process.pid}`;
    const admin = new pg.Client(postgres.url);
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    const url = postgres.url.replace(/\/postgres$/, `/${name}`);
    const client = new pg.Client(url);
    await client.connect();
    const dump = new URL("../../fixtures/last-version/usage-postgresql.sql", import.meta.url);
    await client.query(readFileSync(dump, "utf8"));
    await client.end();
    await Promise.all(atOnce.map(() => openInProcess("openPostgres", url)));
    await using database = openPostgres(givenSecret(url));
    expect(await database.query(VERSIONS)).toEqual(everyVersion);
    expect(
      await database.query("SELECT DISTINCT stage FROM usage_records WHERE api_id = 'lastauto01'"),
    ).toEqual([{ stage: "live" }]);
  });
});
