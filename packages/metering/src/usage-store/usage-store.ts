import { MetricStore, type WriteReport } from "@tollgate/metric-store";
import { type BatchHead, BatchReader, CACHE_SIZE, type EventView } from "@tollgate/usage-stream";
import type { Position, ReceivedBatch } from "@tollgate/usage-stream/kafka";
import { forgetEvents } from "../billing-events/events.ts";
import { forgetReports } from "../billing-events/report-usage.ts";
import { CallTally } from "../call-metrics/call-tally.ts";
import { noteRecords } from "../publication/records.ts";
import { makeMonths } from "../retention/partitions.ts";
import { CacheHoursTally } from "./cache-hours.ts";
import type { Database, Session } from "./database.ts";
import { markLate } from "./late-usage.ts";
import { forgetLeasedCalls, LeasedCallsTally } from "./leased-calls.ts";
import { migrate } from "./migrate.ts";
import { forgetSourceSums } from "./source-sums.ts";
import { CountedSource, forgetSources, type SourceProgress } from "./sources.ts";
import { Tally } from "./tally.ts";
import { pause } from "./turn.ts";
import { readReportedMeters } from "./units-to-report.ts";

/** IngestReport is the result of one ingestion. */
export interface IngestReport {
  readonly counted: number;
  /** Events that were already in the records. */
  readonly repeated: number;
  /** Sequence numbers that did not arrive before later ones. */
  readonly missing: number;
  /** Batches that could not be read; they are skipped, and their events show as missing. */
  readonly damaged: number;
  /** Counted events whose time is far after, or far before the time at which they were received. */
  readonly early: number;
  readonly late: number;
  /** What became of the metrics of counted events. */
  readonly metrics: WriteReport;
}

/** UsageStoreOptions is what a store is opened with. */
export interface UsageStoreOptions {
  readonly nowMs?: () => number;
  /** Sources that were not heard of for longer are forgotten, with what is missing of them. */
  readonly sourceRetentionMs?: number;
  /** Keeps the metrics of calls; "elsewhere": they are not kept. */
  readonly metrics?: MetricStore | "elsewhere";
  /** Whether changes are noted for who publishes records. */
  readonly notesRecords?: boolean;
}

const FORGET_EVERY_MS = 3_600_000;

/** Dimension sets of an account where nothing else is said. */
const SETS_MAX = 20_000;

interface Ingestion {
  readonly tally: Tally;
  readonly calls: CallTally;
  readonly leased: LeasedCallsTally;
  readonly cacheHours: CacheHoursTally;
  readonly report: { -readonly [K in keyof IngestReport]: IngestReport[K] };
  readonly nowMs: number;
}

/**
 * UsageStore turns batches of usage events into usage records and metrics. Sums, which sequence numbers of each source are in them, and the position
 * in the topic are written in one transaction, so that a batch counts exactly once however often and in whatever order it arrives.
 */
export class UsageStore {
  readonly #database: Database;
  readonly #nowMs: () => number;
  readonly #sourceRetentionMs: number;
  readonly #metrics: MetricStore | undefined;
  readonly #notesRecords: boolean;
  /** Those that no ingestion has: several run at a time, and what a reader has read is its own until it reads again. */
  readonly #readers: BatchReader[] = [];
  #forgotMs = 0;

  private constructor(database: Database, options: UsageStoreOptions) {
    const { nowMs = Date.now, sourceRetentionMs = Number.POSITIVE_INFINITY, metrics } = options;
    this.#notesRecords = options.notesRecords ?? false;
    this.#database = database;
    this.#nowMs = nowMs;
    this.#sourceRetentionMs = sourceRetentionMs;
    this.#metrics =
      metrics === "elsewhere" ? undefined : (metrics ?? new MetricStore({ setsMax: SETS_MAX, nowMs }));
  }

  /** open migrates the database, and gives its tables partitions. */
  static async open(database: Database, options: UsageStoreOptions = {}): Promise<UsageStore> {
    await migrate(database);
    await makeMonths(database, (options.nowMs ?? Date.now)());
    return new UsageStore(database, options);
  }

  get database(): Session {
    return this.#database;
  }

  async ingest(batches: readonly ReceivedBatch[], position?: Position): Promise<IngestReport> {
    const reader = this.#readers.pop() ?? new BatchReader();
    try {
      reader.forget();
      return await this.#ingest(reader, batches, position);
    } finally {
      this.#readers.push(reader);
    }
  }

