import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe } from "vitest";
import { describeUsageQueries } from "../../../packages/metering/src/usage/usage-queries.contract.ts";
import { openPostgres } from "../../../packages/metering/src/usage-store/postgres.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import {
  describeUsageStore,
  type OpenDatabase,
} from "../../../packages/metering/src/usage-store/usage-store.contract.ts";
import { type Postgres, startPostgres } from "../../kit/postgres.ts";

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
      database: openPostgres(postgres.url.replace(/\/postgres$/, `/${name}`)),
      close: async () => undefined,
    };
  };
  describeUsageStore("the usage store", onPostgres);
  describeUsageQueries("the usage queries", onPostgres);
});
