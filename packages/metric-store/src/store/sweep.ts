import { type Cell, decodeCell, encodeCell } from "../distribution/cell.ts";
import { LONGEST_S, RESOLUTIONS, startOf } from "./retention.ts";
import { points } from "./schema.ts";
import type { MetricRow, MetricSession } from "./session.ts";

/** Rows of one transaction: others wait for it. */
const ROWS_AT_ONCE = 2_000;

type Transaction = <T>(work: (session: MetricSession) => Promise<T>) => Promise<T>;

export interface SweepOptions {
  readonly nowUnixS: number;
  /** What all points may have together; the oldest minutes are merged early where they have more. */
  readonly maxBytes: number;
  /** Whether to stop where it is: the next sweep continues. */
  readonly isEnded?: () => boolean;
}

/** SweepReport is what a sweep did. */
export interface SweepReport {
  /** Points that were merged into longer periods, or removed, because of their age. */
  readonly expired: number;
  /** The same because there was no room for them. */
  readonly early: number;
  /** Merged points that could not be read as a whole. */
  readonly damaged: number;
}

/** A row has its keys twice besides its data: in the table and in its indexes. */
const ROW_BYTES = 120;

/** The rows of one resolution that begin before a time, oldest first, go into the next one; those of the last are removed. */
async function mergeOldest(
  session: MetricSession,
  level: number,
  beforeUnixS: number,
  most: number,
): Promise<{ readonly rows: number; readonly damaged: number }> {
  const { periodS } = RESOLUTIONS[level] as (typeof RESOLUTIONS)[number];
  const next = RESOLUTIONS[level + 1];
  const oldest = (columns: string) =>
    session.query(
      `SELECT ${columns} FROM metric_points WHERE period_s = $1 AND start_unix_s < $2
       ORDER BY start_unix_s, set_key LIMIT $3`,
      [periodS, beforeUnixS, most],
    );
  // As whoever writes points of a set does.
  const locked = new Set((await oldest("set_key")).map((row) => String(row["set_key"])));
  for (const key of [...locked].sort())
    await session.query("UPDATE metric_sets SET seen_unix_s = seen_unix_s WHERE set_key = $1", [key]);
  // Until then others could change them.
  const rows = (await oldest("set_key, start_unix_s, data")).filter((row) =>
    locked.has(String(row["set_key"])),
  );
  const damaged = next ? await mergeInto(session, rows, next.periodS) : 0;
  for (const { set_key, start_unix_s } of rows)
    await session.query(
      "DELETE FROM metric_points WHERE set_key = $1 AND period_s = $2 AND start_unix_s = $3",
      [String(set_key), periodS, Number(start_unix_s)],
    );
  return { rows: rows.length, damaged };
}

/** Returns how many points could not be read as a whole. */
async function mergeInto(
  session: MetricSession,
  rows: readonly MetricRow[],
  periodS: number,
): Promise<number> {
  let damaged = 0;
  const groups = Map.groupBy(
    rows,
    (row) => `${row["set_key"]} ${startOf(Number(row["start_unix_s"]), periodS)}`,
  );
  const merged: (readonly [string, number, number, string])[] = [];
  for (const group of groups.values()) {
    const setKey = String(group[0]?.["set_key"]);
    const start = startOf(Number(group[0]?.["start_unix_s"]), periodS);
    const stored = await session.query(
      "SELECT data FROM metric_points WHERE set_key = $1 AND period_s = $2 AND start_unix_s = $3",
      [setKey, periodS, start],
    );
    const cell: Cell = new Map();
    for (const row of [...stored, ...group]) {
      const { cell: own, isDamaged } = decodeCell(String(row["data"]));
      if (isDamaged) damaged++;
      for (const [number, values] of own) {
        const known = cell.get(number);
        if (known) known.merge(values);
        else cell.set(number, values);
      }
    }
    merged.push([setKey, periodS, start, encodeCell(cell)]);
  }
  await session.add(points, merged);
  return damaged;
}

/** sweep merges what is older than its resolution is kept, and the oldest points where there are too many. `exclusive` runs one at a time in all processes. */
export async function sweep(
  exclusive: Transaction,
  { nowUnixS, maxBytes, isEnded = () => false }: SweepOptions,
): Promise<SweepReport> {
  let damaged = 0;
  const mergeAll = async (level: number, beforeUnixS: number, most: number): Promise<number> => {
    let done = 0;
    for (;;) {
      const limit = isEnded() ? 0 : Math.min(ROWS_AT_ONCE, most - done);
      if (limit <= 0) return done;
      const merged = await exclusive((session) => mergeOldest(session, level, beforeUnixS, limit));
      done += merged.rows;
      damaged += merged.damaged;
      if (merged.rows < ROWS_AT_ONCE) return done;
    }
  };
  let expired = 0;
  for (const [level, { keptS }] of RESOLUTIONS.entries())
    expired += await mergeAll(level, nowUnixS - keptS, Number.POSITIVE_INFINITY);
  await exclusive(async (session) => {
    await session.query("DELETE FROM metric_sets WHERE seen_unix_s < $1", [nowUnixS - LONGEST_S]);
  });
  let early = 0;
  // What is finer goes first: nothing is removed while merging makes room.
  for (const level of Number.isFinite(maxBytes) ? RESOLUTIONS.keys() : [])
    for (;;) {
      const excess = await exclusive((session) => excessOf(session, level, maxBytes));
      const merged = excess > 0 ? await mergeAll(level, nowUnixS, excess) : 0;
      early += merged;
      if (merged === 0) break;
    }
  return { expired, early, damaged };
}

/** How many rows of a resolution have to go so that all rows have room. */
async function excessOf(session: MetricSession, level: number, maxBytes: number): Promise<number> {
  const rows = await session.query(
    "SELECT period_s, COUNT(*) AS points, SUM(LENGTH(data)) AS bytes FROM metric_points GROUP BY period_s",
  );
  const sizes = rows.map((row) => ({
    periodS: Number(row["period_s"]),
    points: Number(row["points"]),
    bytes: Number(row["bytes"]) + ROW_BYTES * Number(row["points"]),
  }));
  const excess = sizes.reduce((sum, { bytes }) => sum + bytes, 0) - maxBytes;
  const own = sizes.find(({ periodS }) => periodS === RESOLUTIONS[level]?.periodS);
  if (excess <= 0 || !own) return 0;
  return Math.min(own.points, Math.ceil((excess / own.bytes) * own.points));
}