  #ingest(
    reader: BatchReader,
    batches: readonly ReceivedBatch[],
    position?: Position,
  ): Promise<IngestReport> {
    return this.#database.transaction(async (session) => {
      const metrics = { refused: 0, expired: 0, damaged: 0 };
      const report = { counted: 0, repeated: 0, missing: 0, damaged: 0, early: 0, late: 0, metrics };
      const tally = new Tally(await readReportedMeters(session));
      const calls = new CallTally();
      const leased = new LeasedCallsTally();
      const cacheHours = new CacheHoursTally();
      const ingestion: Ingestion = { tally, calls, leased, cacheHours, report, nowMs: this.#nowMs() };
      await takeBatches(session, reader, batches, ingestion);
      Object.assign(report, tally.records.misplaced);
      await cacheHours.settle(session, tally);
      await tally.save(session);
      if (this.#notesRecords) await noteRecords(session, tally.keyUnits, ingestion.nowMs);
      await markLate(session, tally.keyUnits.rows, ingestion.nowMs);
      await leased.save(session);
      if (this.#metrics) report.metrics = await this.#metrics.write(session, calls.samples());
      await this.#forget(session, ingestion.nowMs);
      if (position)
        await session.query(
          `INSERT INTO usage_positions VALUES ($1, $2, $3)
           ON CONFLICT (topic, partition_id) DO UPDATE SET next_offset = excluded.next_offset WHERE usage_positions.next_offset < excluded.next_offset`,
          [position.topic, position.partition, position.nextOffset],
        );
      return report;
    });
  }

  async #forget(session: Session, nowMs: number): Promise<void> {
    if (nowMs - this.#forgotMs < FORGET_EVERY_MS) return;
    await forgetLeasedCalls(session, nowMs);
    await forgetSources(session, nowMs - this.#sourceRetentionMs);
    await forgetSourceSums(session, nowMs);
    await forgetEvents(session, nowMs);
    await forgetReports(session, nowMs);
    this.#forgotMs = nowMs;
  }

  /** partitionsOf is how many partitions of a topic were counted. */
  async partitionsOf(topic: string): Promise<number> {
    const [row] = await this.#database.query(
      "SELECT COALESCE(MAX(partition_id), -1) + 1 AS partitions FROM usage_positions WHERE topic = $1",
      [topic],
    );
    return Number(row?.["partitions"]);
  }

  /** restart forgets where to continue in a partition, which has been created again. */
  async restart(topic: string, partition: number): Promise<void> {
    await this.#database.query("DELETE FROM usage_positions WHERE topic = $1 AND partition_id = $2", [
      topic,
      partition,
    ]);
  }

  /** nextOffset is where to continue in a partition; 0 if nothing of it is counted. */
  async nextOffset(topic: string, partition: number): Promise<number> {
    const [row] = await this.#database.query(
      "SELECT next_offset FROM usage_positions WHERE topic = $1 AND partition_id = $2",
      [topic, partition],
    );
    return Number(row?.next_offset ?? 0);
  }
}

const compare = (one: string, other: string): number => Number(one > other) - Number(one < other);

/** takeBatches tallies the events of batches that are not counted yet, and stores how far their sources are. */
async function takeBatches(
  session: Session,
  reader: BatchReader,
  batches: readonly ReceivedBatch[],
  ingestion: Ingestion,
): Promise<void> {
  const { report, nowMs } = ingestion;
  const sound = batches.flatMap(({ value, receivedUnixMs }) => {
    const head = reader.readHead(value);
    return head ? [{ value, head, receivedUnixMs }] : [];
  });
  report.damaged += batches.length - sound.length;
  let source: CountedSource | undefined;
  // Everything is locked in one order, whatever arrives: others count the same sources and routes at the same time.
  for (const { value, head, receivedUnixMs } of sound.toSorted((a, b) =>
    compare(a.head.source, b.head.source),
  )) {
    const events = reader.readEvents(value, head);
    if (!events) {
      report.damaged++;
      continue;
    }
    if (source?.source !== head.source) {
      await source?.save(nowMs);
      source = await CountedSource.lock(session, head.source);
    }
    takeBatch(head, events, receivedUnixMs, await source.advance(head), ingestion);
    await pause();
  }
  await source?.save(nowMs);
}

/** takeBatch tallies the events of a batch that are not counted yet. */
function takeBatch(
  { source, leasesQuotas, eventCount }: BatchHead,
  events: readonly EventView[],
  receivedUnixMs: number,
  { isNew, missing }: SourceProgress,
  { tally, calls, leased, cacheHours, report }: Ingestion,
): void {
  let counted = 0;
  for (const event of events) {
    if (!isNew(event.seq)) continue;
    counted++;
    if (leasesQuotas) leased.add(source, event);
    if (event.texts[CACHE_SIZE] !== 0) {
      cacheHours.add(source, event, receivedUnixMs);
      continue;
    }
    tally.add(source, event, receivedUnixMs);
    calls.add(event, receivedUnixMs);
  }
  report.counted += counted;
  report.repeated += eventCount - counted;
  report.missing += missing;
}
