import type { UsageBatch } from "@tollgate/proto/usage";
import type { Session } from "./database.ts";

/** SourceProgress is what a batch adds to what is known of its source. */
export interface SourceProgress {
  /** Events after this one are not counted yet. */
  readonly countedSeq: number;
  /** Sequence numbers that will not arrive any more. */
  readonly missing: number;
}

/**
 * advanceSource takes over how far a batch brings its source, and stores the gap before it, and the end that will not be sent. The row stays
 * locked until the transaction ends: if two consumers have the same batch, the second sees what the first counted.
 */
export async function advanceSource(
  session: Session,
  batch: UsageBatch,
  heardUnixMs: number,
): Promise<SourceProgress> {
  const { source } = batch;
  await session.query(
    "INSERT INTO usage_sources (source, last_seq) VALUES ($1, 0) ON CONFLICT (source) DO NOTHING",
    [source],
  );
  const [row] = await session.query(
    "UPDATE usage_sources SET last_seq = last_seq WHERE source = $1 RETURNING last_seq, recorded_seq, closed",
    [source],
  );
  const countedSeq = Number(row?.last_seq ?? 0);
  const [firstSeq, lastSeq] = [Number(batch.firstSeq), Number(batch.lastSeq)];
  // A batch without events says only how far its source is settled.
  const arrivedSeq = batch.events.length > 0 ? Math.max(countedSeq, lastSeq) : countedSeq;
  const settledSeq = Math.max(arrivedSeq, Number(batch.settledSeq));
  const gaps = [
    { first: countedSeq + 1, last: arrivedSeq > countedSeq ? firstSeq - 1 : 0 },
    { first: arrivedSeq + 1, last: settledSeq },
  ].filter(({ first, last }) => last >= first);
  for (const { first, last } of gaps)
    await session.query(
      "INSERT INTO usage_gaps VALUES ($1, $2, $3) ON CONFLICT (source, first_seq) DO NOTHING",
      [source, first, last],
    );
  await session.query(
    "UPDATE usage_sources SET last_seq = $2, recorded_seq = $3, heard_unix_ms = $4, closed = $5 WHERE source = $1",
    [
      source,
      settledSeq,
      Math.max(Number(row?.recorded_seq ?? 0), Number(batch.recordedSeq)),
      batch.recordedSeq > 0n ? heardUnixMs : 0,
      batch.closed || Number(row?.closed ?? 0) > 0 ? 1 : 0,
    ],
  );
  return { countedSeq, missing: gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0) };
}

/** missingEvents is what is missing of all sources: gaps, and what silent and closed ones had recorded that will not arrive. */
export async function missingEvents(session: Session, silentBeforeUnixMs: number): Promise<number> {
  const [gaps] = await session.query(
    "SELECT CAST(COALESCE(SUM(last_seq - first_seq + 1), 0) AS BIGINT) AS missing FROM usage_gaps",
  );
  const [overdue] = await session.query(
    `SELECT CAST(COALESCE(SUM(recorded_seq - last_seq), 0) AS BIGINT) AS missing FROM usage_sources
     WHERE recorded_seq > last_seq AND (closed = 1 OR (heard_unix_ms > 0 AND heard_unix_ms < $1))`,
    [silentBeforeUnixMs],
  );
  return Number(gaps?.missing ?? 0) + Number(overdue?.missing ?? 0);
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
