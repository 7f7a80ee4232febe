import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givenSecret, secretFile } from "@tollgate/telemetry";
import { describeAlarmStore } from "../../../packages/metering/src/alarms/alarm-store.contract.ts";
import { describeCallMetrics } from "../../../packages/metering/src/call-metrics/call-metrics.contract.ts";
import { describeInvoices } from "../../../packages/metering/src/invoice/invoices.contract.ts";
import { describeReconciliation } from "../../../packages/metering/src/reconcile/reconcile.contract.ts";
import { describeUsageQueries } from "../../../packages/metering/src/usage/usage-queries.contract.ts";
import { DatabaseUnreachable } from "../../../packages/metering/src/usage-store/database.ts";
import { openPostgres } from "../../../packages/metering/src/usage-store/postgres.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import type { OpenDatabase } from "../../../packages/metering/src/usage-store/storing.contract.ts";
import { describeUsageStore } from "../../../packages/metering/src/usage-store/usage-store.contract.ts";
import { type Postgres, startPostgres } from "../../kit/postgres.ts";
import { until } from "../../kit/process.ts";
import { useFolder } from "../../kit/use.ts";

const inFile: OpenDatabase = async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-usage-"));
  return {
    database: openSqlite(join(folder, "usage.db")),
    close: async () => rmSync(folder, { recursive: true }),
  };
};

describe("in a file of SQLite", () => {
  describeUsageStore("the usage store", inFile);
  describeUsageQueries("the usage queries", inFile);
});

const folder = useFolder();

describe("on a real PostgreSQL", () => {
  let postgres: Postgres;
  let databases = 0;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());

  const onPostgres: OpenDatabase = async () => {
    const name = `usage_${process.pid}_${databases++}`;
    const admin = new pg.Client(postgres.url);
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    return {
      database: openPostgres(givenSecret(postgres.url.replace(/\/postgres$/, `/${name}`))),
      close: async () => undefined,
    };
  };
  describeUsageStore("the usage store", onPostgres);
  describeUsageQueries("the usage queries", onPostgres);
  describeCallMetrics("metrics of calls", onPostgres);
  describeAlarmStore("alarms", onPostgres);
  describeInvoices("invoices", onPostgres, 5);
  describeReconciliation("the comparison of countings", onPostgres);

  it("is connected to by the URL in a file, also after it was replaced, without a restart", async () => {
    const file = join(folder, "url");
    const urlOf = (user: string, password: string) => {
      const url = new URL(postgres.url);
      [url.username, url.password] = [user, password];
      return `${url.href}\n`;
    };
    const name = `reader_${process.pid}`;
    await using admin = openPostgres(givenSecret(postgres.url));
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'a password'`);
    writeFileSync(file, postgres.url);
    await using database = openPostgres(secretFile(file));
    const whoami = async () => (await database.query("SELECT current_user AS name"))[0]?.name;
    expect(await whoami()).not.toBe(name);
    await database.transaction(async (session) => {
      await session.query("SELECT 1");
      writeFileSync(file, urlOf(name, "a password"));
      await until("new connections are of the new user", async () => (await whoami()) === name);
      // What had begun goes on.
      expect(await session.query("SELECT current_user AS name")).not.toEqual([{ name }]);
    });
  });

  it("a connection that breaks between two queries fails its transaction, and nothing else", async () => {
    await using database = openPostgres(givenSecret(postgres.url));
    await database.query("CREATE TABLE cut (n BIGINT)");
    const cut = database.transaction(async (session) => {
      await session.query("INSERT INTO cut VALUES (1)");
      const [row] = await session.query("SELECT pg_backend_pid() AS pid");
      await database.query("SELECT pg_terminate_backend($1)", [Number(row?.pid)]);
      await until("the session has ended", async () => {
        const left = await database.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [
          Number(row?.pid),
        ]);
        return left.length === 0;
      });
      await session.query("INSERT INTO cut VALUES (2)");
    });
    await expect(cut).rejects.toThrow(DatabaseUnreachable);
    expect(await database.query("SELECT n FROM cut")).toEqual([]);
  });
});
