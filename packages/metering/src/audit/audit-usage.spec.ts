import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { batchOf, HOUR, receivedAt, T0 } from "../usage-store/batches.contract.ts";
import type { Database } from "../usage-store/database.ts";
import { openSqlite } from "../usage-store/sqlite.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { auditUsage, oneAtATime, type ReadRaw } from "./audit-usage.ts";

const TOPIC = "usage";
const PERIOD = { accountId: "", startUnixMs: T0, endUnixMs: T0 + HOUR };
const keyed = { apiKeyId: "key1", usagePlanId: "plan1" };
/** The messages of one partition: repeated, out of order, with a gap that is filled, and with usage of another hour. */
const MESSAGES = [
  batchOf("n/0/a", 1, [{ ...keyed }, { ...keyed }, {}]),
  batchOf("n/0/a", 6, [{ ...keyed }]),
  batchOf("n/0/a", 1, [{ ...keyed }, { ...keyed }, {}]),
  batchOf("n/0/a", 4, [{ ...keyed }, { atMs: T0 + 2 * HOUR }]),
  batchOf("n/1/b", 1, [{ ...keyed, apiId: "otherapi01" }]),
];

let database: Database;
let file: string;
beforeEach(async () => {
  database = openSqlite(":memory:");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  file = join(folder, "recount.db");
  const store = await UsageStore.open(database);
  await store.ingest(receivedAt(MESSAGES.slice(0, 4)), { topic: TOPIC, partition: 0, nextOffset: 4 });
});

const readRaw: ReadRaw = async (ends, take) => {
  const wanted = MESSAGES.slice(0, ends.get(0));
  for (const message of wanted) await take(receivedAt([message]));
  return { messages: wanted.length, dropped: 0 };
};
const audit = (options: { readRaw?: ReadRaw | undefined } = {}, period = PERIOD) =>
  auditUsage({ database, topic: TOPIC, readRaw, file, ...options }, period);

describe("an audit counts the topic again and", () => {
  it("confirms usage that is stored, as far as the topic is counted, and leaves no file", async () => {
    expect(await audit()).toEqual({
      messageCount: 4,
      droppedMessageCount: 0,
      comparedCount: 4,
      differenceCount: 0,
      differences: [],
    });
    expect(existsSync(file)).toBe(false);
  });

  it("names what is stored and is not in the topic, and what is missing", async () => {
    await database.query(
      "UPDATE usage_units SET units = units + 1 WHERE meter = 'rest.request' AND api_key_id = 'key1'",
    );
    await database.query("DELETE FROM usage_units WHERE meter = 'rest.request' AND api_key_id = ''");
    const { differenceCount, differences } = await audit();
    const of = {
      accountId: "000000000000",
      meter: "rest.request",
      apiId: "usageapi01",
      stage: "prod",
      freeReason: 0,
    };
    expect(differenceCount).toBe(2);
    expect(differences).toEqual([
      { ...of, apiKeyId: "", usagePlanId: "", storedUnits: 0n, recountedUnits: 1n },
      { ...of, ...keyed, storedUnits: 5n, recountedUnits: 4n },
    ]);
  });

  it("says how many messages the topic does not keep any more", async () => {
    const later: ReadRaw = async (ends, take) => {
      await take(receivedAt(MESSAGES.slice(1, ends.get(0))));
      return { messages: 3, dropped: 1 };
    };
    expect(await audit({ readRaw: later })).toMatchObject({ messageCount: 3, droppedMessageCount: 1 });
  });

  it.each([
    ["without a topic", { readRaw: undefined }, PERIOD, /without TOLLGATE_KAFKA nothing keeps usage events/],
    [
      "before 1970",
      {},
      { ...PERIOD, startUnixMs: -HOUR },
      /start_time_unix_ms -3600000 must be a time in milli/,
    ],
    ["of no time", {}, { ...PERIOD, endUnixMs: T0 }, /end of the period is not after its start/],
    [
      "of a part of a quarter of an hour",
      {},
      { ...PERIOD, endUnixMs: T0 + 1 },
      /the end .* minute 00, 15, 30 or 45/,
    ],
  ])("is refused %s", async (_what, options, period, message) => {
    await expect(audit(options, period)).rejects.toThrow(message);
  });

  it("is refused while another runs, and not afterwards", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: ReadRaw = (ends, take) => promise.then(() => readRaw(ends, take));
    const run = oneAtATime(auditUsage);
    const first = run({ database, topic: TOPIC, readRaw: slow, file }, PERIOD);
    await expect(run({ database, topic: TOPIC, readRaw, file: `${file}-2` }, PERIOD)).rejects.toThrow(
      "an audit is running",
    );
    resolve();
    expect(await first).toMatchObject({ differenceCount: 0 });
    expect(await run({ database, topic: TOPIC, readRaw, file }, PERIOD)).toMatchObject({
      differenceCount: 0,
    });
  });

  it("fails as reading fails, and leaves no file", async () => {
    const failing: ReadRaw = async () => {
      throw new Error("the broker is away");
    };
    await expect(audit({ readRaw: failing })).rejects.toThrow("the broker is away");
    expect(existsSync(file)).toBe(false);
  });
});
