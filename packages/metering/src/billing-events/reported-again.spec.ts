import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { USAGE_REPORTED } from "@tollgate/config";
import type { ReceivedBatch } from "@tollgate/usage-stream/kafka";
import { batchOf, HOUR, T0 } from "../usage-store/batches.contract.ts";
import { advanceCountedUntil, readCountedUntil, type Seen } from "../usage-store/counted-until.ts";
import type { Database } from "../usage-store/database.ts";
import { openSqlite } from "../usage-store/sqlite.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { listBillingEvents } from "./events.ts";
import { reportUsage } from "./report-usage.ts";

const ACCOUNT = "000000000000";
const MINUTE = 60_000;
const PARTITIONS = 3;
const END = T0 + 6 * HOUR;
/** When everything was received and its hours have ended. */
const AFTER = END + 3 * HOUR;

/** randomOf gives the same numbers for the same seed (mulberry32), from 0 to before `below`. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A topic: usage of two customers from two sources a partition, most of it on time, some an hour late or more, and some batches sent twice. */
function topicOf(seed: number): readonly (readonly ReceivedBatch[])[] {
  const random = randomOf(seed);
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const messages: ReceivedBatch[] = [];
    const seqs = [1, 1];
    for (let at = T0; at < END; at += random(20 * MINUTE)) {
      const node = random(2);
      const lateMs = random(4) === 0 ? random(3 * HOUR) : random(MINUTE);
      const events = Array.from({ length: 1 + random(4) }, (_each, i) => ({
        customerId: i % 2 === 0 ? "acme" : "beta",
        atMs: Math.max(T0, at - lateMs),
      }));
      const value = batchOf(`node${partition}/${node}/a`, seqs[node] ?? 1, events);
      seqs[node] = (seqs[node] ?? 1) + events.length;
      messages.push({ value, receivedUnixMs: at });
      if (random(5) === 0) messages.push({ value, receivedUnixMs: at + random(10_000) });
    }
    return messages;
  });
}

/** What a sink that recognizes ids was sent. */
class Sink {
  readonly units = new Map<string, number>();
  readonly hours = new Map<string, number>();
  /** Reports of an id that had other units before. */
  readonly others: string[] = [];

  take(id: string, { customerId, start, units }: { customerId: string; start: string; units: number }): void {
    const known = this.units.get(id);
    if (known !== undefined) {
      if (known !== units) this.others.push(id);
      return;
    }
    this.units.set(id, units);
    const hour = `${customerId} ${start}`;
    this.hours.set(hour, (this.hours.get(hour) ?? 0) + units);
  }
}

interface Life {
  readonly database: Database;
  readonly topic: readonly (readonly ReceivedBatch[])[];
  readonly sink: Sink;
  readonly random: (below: number) => number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A metering that counts and reports for a time, in steps of chance, and is behind what the topic has. */
async function live({ database, topic, sink, random, fromMs, untilMs }: Life): Promise<void> {
  let now = fromMs;
  const store = await UsageStore.open(database, { nowMs: () => now });
  const received = (partition: number) =>
    (topic[partition] ?? []).filter(({ receivedUnixMs }) => receivedUnixMs <= now).length;
  const readEnds = async () =>
    topic.map((_, partition) => ({ partition, low: "0", high: String(received(partition)) }));
  let waitedFor: Seen | undefined;
  for (; now < untilMs; now += 1 + random(15 * MINUTE)) {
    for (const [partition, messages] of topic.entries()) {
      const next = await store.nextOffset("usage", partition);
      const to = Math.min(received(partition), next + random(8));
      if (to > next)
        await store.ingest(messages.slice(next, to), { topic: "usage", partition, nextOffset: to });
    }
    waitedFor = await advanceCountedUntil(
      database,
      { topic: "usage", readEnds, nowMs: () => now },
      waitedFor,
    );
    const countedUntilMs = await readCountedUntil(database, "usage");
    await reportUsage(database, { accountId: ACCOUNT, meter: "rest.request", nowMs: now, countedUntilMs });
  }
  const of = { accountId: ACCOUNT, typePrefix: USAGE_REPORTED, state: undefined, limit: 10_000 };
  for (const { eventId, content } of await listBillingEvents(database, of))
    sink.take(eventId, JSON.parse(content));
}

/** What customers used in each hour. */
async function used(database: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await database.query(
    `SELECT value, (slot_unix_ms / ${HOUR}) * ${HOUR} AS hour, SUM(units) AS units FROM usage_label_units
     WHERE label = 'customer' AND meter = 'rest.request' GROUP BY 1, 2`,
  );
  return Object.fromEntries(
    rows.map(({ value, hour, units }) => [`${value} ${new Date(Number(hour)).toISOString()}`, Number(units)]),
  );
}

it.each([1, 2, 3])(
  "a database that is restored from a backup reports by the same ids what a sink has, and each unit is there once (topic %i)",
  async (seed) => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "tollgate-reported-"));
    const random = randomOf(1_000 + seed);
    const topic = topicOf(seed);
    const sink = new Sink();
    const backup = join(folder.path, "backup.db");
    const dumpedMs = T0 + random(6 * HOUR);
    const lostMs = dumpedMs + HOUR + random(2 * HOUR);
    {
      await using database = openSqlite(":memory:");
      const life = { database, topic, sink, random };
      await live({ ...life, fromMs: T0 - 10 * MINUTE, untilMs: dumpedMs });
      await database.query(`VACUUM INTO '${backup}'`);
      await live({ ...life, fromMs: dumpedMs, untilMs: lostMs });
    }
    await using restored = openSqlite(backup);
    await live({ database: restored, topic, sink, random, fromMs: lostMs, untilMs: AFTER });
    expect(sink.others).toEqual([]);
    expect(Object.fromEntries(sink.hours)).toEqual(await used(restored));
  },
);

it("a topic that never rests is waited for no longer than what it had at one time takes, and one that is made again not at all", async () => {
  await using database = openSqlite(":memory:");
  const store = await UsageStore.open(database, { nowMs: () => T0 });
  let [now, high, low] = [T0, 10, 0];
  const readEnds = async () => [{ partition: 0, low: String(low), high: String(high) }];
  let waitedFor: Seen | undefined;
  const advance = async () => {
    waitedFor = await advanceCountedUntil(
      database,
      { topic: "usage", readEnds, nowMs: () => now },
      waitedFor,
    );
    return await readCountedUntil(database, "usage");
  };
  const countTo = (nextOffset: number) => store.ingest([], { topic: "usage", partition: 0, nextOffset });
  expect(await advance()).toBe(0);
  [now, high] = [T0 + 1, 20];
  await countTo(10);
  expect(await advance()).toBe(T0);
  await countTo(15);
  expect(await advance()).toBe(T0);
  await store.restart("usage", 0);
  [now, high] = [T0 + 2, 3];
  expect(await advance()).toBe(T0);
  [now, low] = [T0 + 3, 3];
  expect(await advance()).toBe(T0 + 2);
});
