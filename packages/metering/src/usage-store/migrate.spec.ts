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

  it("keep what is reported to other systems: what was reported is not reported again, and the rest is", async () => {
    await using database = openSqlite(":memory:");
    const before = migrations.findIndex((statements) =>
      statements.some((one) => one.includes("usage_to_report")),
    );
    const [account, hour] = ["000000000000", 3_600_000];
    for (const statement of migrations.slice(0, before).flat()) await database.query(statement);
    await database.query("CREATE TABLE usage_schema (version BIGINT PRIMARY KEY)");
    await database.query(`INSERT INTO usage_schema VALUES (${before})`);
    await database.query(
      `INSERT INTO usage_reports VALUES ('${account}', 'rest.request', ${hour}, ${3 * hour})`,
    );
    const units = async (
      slotUnixMs: number,
      customer: string,
      count: number,
      meter = "rest.request",
      free = 0,
    ) =>
      await database.query(
        `INSERT INTO usage_label_units VALUES ('${account}', 'customer', ${slotUnixMs}, '${customer}', '${meter}', ${free}, ${count})`,
      );
    await units(0, "acme", 1);
    await units(hour, "acme", 2);
    await units(hour + 900_000, "acme", 3);
    await units(hour, "beta", 4);
    await units(3 * hour, "beta", 5);
    await units(3 * hour, "beta", 6, "transfer.byte");
    await units(3 * hour, "beta", 7, "rest.request", 1);
    await database.query(
      `INSERT INTO reported_usage VALUES ('${account}', 'rest.request', 'acme', ${hour}, 4)`,
    );
    await database.query(
      `INSERT INTO reported_usage VALUES ('${account}', 'rest.request', 'beta', ${hour}, 4)`,
    );
    await migrate(database);
    const rows = await database.query(
      "SELECT customer_id, window_unix_ms, hour_unix_ms, units, reported FROM usage_to_report ORDER BY hour_unix_ms",
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ["acme", hour, hour, 5, 4],
      ["beta", 3 * hour, 3 * hour, 5, 0],
    ]);
  });

  it("let no metering of a version before count on", async () => {
    await using database = openSqlite(":memory:");
    await migrate(database);
    await expect(database.query("INSERT INTO usage_offsets VALUES ('usage', 0, 1)")).rejects.toThrow(
      "no such table",
    );
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
