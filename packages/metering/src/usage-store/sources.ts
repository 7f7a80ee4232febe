import type { BatchHead } from "@tollgate/usage-stream";
import type { Row, Session } from "./database.ts";

/** Sequence numbers from the first to the last one. */
interface Run {
  readonly first: number;
  readonly last: number;
}

/** SourceProgress is what a batch adds to what is known of its source. */
export interface SourceProgress {
  /** Whether the event of a sequence number is not counted yet. */
  isNew(seq: number): boolean;
  /** Sequence numbers that did not arrive before later ones. */
  readonly missing: number;
}

/**
 * CountedSource is a source whose batches are counted in a transaction. Its row stays locked until the transaction ends: if two consumers have the same
 * batch, the second sees what the first counted. Nothing is stored of how far it is before `save`.
 */
export class CountedSource {
  readonly source: string;
  readonly #session: Session;
  #countedSeq: number;
  #recordedSeq: number;
  #isClosed: boolean;
  #last: BatchHead | undefined;

  private constructor(session: Session, source: string, row: Row | undefined) {
    this.#session = session;
    this.source = source;
    this.#countedSeq = Number(row?.["last_seq"] ?? 0);
    this.#recordedSeq = Number(row?.["recorded_seq"] ?? 0);
    this.#isClosed = Number(row?.["closed"] ?? 0) > 0;
  }

  /** lock reads how far a source is, and locks it. */
  static async lock(session: Session, source: string): Promise<CountedSource> {
    await session.query(
      "INSERT INTO usage_sources (source, last_seq) VALUES ($1, 0) ON CONFLICT (source) DO NOTHING",
      [source],
    );
    const [row] = await session.query(
      "UPDATE usage_sources SET last_seq = last_seq WHERE source = $1 RETURNING last_seq, recorded_seq, closed",
      [source],
    );
    return new CountedSource(session, source, row);
  }

  /**
   * advance takes over how far a batch brings the source, and stores the gap before it, and the end that will not be sent. What arrives after later events
   * fills the gap that it left, as batches do whose source has moved to another partition: order is not needed to count once.
   */
  async advance(batch: BatchHead): Promise<SourceProgress> {
    const session = this.#session;
    const { source } = this;
    const countedSeq = this.#countedSeq;
    const { firstSeq, lastSeq, eventCount } = batch;
    const filled =
      eventCount > 0 && firstSeq <= countedSeq
        ? await fillGaps(session, source, { first: firstSeq, last: lastSeq })
        : [];
    // A batch without events says only how far its source is settled.
    const arrivedSeq = eventCount > 0 ? Math.max(countedSeq, lastSeq) : countedSeq;
    const settledSeq = Math.max(arrivedSeq, batch.settledSeq);
    const gaps = [
      { first: countedSeq + 1, last: arrivedSeq > countedSeq ? firstSeq - 1 : 0 },
      { first: arrivedSeq + 1, last: settledSeq },
    ].filter(({ first, last }) => last >= first);
    for (const { first, last } of gaps)
      await session.query(
        "INSERT INTO usage_gaps VALUES ($1, $2, $3) ON CONFLICT (source, first_seq) DO NOTHING",
        [source, first, last],
      );
    this.#countedSeq = settledSeq;
    this.#recordedSeq = Math.max(this.#recordedSeq, batch.recordedSeq);
    this.#isClosed ||= batch.closed;
    this.#last = batch;
    return {
      isNew: (seq) => seq > countedSeq || filled.some(({ first, last }) => first <= seq && seq <= last),
      missing: gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    };
  }

  /** save stores how far the source is after its batches, which must be all of them. */
  async save(heardUnixMs: number): Promise<void> {
    if (!this.#last) return;
    await this.#session.query(
      "UPDATE usage_sources SET last_seq = $2, recorded_seq = $3, heard_unix_ms = $4, closed = $5 WHERE source = $1",
      [
        this.source,
        this.#countedSeq,
        this.#recordedSeq,
        this.#last.recordedSeq > 0 ? heardUnixMs : 0,
        this.#isClosed ? 1 : 0,
      ],
    );
  }
}

/** Takes events out of the gaps of their source, and returns those that were in one. */
async function fillGaps(session: Session, source: string, { first, last }: Run): Promise<readonly Run[]> {
  const rows = await session.query(
    "SELECT first_seq, last_seq FROM usage_gaps WHERE source = $1 AND first_seq <= $3 AND last_seq >= $2",
    [source, first, last],
  );
  const gaps = rows.map((row): Run => ({ first: Number(row["first_seq"]), last: Number(row["last_seq"]) }));
  for (const gap of gaps) {
    await session.query("DELETE FROM usage_gaps WHERE source = $1 AND first_seq = $2", [source, gap.first]);
    const rest = [
      { first: gap.first, last: first - 1 },
      { first: last + 1, last: gap.last },
    ].filter((run) => run.last >= run.first);
    for (const run of rest)
      await session.query("INSERT INTO usage_gaps VALUES ($1, $2, $3)", [source, run.first, run.last]);
  }
  return gaps.map((gap) => ({ first: Math.max(gap.first, first), last: Math.min(gap.last, last) }));
}

/** countSources counts the sources by what is known of their end. */
export async function countSources(
  session: Session,
  silentBeforeUnixMs: number,
): Promise<Readonly<Record<"open" | "closed" | "silent", number>>> {
  const [row] = await session.query(
    `SELECT COALESCE(SUM(CASE WHEN closed > 0 THEN 1 ELSE 0 END), 0) AS closed,
       COALESCE(SUM(CASE WHEN closed = 0 AND heard_unix_ms >= $1 THEN 1 ELSE 0 END), 0) AS open,
       COALESCE(SUM(CASE WHEN closed = 0 AND heard_unix_ms < $1 THEN 1 ELSE 0 END), 0) AS silent
     FROM usage_sources WHERE heard_unix_ms > 0`,
    [silentBeforeUnixMs],
  );
  return { open: Number(row?.open), closed: Number(row?.closed), silent: Number(row?.silent) };
}

/**
 * forgetSources removes the sources that were last heard of before a time, and their gaps. A message of one of them would count again, so the
 * time must be longer ago than what the topic keeps.
 */
export async function forgetSources(session: Session, beforeUnixMs: number): Promise<void> {
  if (beforeUnixMs <= 0) return;
  const old = "SELECT source FROM usage_sources WHERE heard_unix_ms > 0 AND heard_unix_ms < $1";
  await session.query(`DELETE FROM usage_gaps WHERE source IN (${old})`, [beforeUnixMs]);
  await session.query("DELETE FROM usage_sources WHERE heard_unix_ms > 0 AND heard_unix_ms < $1", [
    beforeUnixMs,
  ]);
}
