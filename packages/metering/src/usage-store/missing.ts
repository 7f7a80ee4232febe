import type { Row, Session } from "./database.ts";

/** MissingRun is a run of events of one source that are missing. */
export interface MissingRun {
  readonly source: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** Gaps, and what silent and closed sources had recorded that will not arrive. $1: sources that were not heard of since then are silent. */
const MISSING = `(SELECT source, first_seq, last_seq FROM usage_gaps
  UNION ALL SELECT source, last_seq + 1 AS first_seq, recorded_seq AS last_seq FROM usage_sources
    WHERE recorded_seq > last_seq AND (closed = 1 OR (heard_unix_ms > 0 AND heard_unix_ms < $1))) AS missing`;

const COUNT = "CAST(COALESCE(SUM(missing.last_seq - missing.first_seq + 1), 0) AS BIGINT) AS event_count";

/** Somebody has accepted that they will not be charged. */
const IS_ACCEPTED = `EXISTS (SELECT 1 FROM usage_differences accepted WHERE accepted.kind = 'MISSING' AND accepted.state = 'ACCEPTED'
  AND accepted.source = missing.source AND accepted.first_seq <= missing.first_seq AND accepted.last_seq >= missing.last_seq)`;

const runOf = (row: Row): MissingRun => ({
  source: String(row["source"]),
  firstSeq: Number(row["first_seq"]),
  lastSeq: Number(row["last_seq"]),
});

/** missingEvents is how many events are missing of all sources, accepted or not. */
export async function missingEvents(session: Session, silentBeforeUnixMs: number): Promise<number> {
  const [row] = await session.query(`SELECT ${COUNT} FROM ${MISSING}`, [silentBeforeUnixMs]);
  return Number(row?.["event_count"] ?? 0);
}

/** unacceptedEvents is how many of them nobody has accepted. */
export async function unacceptedEvents(session: Session, silentBeforeUnixMs: number): Promise<number> {
  const [row] = await session.query(`SELECT ${COUNT} FROM ${MISSING} WHERE NOT ${IS_ACCEPTED}`, [
    silentBeforeUnixMs,
  ]);
  return Number(row?.["event_count"] ?? 0);
}

/** unacceptedRuns are the first of them, by the names of their sources. */
export async function unacceptedRuns(
  session: Session,
  silentBeforeUnixMs: number,
  max: number,
): Promise<readonly MissingRun[]> {
  const rows = await session.query(
    `SELECT source, first_seq, last_seq FROM ${MISSING} WHERE NOT ${IS_ACCEPTED} ORDER BY source, first_seq LIMIT ${max}`,
    [silentBeforeUnixMs],
  );
  return rows.map(runOf);
}
