import { randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { type FreeReason, UsageRecordSchema } from "@tollgate/proto/usage";
import type { TopicMessage } from "@tollgate/usage-stream/kafka";
import type { AddingTable, Row, Session } from "../usage-store/database.ts";
import type { KeyUnits } from "../usage-store/key-units.ts";
import type { Page, Publication } from "./publication.ts";

const KEY = [
  { name: "account_id", type: "TEXT" },
  { name: "slot_unix_ms", type: "BIGINT" },
  { name: "meter", type: "TEXT" },
  { name: "api_id", type: "TEXT" },
  { name: "stage", type: "TEXT" },
  { name: "usage_plan_id", type: "TEXT" },
  { name: "api_key_id", type: "TEXT" },
  { name: "free_reason", type: "BIGINT" },
] as const;
const KEY_NAMES = KEY.map(({ name }) => name);
const KEY_LIST = KEY_NAMES.join(", ");

const changes: AddingTable = {
  name: "record_changes",
  columns: [{ name: "change_id", type: "TEXT" }, ...KEY],
  key: ["change_id", ...KEY_NAMES],
  change: "change_id = excluded.change_id",
};

const TIME_DIGITS = 15;

/** noteRecords notes which records change, in the transaction that changes them. It only adds rows: others never wait for it. */
export async function noteRecords(session: Session, { rows }: KeyUnits, nowMs: number): Promise<void> {
  if (rows.length === 0) return;
  const changeId = `${String(nowMs).padStart(TIME_DIGITS, "0")}-${randomUUID()}`;
  await session.add(
    changes,
    // The columns of usage_units are this key, and the units.
    rows.map((row) => [changeId, ...row.slice(0, KEY.length)]),
  );
}

/** forgetChanges forgets what was noted, when records are not published. */
export const forgetChanges = async (session: Session): Promise<void> =>
  void (await session.query("DELETE FROM record_changes"));

const keyOf = (row: Row): readonly (string | number)[] => KEY_NAMES.map((name) => row[name] ?? "");

function messageOf(row: Row, revision: number): TopicMessage {
  const [accountId, slot, meter, apiId, stage, usagePlanId, apiKeyId, freeReason] = KEY_NAMES.map((name) =>
    String(row[name]),
  ) as [string, string, string, string, string, string, string, string];
  const record = create(UsageRecordSchema, {
    accountId,
    startTimeUnixMs: BigInt(slot),
    meter,
    apiId,
    stage,
    usagePlanId,
    apiKeyId,
    freeReason: Number(freeReason) as FreeReason,
    units: BigInt(row["units"] ?? 0),
    revision: BigInt(revision),
  });
  const key = [accountId, slot, meter, apiId, stage, usagePlanId, apiKeyId, freeReason].join("/");
  return { key, value: Buffer.from(toBinary(UsageRecordSchema, record)) };
}

const PAGE_ROWS = 2_000;
const DONE = "DONE";
/** Going through all records is shorter than what waits for longer, and bounds what is noted while nothing can be published. */
const WAITS_AT_MOST_MS = 86_400_000;

const places = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `$${from + i}`).join(", ");

interface Reading {
  readonly session: Session;
  readonly topic: string;
  readonly revision: () => Promise<number>;
  readonly pageRows: number;
}

/** A page of all records, in the order of their keys. */
async function pageOfAll({ session, topic, revision, pageRows }: Reading, passed: string): Promise<Page> {
  const number = await revision();
  const after = passed === "" ? [] : (JSON.parse(passed) as (string | number)[]);
  const where = after.length === 0 ? "" : `WHERE (${KEY_LIST}) > (${places(1, after.length)})`;
  const rows = await session.query(
    `SELECT ${KEY_LIST}, units FROM usage_units ${where} ORDER BY ${KEY_LIST} LIMIT ${pageRows}`,
    after,
  );
  const last = rows.at(-1);
  return {
    messages: rows.map((row) => messageOf(row, number)),
    settle: async (settling) =>
      void (await settling.query("UPDATE publishers SET passed_key = $2 WHERE topic = $1", [
        topic,
        last && rows.length === pageRows ? JSON.stringify(keyOf(last)) : DONE,
      ])),
  };
}

const firstChange = async (session: Session): Promise<string | undefined> => {
  const [row] = await session.query("SELECT change_id FROM record_changes ORDER BY change_id LIMIT 1");
  return row && String(row["change_id"]);
};

const timeOf = (changeId: string): number => Number(changeId.slice(0, TIME_DIGITS));

/** The page of changes that wait longest. A transaction's changes are all there once one of them is, so what is read of its id is settled by its last key. */
async function pageOfChanges({ session, revision, pageRows }: Reading): Promise<Page> {
  const number = await revision();
  const rows = await session.query(
    `SELECT c.change_id, ${KEY_NAMES.map((name) => `c.${name}`).join(", ")}, u.units FROM
       (SELECT change_id, ${KEY_LIST} FROM record_changes ORDER BY change_id, ${KEY_LIST} LIMIT ${pageRows}) c
     LEFT JOIN usage_units u ON ${KEY_NAMES.map((name) => `u.${name} = c.${name}`).join(" AND ")}
     ORDER BY c.change_id, ${KEY_NAMES.map((name) => `c.${name}`).join(", ")}`,
  );
  const records = new Map(rows.map((row) => [JSON.stringify(keyOf(row)), row]));
  const ids = [...new Set(rows.map((row) => String(row["change_id"])))];
  const lastId = ids.at(-1) ?? "";
  const last = rows.at(-1);
  return {
    messages: [...records.values()]
      .filter((row) => row["units"] !== null)
      .map((row) => messageOf(row, number)),
    async settle(settling) {
      for (const id of ids.slice(0, -1))
        await settling.query("DELETE FROM record_changes WHERE change_id = $1", [id]);
      if (last)
        await settling.query(
          `DELETE FROM record_changes WHERE change_id = $1 AND (${KEY_LIST}) <= (${places(2, KEY.length)})`,
          [lastId, ...keyOf(last)],
        );
    },
  };
}

/** publishedRecords are the units that are counted. At first, and after changes have waited for a day, all of them are gone through. */
export const publishedRecords = (
  topic: string,
  nowMs: () => number = Date.now,
  pageRows = PAGE_ROWS,
): Publication => ({
  topic,
  async read(session, revision) {
    const reading = { session, topic, revision, pageRows };
    const [row] = await session.query("SELECT passed_key FROM publishers WHERE topic = $1", [topic]);
    const passed = String(row?.["passed_key"] ?? "");
    const first = await firstChange(session);
    if (first !== undefined && nowMs() - timeOf(first) > WAITS_AT_MOST_MS) {
      await forgetChanges(session);
      await this.restart(session);
      return await pageOfAll(reading, "");
    }
    if (passed !== DONE) return await pageOfAll(reading, passed);
    return first === undefined ? undefined : await pageOfChanges(reading);
  },
  async waitingSinceUnixMs(session) {
    const first = await firstChange(session);
    return first === undefined ? undefined : timeOf(first);
  },
  async restart(session) {
    await session.query("UPDATE publishers SET passed_key = '' WHERE topic = $1", [topic]);
  },
});
