import type { MetricTable } from "./session.ts";

/** metricMigrations create the tables of the store: whoever has the database runs them as a part of its own. A released one is never changed. */
export const metricMigrations: readonly (readonly string[])[] = [
  [
    // Dimension sets. `metrics` is a JSON list of [name, unit]; points have the numbers of its items.
    `CREATE TABLE metric_sets (
      set_key TEXT PRIMARY KEY, account_id TEXT NOT NULL, namespace TEXT NOT NULL, dimensions TEXT NOT NULL, metrics TEXT NOT NULL,
      seen_unix_s BIGINT NOT NULL)`,
    "CREATE INDEX metric_sets_of_accounts ON metric_sets (account_id, namespace)",
    // All metrics of a dimension set in one period.
    `CREATE TABLE metric_points (
      set_key TEXT NOT NULL, period_s BIGINT NOT NULL, start_unix_s BIGINT NOT NULL, data TEXT NOT NULL,
      PRIMARY KEY (set_key, period_s, start_unix_s))`,
    "CREATE INDEX metric_points_by_age ON metric_points (period_s, start_unix_s)",
  ],
];

const text = (...names: readonly string[]) => names.map((name) => ({ name, type: "TEXT" as const }));
const whole = (...names: readonly string[]) => names.map((name) => ({ name, type: "BIGINT" as const }));

export const sets: MetricTable = {
  name: "metric_sets",
  columns: [...text("set_key", "account_id", "namespace", "dimensions", "metrics"), ...whole("seen_unix_s")],
  key: ["set_key"],
  // Whoever writes points of a set locks its row by this.
  change: `seen_unix_s = CASE WHEN excluded.seen_unix_s > metric_sets.seen_unix_s THEN excluded.seen_unix_s ELSE metric_sets.seen_unix_s END`,
};

export const points: MetricTable = {
  name: "metric_points",
  columns: [...text("set_key"), ...whole("period_s", "start_unix_s"), ...text("data")],
  key: ["set_key", "period_s", "start_unix_s"],
  change: "data = excluded.data",
};
