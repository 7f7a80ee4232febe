import { describe, expect, it } from "vitest";
import { migrate } from "./migrate.ts";
import { migrations } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

const versionsOf = async (database: ReturnType<typeof openSqlite>) =>
  (await database.query("SELECT version FROM usage_schema ORDER BY version")).map(({ version }) => version);
const everyVersion = migrations.map((_, i) => i + 1);

describe("the migrations of the usage database", () => {
  it("bring an empty database to this version, once", async () => {
    await using database = openSqlite(":memory:");
    await migrate(database);
    await migrate(database);
    expect(await versionsOf(database)).toEqual(everyVersion);
  });

  it("keep the tables of version 0.1, which stored no version", async () => {
    await using database = openSqlite(":memory:");
    for (const statement of migrations[0] ?? []) await database.query(statement);
    await database.query(
      "INSERT INTO usage_records VALUES (0, 'account', 'theapi', 'prod', 'GET', '/', 3, 3, 0, 0, 0, 0, 0, 0, 0)",
    );
    await migrate(database);
    expect(await database.query("SELECT api_id, call_count FROM usage_records")).toEqual([
      { api_id: "theapi", call_count: 3 },
    ]);
  });

  it("do not touch the database of a later version", async () => {
    await using database = openSqlite(":memory:");
    await migrate(database);
    await database.query("INSERT INTO usage_schema VALUES (99)");
    await expect(migrate(database)).rejects.toThrow(/schema version 99.*start the version that wrote it/);
  });

  it("change nothing if one fails", async () => {
    await using database = openSqlite(":memory:");
    await database.query("CREATE TABLE usage_records (other TEXT)");
    await expect(migrate(database)).rejects.toThrow(/rest_api_id/);
    await expect(versionsOf(database)).rejects.toThrow(/usage_schema/);
  });
});
