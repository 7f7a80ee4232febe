import { crc32 } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { UsageBatchSchema, type UsageBatch, type UsageEvent } from "@tollgate/proto/usage";
import type { Database, Session } from "./database.ts";
import { migrate } from "./migrate.ts";
import { SUM_COLUMNS } from "./schema.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EVENTS_TAG = 0x2a;

/** Position is a place in the usage topic; absent where batches come without one. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

/** IngestReport is what one ingestion did. */
export interface IngestReport {
  readonly counted: number;
  /** Events that were in the records already. */
  readonly repeated: number;
  /** Sequence numbers that are missing. */
  readonly missing: number;
  /** Batches that could not be read; they are skipped, and their events show as missing. */
  readonly damaged: number;
}

class Sums {
  calls = 0;
  readonly byClass = [0, 0, 0, 0, 0, 0];
  requestBytes = 0;
  responseBytes = 0;
  latencyUs = 0;
  integrationLatencyUs = 0;

  add(event: UsageEvent): void {
    this.calls++;
    const statusClass = Math.trunc(event.status / 100);
    if (statusClass >= 0 && statusClass <= 5)
      this.byClass[statusClass] = (this.byClass[statusClass] ?? 0) + 1;
    this.requestBytes += Number(event.requestBytes);
    this.responseBytes += Number(event.responseBytes);
    this.latencyUs += Number(event.latencyUs);
    this.integrationLatencyUs += Number(event.integrationLatencyUs);
  }
}

/** decodeBatch reads a batch and checks its events against their checksum; undefined when it is not what was sent. */
export function decodeBatch(bytes: Uint8Array): UsageBatch | undefined {
  try {
    const batch = fromBinary(UsageBatchSchema, bytes);
    // The events are the last field: their encoding is the tail of the message.
    const count = Number(batch.lastSeq - batch.firstSeq) + 1;
    if (batch.events.length !== count || batch.source === "") return undefined;
    const start = eventsStart(bytes);
    return start >= 0 && crc32(bytes.subarray(start)) === batch.eventsCrc32 ? batch : undefined;
  } catch {
    return undefined;
  }
}

/** Offset of the first byte of field "events", which follows the fixed-size checksum field. */
function eventsStart(bytes: Uint8Array): number {
  let at = 0;
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    if (bytes[at] === EVENTS_TAG) return at;
    const wireType = varint() & 7;
    if (wireType === 0) varint();
    else if (wireType === 2) {
      const length = varint();
      at += length;
    } else if (wireType === 5) at += 4;
    else return -1;
  }
  return -1;
}

/**
 * UsageStore makes usage records of batches of usage events. Sums, each source's highest sequence number and the place in the topic are
 * written in one transaction, so that a batch counts exactly once however often it comes.
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
      const sums = new Map<string, Sums>();
      const keys = new Map<string, number>();
      for (const value of values) {
        const batch = decodeBatch(value);
        if (batch) await this.#take(session, batch, { sums, keys }, report);
        else report.damaged++;
      }
      for (const [key, sum] of sums) await this.#addRecord(session, key, sum);
      for (const [key, count] of keys) await this.#addKeyUsage(session, key, count);
      if (position)
        await session.query(
          `INSERT INTO usage_offsets VALUES ($1, $2, $3)
           ON CONFLICT (topic, partition_id) DO UPDATE SET next_offset = excluded.next_offset WHERE usage_offsets.next_offset < excluded.next_offset`,
          [position.topic, position.partition, position.nextOffset],
        );
      return report;
    });
  }

  async #take(
    session: Session,
    batch: UsageBatch,
    { sums, keys }: { sums: Map<string, Sums>; keys: Map<string, number> },
    report: { counted: number; repeated: number; missing: number },
  ): Promise<void> {
    await session.query("INSERT INTO usage_sources VALUES ($1, 0) ON CONFLICT (source) DO NOTHING", [
      batch.source,
    ]);
    // The update locks the row: of two consumers with the same batch the second sees what the first counted.
    const [row] = await session.query(
      "UPDATE usage_sources SET last_seq = last_seq WHERE source = $1 RETURNING last_seq",
      [batch.source],
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
        [batch.source, lastSeq + 1, firstSeq - 1],
      );
    }
    for (const event of fresh) {
      const hour = Math.floor(Number(event.endTimeUnixMs) / HOUR_MS) * HOUR_MS;
      const key = JSON.stringify([
        hour,
        event.accountId,
        event.apiId,
        event.stage,
        event.httpMethod,
        event.resourcePath,
      ]);
      let sum = sums.get(key);
      if (!sum) sums.set(key, (sum = new Sums()));
      sum.add(event);
      if (event.usagePlanId === "") continue;
      const day = Math.floor(hour / DAY_MS) * DAY_MS;
      const owner = JSON.stringify([day, event.accountId, event.usagePlanId, event.apiKeyId]);
      keys.set(owner, (keys.get(owner) ?? 0) + 1);
    }
    report.counted += fresh.length;
    await session.query("UPDATE usage_sources SET last_seq = $2 WHERE source = $1", [
      batch.source,
      Number(batch.lastSeq),
    ]);
  }

  async #addKeyUsage(session: Session, key: string, count: number): Promise<void> {
    await session.query(
      `INSERT INTO usage_keys (day_unix_ms, account_id, usage_plan_id, api_key_id, call_count) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (account_id, usage_plan_id, api_key_id, day_unix_ms)
       DO UPDATE SET call_count = usage_keys.call_count + excluded.call_count`,
      [...(JSON.parse(key) as [number, string, string, string]), count],
    );
  }

  async #addRecord(session: Session, key: string, sum: Sums): Promise<void> {
    const [hour, accountId, apiId, stage, httpMethod, resourcePath] = JSON.parse(key) as [
      number,
      string,
      string,
      string,
      string,
      string,
    ];
    await session.query(
      `INSERT INTO usage_records (hour_unix_ms, account_id, api_id, stage, http_method, resource_path, ${SUM_COLUMNS.join(", ")})
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
       ON CONFLICT (account_id, api_id, stage, http_method, resource_path, hour_unix_ms) DO UPDATE SET
       ${SUM_COLUMNS.map((column) => `${column} = usage_records.${column} + excluded.${column}`).join(", ")}`,
      [
        ...[hour, accountId, apiId, stage, httpMethod, resourcePath],
        ...[sum.calls, sum.byClass[2] ?? 0, sum.byClass[3] ?? 0, sum.byClass[4] ?? 0, sum.byClass[5] ?? 0],
        ...[
          sum.requestBytes,
          sum.responseBytes,
          Math.round(sum.latencyUs),
          Math.round(sum.integrationLatencyUs),
        ],
      ],
    );
  }

  /** nextOffset is where to go on in a partition; 0 where nothing of it is counted. */
  async nextOffset(topic: string, partition: number): Promise<number> {
    const [row] = await this.#database.query(
      "SELECT next_offset FROM usage_offsets WHERE topic = $1 AND partition_id = $2",
      [topic, partition],
    );
    return Number(row?.next_offset ?? 0);
  }
}
