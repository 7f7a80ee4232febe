import type { UsageBatch } from "@tollgate/proto/usage";
import { decodeBatch, type Position } from "@tollgate/usage-stream";
import type { Database, Session } from "./database.ts";
import { migrate } from "./migrate.ts";
import { SUM_COLUMNS } from "./schema.ts";
import { type KeyCount, Tally, type UsageRecord } from "./tally.ts";

/** IngestReport is the result of one ingestion. */
export interface IngestReport {
  readonly counted: number;
  /** Events that were already in the records. */
  readonly repeated: number;
  /** Sequence numbers that are missing. */
  readonly missing: number;
  /** Batches that could not be read; they are skipped, and their events show as missing. */
  readonly damaged: number;
}

/**
 * UsageStore turns batches of usage events into usage records. Sums, each source's highest sequence number and the position in the topic
 * are written in one transaction, so that a batch counts exactly once however often it arrives.
 */
export class UsageStore {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(database: Database): Promise<UsageStore> {
    await migrate(database);
    return new UsageStore(database);
  }

  get database(): Session {
    return this.#database;
  }

  ingest(values: readonly Uint8Array[], position?: Position): Promise<IngestReport> {
    return this.#database.transaction(async (session) => {
      const report = { counted: 0, repeated: 0, missing: 0, damaged: 0 };
      const tally = new Tally();
      for (const value of values) {
        const batch = decodeBatch(value);
        if (batch) await takeBatch(session, batch, tally, report);
        else report.damaged++;
      }
      for (const record of tally.records) await addRecord(session, record);
      for (const keyCount of tally.keyCounts) await addKeyCount(session, keyCount);
      if (position)
        await session.query(
          `INSERT INTO usage_offsets VALUES ($1, $2, $3)
           ON CONFLICT (topic, partition_id) DO UPDATE SET next_offset = excluded.next_offset WHERE usage_offsets.next_offset < excluded.next_offset`,
          [position.topic, position.partition, position.nextOffset],
        );
      return report;
    });
  }

  /** nextOffset is where to continue in a partition; 0 if nothing of it is counted. */
  async nextOffset(topic: string, partition: number): Promise<number> {
    const [row] = await this.#database.query(
      "SELECT next_offset FROM usage_offsets WHERE topic = $1 AND partition_id = $2",
      [topic, partition],
    );
    return Number(row?.next_offset ?? 0);
  }
}

/** takeBatch tallies the events of a batch that are not counted yet, and stores up to where its source is counted now. */
async function takeBatch(
  session: Session,
  batch: UsageBatch,
  tally: Tally,
  report: { counted: number; repeated: number; missing: number },
): Promise<void> {
  const { source } = batch;
  await session.query("INSERT INTO usage_sources VALUES ($1, 0) ON CONFLICT (source) DO NOTHING", [source]);
  // The update locks the row: if two consumers have the same batch, the second sees what the first counted.
  const [row] = await session.query(
    "UPDATE usage_sources SET last_seq = last_seq WHERE source = $1 RETURNING last_seq",
    [source],
  );
  const lastSeq = Number(row?.last_seq ?? 0);
  const firstSeq = Number(batch.firstSeq);
  const fresh = batch.events.filter((event) => Number(event.seq) > lastSeq);
  report.repeated += batch.events.length - fresh.length;
  if (fresh.length === 0) return;
  if (firstSeq > lastSeq + 1) {
    report.missing += firstSeq - lastSeq - 1;
    await session.query(
      "INSERT INTO usage_gaps VALUES ($1, $2, $3) ON CONFLICT (source, first_seq) DO NOTHING",
      [source, lastSeq + 1, firstSeq - 1],
    );
  }
  for (const event of fresh) tally.add(event);
  report.counted += fresh.length;
  await session.query("UPDATE usage_sources SET last_seq = $2 WHERE source = $1", [
    source,
    Number(batch.lastSeq),
  ]);
}

async function addRecord(session: Session, record: UsageRecord): Promise<void> {
  const { hourUnixMs, accountId, apiId, stage, httpMethod, resourcePath, sums } = record;
  await session.query(
    `INSERT INTO usage_records (hour_unix_ms, account_id, api_id, stage, http_method, resource_path, ${SUM_COLUMNS.join(", ")})
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     ON CONFLICT (account_id, api_id, stage, http_method, resource_path, hour_unix_ms) DO UPDATE SET
     ${SUM_COLUMNS.map((column) => `${column} = usage_records.${column} + excluded.${column}`).join(", ")}`,
    [
      hourUnixMs,
      accountId,
      apiId,
      stage,
      httpMethod,
      resourcePath,
      ...SUM_COLUMNS.map((column) => sums[column]),
    ],
  );
}

async function addKeyCount(session: Session, given: KeyCount): Promise<void> {
  const { dayUnixMs, accountId, usagePlanId, apiKeyId, callCount } = given;
  await session.query(
    `INSERT INTO usage_keys (day_unix_ms, account_id, usage_plan_id, api_key_id, call_count) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (account_id, usage_plan_id, api_key_id, day_unix_ms)
     DO UPDATE SET call_count = usage_keys.call_count + excluded.call_count`,
    [dayUnixMs, accountId, usagePlanId, apiKeyId, callCount],
  );
}
