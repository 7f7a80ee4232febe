/** alarmMigrations create the tables of alarms. A released one is never changed: add another. */
export const alarmMigrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE alarm_records (
      account_id TEXT NOT NULL, alarm_name TEXT NOT NULL, alarm_type TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
      reason_data TEXT NOT NULL, updated_unix_ms BIGINT NOT NULL, transitioned_unix_ms BIGINT NOT NULL, config_digest TEXT NOT NULL,
      version BIGINT NOT NULL, PRIMARY KEY (account_id, alarm_name))`,
    // Items of one time are in the order of their numbers.
    `CREATE TABLE alarm_history (
      account_id TEXT NOT NULL, alarm_name TEXT NOT NULL, alarm_type TEXT NOT NULL, time_unix_ms BIGINT NOT NULL, item_no BIGINT NOT NULL,
      item_type TEXT NOT NULL, summary TEXT NOT NULL, data TEXT NOT NULL)`,
    "CREATE INDEX alarm_history_by_time ON alarm_history (account_id, time_unix_ms)",
    "CREATE INDEX alarm_history_of_alarms ON alarm_history (account_id, alarm_name, time_unix_ms)",
    // Actions that have not ended. Whoever takes one makes it due later.
    `CREATE TABLE alarm_actions (
      action_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, alarm_name TEXT NOT NULL, alarm_type TEXT NOT NULL, target TEXT NOT NULL,
      content TEXT NOT NULL, created_unix_ms BIGINT NOT NULL, due_unix_ms BIGINT NOT NULL, attempts BIGINT NOT NULL)`,
    "CREATE INDEX alarm_actions_due ON alarm_actions (due_unix_ms)",
    // Who does what only one process shall do, until when.
    "CREATE TABLE alarm_leads (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until_unix_ms BIGINT NOT NULL)",
  ],
];
