import { rmSync } from "node:fs";
import type { FreeReason } from "@tollgate/proto/usage";
import type { ReceivedBatch } from "@tollgate/usage-stream/kafka";
import { Refusal } from "../refusal.ts";
import { readKeptFrom, refuseGone } from "../retention/kept-from.ts";
import { refuseTimes } from "../usage/time-range.ts";
import type { Row, Session } from "../usage-store/database.ts";
import { openSqlite } from "../usage-store/sqlite.ts";
import { SLOT_MS } from "../usage-store/tally.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import {
  type AuditedPeriod,
  createDifferences,
  DIFFERENCES,
  KEY_COLUMNS,
  snapshotOf,
  unitsOf,
} from "./stored-units.ts";

/** ReadRaw reads the messages of the topic up to some offsets, partition by partition, and returns how many there were. */
export type ReadRaw = (
  ends: ReadonlyMap<number, number>,
  take: (batches: readonly ReceivedBatch[]) => Promise<void>,
) => Promise<{ readonly messages: number; readonly dropped: number }>;

/** UsageAuditing is what audits need. */
export interface UsageAuditing {
  readonly topic: string;
  /** undefined: there is no topic. */
  readonly readRaw: ReadRaw | undefined;
  /** A name for a file that does not exist yet. */
  readonly newFile: () => string;
}

export interface AuditOptions {
  readonly database: Session;
  readonly topic: string;
  /** undefined: there is no topic, and nothing keeps the events. */
  readonly readRaw: ReadRaw | undefined;
  /** A file that does not exist yet, for the second counting: a topic may not fit into memory. */
  readonly file: string;
}

/** UsageDifference is usage that the topic does not confirm. */
export interface UsageDifference {
  readonly accountId: string;
  readonly meter: string;
  readonly apiId: string;
  readonly stage: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly freeReason: FreeReason;
  readonly storedUnits: bigint;
  readonly recountedUnits: bigint;
}

/** UsageAudit is what a second counting of the raw topic gave. */
export interface UsageAudit {
  readonly messageCount: number;
  /** Messages that were counted once and that the topic does not keep any more: what they contained shows as a difference. */
  readonly droppedMessageCount: number;
  /** Sums that were compared. */
  readonly comparedCount: number;
  readonly differenceCount: number;
  /** The first 100. */
  readonly differences: readonly UsageDifference[];
}

const SHOWN_MAX = 100;

function checkPeriod({ startUnixMs, endUnixMs }: AuditedPeriod): void {
  refuseTimes({ start_time_unix_ms: BigInt(startUnixMs), end_time_unix_ms: BigInt(endUnixMs) });
  if (startUnixMs >= endUnixMs) throw new Refusal("the end of the period is not after its start");
  for (const [name, unixMs] of [
    ["start", startUnixMs],
    ["end", endUnixMs],
  ] as const)
    if (unixMs % SLOT_MS !== 0)
      throw new Refusal(
        `the ${name} of the period is not at minute 00, 15, 30 or 45: usage is stored by quarters of an hour`,
      );
}

const keyOf = (row: Row): (string | number)[] =>
  KEY_COLUMNS.map((column) => (column === "free_reason" ? Number(row[column]) : String(row[column])));

const differenceOf = (row: Row): UsageDifference => ({
  accountId: String(row["account_id"]),
  meter: String(row["meter"]),
  apiId: String(row["api_id"]),
  stage: String(row["stage"]),
  usagePlanId: String(row["usage_plan_id"]),
  apiKeyId: String(row["api_key_id"]),
  freeReason: Number(row["free_reason"]) as FreeReason,
  storedUnits: BigInt(row["stored_units"] ?? 0),
  recountedUnits: BigInt(row["recounted_units"] ?? 0),
});

/** oneAtATime refuses an audit while another runs: each has the size of all the topic, and reads all of it. */
export function oneAtATime(audit: typeof auditUsage): typeof auditUsage {
  let isRunning = false;
  return async (options, period) => {
    if (isRunning) throw new Refusal("an audit is running: ask again when it has ended", "precondition");
    isRunning = true;
    try {
      return await audit(options, period);
    } finally {
      isRunning = false;
    }
  };
}

/**
 * auditUsage is UsageService.AuditUsage: it counts the raw topic again, up to the messages that are counted now, in a database of its own, and
 * compares what both have of a period to the unit. It reads all of the topic, because a source's events may be repeated anywhere in it.
 */
export async function auditUsage(
  { database, topic, readRaw, file }: AuditOptions,
  period: AuditedPeriod,
): Promise<UsageAudit> {
  checkPeriod(period);
  if (!readRaw)
    throw new Refusal(
      "there is no topic to count again: without TOLLGATE_KAFKA nothing keeps usage events",
      "precondition",
    );
  refuseGone("the period", period.startUnixMs, await readKeptFrom(database));
  const { units: stored, ends } = await snapshotOf(database, topic, period);
  try {
    await using recount = openSqlite(file);
    const store = await UsageStore.open(recount);
    const { messages, dropped } = await readRaw(ends, async (batches) => void (await store.ingest(batches)));
    await recount.query(createDifferences);
    await recount.transaction(async (session) => {
      const recounted = await unitsOf(session, period);
      await session.add(
        DIFFERENCES,
        stored.map((row) => [...keyOf(row), Number(row["units"]), 0]),
      );
      await session.add(
        DIFFERENCES,
        recounted.map((row) => [...keyOf(row), 0, Number(row["units"])]),
      );
    });
    const [count] = await recount.query(
      "SELECT COUNT(*) AS compared, SUM(stored_units <> recounted_units) AS different FROM audit_differences",
    );
    const differences = await recount.query(
      `SELECT * FROM audit_differences WHERE stored_units <> recounted_units ORDER BY ${KEY_COLUMNS.join(", ")} LIMIT ${SHOWN_MAX}`,
    );
    return {
      messageCount: messages,
      droppedMessageCount: dropped,
      comparedCount: Number(count?.["compared"]),
      differenceCount: Number(count?.["different"] ?? 0),
      differences: differences.map(differenceOf),
    };
  } finally {
    for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true });
  }
}
