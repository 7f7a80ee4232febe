import { decodeCell } from "../distribution/cell.ts";
import { Distribution } from "../distribution/distribution.ts";
import { dimensionsOfText, keyOfSet, type Metric, type MetricSet } from "./metric-set.ts";
import { RESOLUTIONS, startOf } from "./retention.ts";
import type { MetricSession } from "./session.ts";

/** StoredSet is a dimension set and the metrics that it has. */
export interface StoredSet extends MetricSet {
  readonly key: string;
  readonly metrics: readonly Metric[];
  readonly seenUnixS: number;
}

/** SetFilter selects sets of an account. */
export interface SetFilter {
  readonly accountId: string;
  /** undefined: all. */
  readonly namespace?: string | undefined;
  readonly seenFromUnixS: number;
}

/** Points of one unit: distributions by the starts of their periods. */
export type Points = ReadonlyMap<number, Distribution>;

export interface PointsQuery extends MetricSet {
  readonly metricName: string;
  /** Inclusive. */
  readonly startUnixS: number;
  /** Exclusive. */
  readonly endUnixS: number;
  /** A multiple of 60. */
  readonly periodS: number;
  /** A time at which a period begins, a multiple of 60; absent: 0. */
  readonly originUnixS?: number | undefined;
  /** Whether percentiles are wanted. */
  readonly hasBuckets: boolean;
  /** Hears how many stored points are read, and throws where these are too many. */
  readonly spend?: (points: number) => void;
  /** Hears of each stored point that cannot be read as a whole. */
  readonly onDamaged?: () => void;
}

type Row = Readonly<Record<string, string | number | null>>;

/** PointsCache has what was read last for one request: metrics of one set are in the same rows. */
export type PointsCache = Map<string, Promise<readonly Row[]>>;

/** Results that a cache has: those of some sets, each of which may have 45,000 rows. */
const CACHED_MAX = 32;

const setOf = (row: Row): StoredSet => ({
  key: String(row["set_key"]),
  accountId: String(row["account_id"]),
  namespace: String(row["namespace"]),
  dimensions: dimensionsOfText(String(row["dimensions"])),
  metrics: (JSON.parse(String(row["metrics"])) as [string, string][]).map(([name, unit]) => ({ name, unit })),
  seenUnixS: Number(row["seen_unix_s"]),
});

/** listSets are the dimension sets of an account that were written since a time. */
export async function listSets(
  session: Pick<MetricSession, "query">,
  { accountId, namespace, seenFromUnixS }: SetFilter,
): Promise<readonly StoredSet[]> {
  const select = "SELECT * FROM metric_sets WHERE account_id = $1 AND seen_unix_s >= $2";
  const order = "ORDER BY namespace, dimensions";
  const rows =
    namespace === undefined
      ? await session.query(`${select} ${order}`, [accountId, seenFromUnixS])
      : await session.query(`${select} AND namespace = $3 ${order}`, [accountId, seenFromUnixS, namespace]);
  return rows.map(setOf);
}

/**
 * readPoints reads one metric of exactly one dimension set, by the units of its values. Points that are only left with longer periods than the
 * one that is asked for, or with periods that do not fit into it, are left out, as on AWS.
 */
export async function readPoints(
  session: Pick<MetricSession, "query">,
  query: PointsQuery,
  cache: PointsCache = new Map(),
): Promise<ReadonlyMap<string, Points>> {
  const { metricName, startUnixS, endUnixS, periodS, originUnixS, hasBuckets, spend, onDamaged } = query;
  const key = keyOfSet(query);
  const read = (sql: string, parameters: readonly (string | number)[]) => {
    const name = `${sql} ${parameters.join(" ")}`;
    const known = cache.get(name);
    if (known) return known;
    if (cache.size >= CACHED_MAX) cache.clear();
    const rows = session.query(sql, parameters);
    cache.set(name, rows);
    return rows;
  };
  const [row] = await read("SELECT * FROM metric_sets WHERE set_key = $1", [key]);
  const units = new Map<number, string>();
  for (const [number, { name, unit }] of (row ? setOf(row).metrics : []).entries())
    if (name === metricName) units.set(number, unit);
  const byUnit = new Map<string, Map<number, Distribution>>();
  const fitting = RESOLUTIONS.map((resolution) => resolution.periodS).filter(
    (own) => periodS % own === 0 && (originUnixS ?? 0) % own === 0,
  );
  if (units.size === 0 || fitting.length === 0) return byUnit;
  const rows = await read(
    `SELECT start_unix_s, data FROM metric_points WHERE set_key = $1 AND period_s IN (${fitting.join(", ")})
     AND start_unix_s >= $2 AND start_unix_s < $3`,
    [key, startOf(startUnixS, 60), endUnixS],
  );
  spend?.(rows.length);
  const only = new Set(units.keys());
  for (const { start_unix_s, data } of rows) {
    const { cell, isDamaged } = decodeCell(String(data), { only, hasBuckets });
    if (isDamaged) onDamaged?.();
    for (const [number, values] of cell) {
      const unit = units.get(number) as string;
      const points = byUnit.get(unit) ?? new Map<number, Distribution>();
      byUnit.set(unit, points);
      const start = startOf(Number(start_unix_s), periodS, originUnixS);
      const known = points.get(start);
      if (known) known.merge(values);
      else points.set(start, values);
    }
  }
  return byUnit;
}
