import type { Dimension } from "../store/metric-set.ts";
import type { Points, PointsQuery, StoredSet } from "../store/read-metrics.ts";

/** MetricStat is one statistic of one metric. */
export interface MetricStat {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
  readonly periodS: number;
  /** Such as Sum or p99. */
  readonly stat: string;
  /** undefined: whatever unit the values have. */
  readonly unit?: string | undefined;
}

/** MetricQuery is a statistic, or an expression of other queries. */
export interface MetricQuery {
  readonly id: string;
  readonly label?: string | undefined;
  /** Whether it is part of the result; others only are operands. */
  readonly isReturned: boolean;
  readonly metricStat?: MetricStat | undefined;
  readonly expression?: string | undefined;
  /** Of an expression that has no metric to take it from. */
  readonly periodS?: number | undefined;
}

export interface QueryMessage {
  readonly code: string;
  readonly value: string;
}

/** QueryResult is one series; an expression may have several. */
export interface QueryResult {
  readonly id: string;
  readonly label: string;
  /** Oldest first: the beginnings of periods in seconds since 1970, and values. */
  readonly points: readonly (readonly [unixS: number, value: number])[];
  readonly messages: readonly QueryMessage[];
}

/** ListedSet is a dimension set and the metrics that it has. */
export type ListedSet = Pick<StoredSet, "namespace" | "dimensions" | "metrics">;

/** MetricReader reads the metrics of an account, wherever they are kept. */
export interface MetricReader {
  readonly accountId: string;
  /** By the units of values; empty: there are none. */
  points(query: PointsQuery): Promise<ReadonlyMap<string, Points>>;
  /** Sets with values since a time (absent: in the last two weeks), in the order of their namespaces; undefined: of all namespaces. */
  sets(namespace: string | undefined, seenFromUnixS?: number): Promise<readonly ListedSet[]>;
}
