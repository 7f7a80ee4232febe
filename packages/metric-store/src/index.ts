export { Distribution } from "./distribution/distribution.ts";
export { isBasic, parseStatistic } from "./distribution/statistic.ts";
export { PointBudget } from "./query/budget.ts";
export { evaluateQueries } from "./query/evaluate-queries.ts";
export type { ListedSet, MetricQuery, MetricReader, MetricStat, QueryResult } from "./query/metric-query.ts";
export { MetricRefusal } from "./refusal.ts";
export type { Dimension, Metric, MetricSet } from "./store/metric-set.ts";
export {
  MetricStore,
  type MetricStoreOptions,
  type Sample,
  valuesOf,
  type WriteReport,
} from "./store/metric-store.ts";
export {
  listSets,
  type Points,
  type PointsCache,
  type PointsQuery,
  readPoints,
  type StoredSet,
} from "./store/read-metrics.ts";
export { startOf } from "./store/retention.ts";
export { metricMigrations } from "./store/schema.ts";
export type { MetricSession } from "./store/session.ts";
export { type SweepReport, sweep } from "./store/sweep.ts";
