import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { finalizeInvoice } from "../invoice/finalize-invoice.ts";
import { listInvoices } from "../invoice/invoice-store.ts";
import { ACCOUNT, call, november, terms } from "../invoice/invoicing.contract.ts";
import { batchOf, DAY, HOUR, receivedAt } from "./batches.contract.ts";
import type { Database, Session } from "./database.ts";
import { openSqlite } from "./sqlite.ts";
import { UsageStore } from "./usage-store.ts";

/** The topic: a batch of each of two sources in turn, an hour of usage in each, at the offsets of one partition. */
const BATCHES = 12;
/** So many are counted before the topic or the database is another one. */
const BEFORE = 7;
const topic = Array.from({ length: BATCHES }, (_, offset) => {
  const source = `n/${offset % 2}/a`;
  const atMs = november.startUnixMs + offset * HOUR;
  const place = { customerId: "acme", domainName: "pets.example" };
  return {
    receivedUnixMs: atMs,
    value: batchOf(source, Math.floor(offset / 2) * 3 + 1, [
      call(atMs, place),
      call(atMs, { ...place, apiKeyId: "ben", responseBytes: offset }),
      call(atMs, { ...place, cacheSize: "1.6" }),
    ]),
  };
});
/** When the last of it was received, and the month has ended. */
const LATER = november.endUnixMs + HOUR;

/** Counts a part of the topic as a receiver does, a few messages at a time, and returns how many events were new. */
async function count(store: UsageStore, from: number, to: number): Promise<number> {
  let counted = 0;
  for (let at = from; at < to; at += 5) {
    const next = Math.min(at + 5, to);
    const position = { topic: "usage", partition: 0, nextOffset: next };
    counted += (await store.ingest(topic.slice(at, next), position)).counted;
  }
  return counted;
}

/** All that is stored of usage, without when sources were heard of. */
async function ledger(database: Database): Promise<Readonly<Record<string, unknown>>> {
  const tables = await database.query(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE 'usage_%' OR name LIKE 'metric_%') ORDER BY name",
  );
  const rows = await Promise.all(
    tables.map(async ({ name }) => {
      const all = await database.query(`SELECT * FROM ${name}`);
      return [name, all.map(({ heard_unix_ms: _, ...row }) => JSON.stringify(row)).sort()] as const;
    }),
  );
  return Object.fromEntries(rows);
}

const finalize = (database: Database, month: string, nowUnixMs: number) =>
  finalizeInvoice(database, {
    actor: "ada",
    given: terms(month, { subscriptionId: "acme" }),
    issueDate: "2026-12-02",
    acceptsMissingEvents: false,
    nowUnixMs,
    silentBeforeUnixMs: 0,
  });
const invoices = (database: Database) =>
  listInvoices(database, { accountId: ACCOUNT, subscriptionId: "", month: "" });

it("the whole topic twice again, and again 40 days later, changes no row and no byte of an invoice", async () => {
  let nowMs = LATER;
  await using database = openSqlite(":memory:");
  const store = await UsageStore.open(database, { nowMs: () => nowMs, sourceRetentionMs: 90 * DAY });
  expect(await count(store, 0, BATCHES)).toBe(3 * BATCHES);
  await finalize(database, "2026-11", nowMs);
  const [counted, made] = [await ledger(database), await invoices(database)];
  for (const days of [0, 0, 40]) {
    nowMs = LATER + days * DAY;
    // Received again at that time, which nothing that is counted depends on.
    const again = receivedAt(topic.map(({ value }) => value).toReversed(), nowMs);
    expect(await store.ingest(again)).toMatchObject({
      counted: 0,
      repeated: 3 * BATCHES,
      missing: 0,
      damaged: 0,
    });
    expect(await ledger(database)).toEqual(counted);
  }
  expect(await invoices(database)).toEqual(made);
  const { document } = await finalize(database, "2026-12", nowMs);
  expect(document.lines.filter(({ kind }) => kind === "ADJUSTMENT")).toEqual([]);
});

it("a database that is restored from an earlier backup counts what came after it again, and nothing twice", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tollgate-restored-"));
  const nowMs = () => LATER;
  await using database = openSqlite(join(folder.path, "usage.db"));
  const store = await UsageStore.open(database, { nowMs });
  await count(store, 0, BEFORE);
  const backup = join(folder.path, "backup.db");
  await database.query(`VACUUM INTO '${backup}'`);
  await count(store, BEFORE, BATCHES);
  await finalize(database, "2026-11", LATER);
  await using restored = openSqlite(backup);
  const again = await UsageStore.open(restored, { nowMs });
  const next = await again.nextOffset("usage", 0);
  expect(next).toBe(BEFORE);
  // Some that the backup has arrive again, too.
  expect(await count(again, next - 4, BATCHES)).toBe(3 * (BATCHES - next));
  await finalize(restored, "2026-11", LATER);
  expect(await ledger(restored)).toEqual(await ledger(database));
  expect(await invoices(restored)).toEqual(await invoices(database));
});

/** A database whose process is killed before a statement of a transaction, as seen by the database: it ends without a commit. */
function killedBefore(
  database: Database,
  statement: number,
): { readonly database: Database; readonly isKilled: () => boolean } {
  let left = statement;
  const step = () => {
    if (left-- === 0) throw new Error("killed");
  };
  const counting = (session: Session): Session => ({
    query: async (sql, parameters) => {
      step();
      return session.query(sql, parameters);
    },
    add: async (table, rows) => {
      step();
      await session.add(table, rows);
    },
  });
  const transaction: Database["transaction"] = (work) =>
    database.transaction(async (session) => {
      const result = await work(counting(session));
      step();
      return result;
    });
  return { database: { ...database, transaction }, isKilled: () => left < 0 };
}

it("a metering that is killed before any statement of counting, or before its commit, has counted all or nothing", async () => {
  await using database = openSqlite(":memory:");
  const store = await UsageStore.open(database, { nowMs: () => LATER });
  await count(store, 0, BATCHES);
  const counted = await ledger(database);
  // One database for all: each that is killed has to leave it as it was.
  await using another = openSqlite(":memory:");
  await UsageStore.open(another, { nowMs: () => LATER });
  const before = await ledger(another);
  const first = 5;
  let kills = 0;
  for (; ; kills++) {
    const killed = killedBefore(another, kills);
    const dying = await UsageStore.open(killed.database, { nowMs: () => LATER });
    await dying
      .ingest(topic.slice(0, first), { topic: "usage", partition: 0, nextOffset: first })
      .catch(() => undefined);
    if (!killed.isKilled()) break;
    expect(await ledger(another)).toEqual(before);
  }
  const next = await UsageStore.open(another, { nowMs: () => LATER });
  expect(await next.nextOffset("usage", 0)).toBe(first);
  expect(await count(next, first, BATCHES)).toBe(3 * (BATCHES - first));
  expect(await ledger(another)).toEqual(counted);
  expect(kills).toBeGreaterThan(20);
});

it("a topic that is made again is read from its start, and what nodes send to it again counts once", async () => {
  await using database = openSqlite(":memory:");
  const store = await UsageStore.open(database, { nowMs: () => LATER });
  await count(store, 0, BEFORE);
  const counted = await ledger(database);
  await store.restart("usage", 0);
  expect(await store.nextOffset("usage", 0)).toBe(0);
  expect(await count(store, 0, BEFORE)).toBe(0);
  expect(await ledger(database)).toEqual(counted);
  expect(await count(store, BEFORE, BATCHES)).toBe(3 * (BATCHES - BEFORE));
});
