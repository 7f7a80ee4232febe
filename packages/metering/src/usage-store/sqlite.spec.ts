import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { batchOf, receivedAt } from "./batches.contract.ts";
import { openSqlite } from "./sqlite.ts";
import { UsageStore } from "./usage-store.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
/** Passes quickly. */
let nowMs = performance.now() + 1_000;
afterEach(() => void vi.restoreAllMocks());

describe.each([
  ["in a file", () => join(folder, `${++files}.db`)],
  ["in memory", () => ":memory:"],
])("the embedded database %s", (_where, newFile) => {
  it("gives others their turn while it counts", async () => {
    await using database = openSqlite(newFile());
    const store = await UsageStore.open(database);
    const keys = Array.from({ length: 500 }, (_, i) => ({ apiKeyId: `k${i}`, usagePlanId: "gold" }));
    const batches = Array.from({ length: 4 }, (_, i) => batchOf("n/0/a", i * 500 + 1, keys));
    // Each pause is due.
    vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 100));
    let isCounting = true;
    const counting = store.ingest(receivedAt(batches)).finally(() => (isCounting = false));
    let turns = 0;
    for (; isCounting; turns++) await setImmediate();
    expect(turns).toBeGreaterThan(batches.length);
    expect((await counting).counted).toBe(2_000);
  });

  it("shows others nothing of a transaction before its end, and takes nothing of theirs back with it", async () => {
    await using database = openSqlite(newFile());
    await database.query("CREATE TABLE t (name TEXT)");
    const insert = (name: string) => ["INSERT INTO t VALUES ($1)", [name]] as const;
    const seen: unknown[] = [];
    const others: Promise<unknown>[] = [];
    const failing = database.transaction(async (session) => {
      await session.query(...insert("of the transaction"));
      others.push(
        database.query("SELECT name FROM t").then((rows) => seen.push(rows)),
        database.query(...insert("of another")),
      );
      await setImmediate();
      await setImmediate();
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await Promise.all(others);
    expect(seen).toEqual([[]]);
    expect(await database.query("SELECT name FROM t")).toEqual([{ name: "of another" }]);
  });
});

it.each(["SELECT name FROM t", "WITH names AS (SELECT name FROM t) SELECT name FROM names"])(
  "the embedded database in a file responds to %s while a transaction runs",
  async (query) => {
    await using database = openSqlite(join(folder, `${++files}.db`));
    await database.query("CREATE TABLE t (name TEXT)");
    const { promise: read, resolve } = Promise.withResolvers<readonly unknown[]>();
    await database.transaction(async (session) => {
      await session.query("INSERT INTO t VALUES ('a')");
      database.query(query).then(resolve, (error: unknown) => resolve([error]));
      expect(await Promise.race([read, setImmediate("it waits")])).toEqual([]);
    });
  },
);

it("the embedded database is closed after what runs, and refuses what begins later", async () => {
  const file = join(folder, `${++files}.db`);
  const database = openSqlite(file);
  await database.query("CREATE TABLE t (name TEXT)");
  const insert = (name: string) =>
    database.transaction(async (session) => {
      await session.query("INSERT INTO t VALUES ($1)", [name]);
      for (let turn = 0; turn < 5; turn++) await setImmediate();
    });
  const running = [insert("first"), insert("second")];
  const closing = database[Symbol.asyncDispose]();
  await setImmediate();
  const late = expect(insert("third")).rejects.toThrow("not open");
  await Promise.all([...running, closing, late]);
  await using again = openSqlite(file);
  expect(await again.query("SELECT name FROM t")).toEqual([{ name: "first" }, { name: "second" }]);
});
