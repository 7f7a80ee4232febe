import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givenSecret, secretFile } from "@tollgate/telemetry";
import { describeAlarmStore } from "../../../packages/metering/src/alarms/alarm-store.contract.ts";
import { describeBillingEvents } from "../../../packages/metering/src/billing-events/billing-events.contract.ts";
import { describeUsageReports } from "../../../packages/metering/src/billing-events/report-usage.contract.ts";
import { describeCallMetrics } from "../../../packages/metering/src/call-metrics/call-metrics.contract.ts";
import { describeInvoices } from "../../../packages/metering/src/invoice/invoices.contract.ts";
import { describeOwnSamples } from "../../../packages/metering/src/own-metrics/own-samples.contract.ts";
import { describePublication } from "../../../packages/metering/src/publication/publication.contract.ts";
import { describeReconciliation } from "../../../packages/metering/src/reconcile/reconcile.contract.ts";
import { describePartitions } from "../../../packages/metering/src/retention/partitions.contract.ts";
import { describeRetention } from "../../../packages/metering/src/retention/retention.contract.ts";
import { describeUsageQueries } from "../../../packages/metering/src/usage/usage-queries.contract.ts";
import { type Database, DatabaseUnreachable } from "../../../packages/metering/src/usage-store/database.ts";
import { migrate } from "../../../packages/metering/src/usage-store/migrate.ts";
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

/** Makes a database on a server, and returns its URL. */
async function newDatabase(url: string): Promise<string> {
  const name = `usage_${process.pid}`;
  await using server = openPostgres(givenSecret(url));
  await server.query(`CREATE DATABASE ${name}`);
  return Object.assign(new URL(url), { pathname: name }).href;
}

/** The statement after which a database holds again what it holds now. */
async function emptying(database: Database): Promise<string> {
  await database.query("CREATE SCHEMA held");
  const tables = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  const statements: string[] = [];
  for (const { tablename } of tables) {
    await database.query(`CREATE TABLE held.${tablename} AS TABLE ${tablename}`);
    statements.push(`DELETE FROM ${tablename}; INSERT INTO ${tablename} TABLE held.${tablename};`);
  }
  return `DO $$ BEGIN ${statements.join(" ")} END $$`;
}

const folder = useFolder();

describe("on a real PostgreSQL", () => {
  let postgres: Postgres;
  let shared: Database;
  let emptied = "";
  beforeAll(async () => {
    postgres = await startPostgres();
    shared = openPostgres(givenSecret(await newDatabase(postgres.url)));
    await migrate(shared);
    emptied = await emptying(shared);
  });
  afterAll(async () => {
    await shared[Symbol.asyncDispose]();
    await postgres[Symbol.asyncDispose]();
  });

  // A database for each test, and its migrations, would take longer than the tests.
  const onPostgres: OpenDatabase = async () => {
    await shared.query(emptied);
    return {
      database: { ...shared, [Symbol.asyncDispose]: async () => undefined },
      close: async () => undefined,
    };
  };
  describeUsageStore("the usage store", onPostgres);
  describeUsageQueries("the usage queries", onPostgres);
  describeCallMetrics("metrics of calls", onPostgres);
  describeAlarmStore("alarms", onPostgres);
  describeBillingEvents("events of billing", onPostgres);
  describeUsageReports("usage of customers that is reported", onPostgres);
  describeInvoices("invoices", onPostgres, 5);
  describeReconciliation("the comparison of countings", onPostgres);
  describeOwnSamples("metrics of metering itself", onPostgres);
  describePublication("what is published from PostgreSQL", onPostgres, 1);
  describeRetention("the retention of usage", onPostgres);
  describePartitions("partitions of months", onPostgres);

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
