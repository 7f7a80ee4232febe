import { describe, expect, it } from "vitest";
import type { Database } from "../usage-store/database.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { dropUsage } from "./drop-usage.ts";
import { monthStart } from "./months.ts";
import { makeMonths } from "./partitions.ts";
import { USAGE_TABLES } from "./usage-tables.ts";

const NOW = Date.UTC(2027, 2, 15);
const TABLE = "usage_keys";
/** One row in each of some months from that of NOW on: months ago, of now, ahead, and of a clock that is years ahead. */
const MONTHS = [-9, -5, -1, 0, 1, 2, 40];

/** Tables as a version without partitions left them. */
async function plain(database: Database): Promise<void> {
  for (const { name, primaryKey, indexes } of USAGE_TABLES) {
    await database.query(`CREATE TABLE plain (LIKE ${name}, PRIMARY KEY (${primaryKey.join(", ")}))`);
    await database.query(`DROP TABLE ${name}`);
    await database.query(`ALTER TABLE plain RENAME TO ${name}`);
    await database.query(`ALTER INDEX plain_pkey RENAME TO ${name}_pkey`);
    for (const [index, columns] of Object.entries(indexes))
      await database.query(`CREATE INDEX ${index} ON ${name} (${columns.join(", ")})`);
  }
}

const fill = (database: Database) =>
  database.query(
    `INSERT INTO ${TABLE} VALUES ${MONTHS.map((month) => `(${monthStart(NOW, month)}, 'account', 'gold', 'key', 1)`).join(", ")}`,
  );

/** The partitions of a table that have rows, and how many. */
async function filled(database: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await database.query(
    `SELECT CAST(tableoid::regclass AS TEXT) AS part, COUNT(*) AS count FROM ${TABLE} GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [String(row["part"]), Number(row["count"])]));
}

/** describePartitions is the contract of months that are partitions, on PostgreSQL. */
export function describePartitions(name: string, open: OpenDatabase): void {
  describe(name, () => {
    it("take over tables of a version without them: nothing is lost, and old months are dropped with their rows", async () => {
      const { database, close } = await open();
      await makeMonths(database, NOW);
      await plain(database);
      await fill(database);
      // The second one finds it done.
      await Promise.all([makeMonths(database, NOW), makeMonths(database, NOW)]);
      expect(await filled(database)).toEqual({
        usage_keys_before: 4,
        usage_keys_other: 1,
        usage_keys_y2027m04: 1,
        usage_keys_y2027m05: 1,
      });
      // Clocks are believed as far as there is usage.
      await database.query(
        `INSERT INTO usage_units VALUES ('a', ${monthStart(NOW, 8)}, 'calls', 'api', 'prod', '', '', 0, 1)`,
      );
      await dropUsage(database, 4, NOW);
      expect(await filled(database)).toMatchObject({ usage_keys_before: 2, usage_keys_y2027m04: 1 });
      await makeMonths(database, monthStart(NOW, 1));
      await dropUsage(database, 4, monthStart(NOW, 6));
      // A day of April is kept for time zones: its partition is dropped as a whole when that is not, either.
      expect(await filled(database)).toEqual({
        usage_keys_other: 1,
        usage_keys_y2027m04: 1,
        usage_keys_y2027m05: 1,
      });
      await dropUsage(database, 4, monthStart(NOW, 7));
      expect(await filled(database)).toEqual({ usage_keys_other: 1, usage_keys_y2027m05: 1 });
      await database[Symbol.asyncDispose]();
      await close();
    });

    it("are made ahead, and take over what was counted of them before", async () => {
      const { database, close } = await open();
      await makeMonths(database, NOW);
      await plain(database);
      await makeMonths(database, NOW);
      await fill(database);
      expect(await filled(database)).toEqual({
        usage_keys_other: 4,
        usage_keys_y2027m03: 1,
        usage_keys_y2027m04: 1,
        usage_keys_y2027m05: 1,
      });
      await makeMonths(database, monthStart(NOW, 38));
      expect(await filled(database)).toMatchObject({ usage_keys_other: 3, usage_keys_y2030m07: 1 });
      await database[Symbol.asyncDispose]();
      await close();
    });
  });
}
