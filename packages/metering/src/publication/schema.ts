/** publicationMigrations create the tables of what is published. A released one is never changed: add another. */
export const publicationMigrations: readonly (readonly string[])[] = [
  [
    // Who publishes to a topic, until when. The generation counts the owners, revision is the last one that was given out. passed_key: up to which key all
    // rows were gone through at first; DONE: all were.
    `CREATE TABLE publishers (
      topic TEXT PRIMARY KEY, owner TEXT NOT NULL, until_unix_ms BIGINT NOT NULL, generation BIGINT NOT NULL, revision BIGINT NOT NULL, passed_key TEXT NOT NULL)`,
    // Rows of usage_units that changed and were not published since. All changes of a transaction have one id, which begins with its time.
    `CREATE TABLE record_changes (
      change_id TEXT NOT NULL, account_id TEXT NOT NULL, slot_unix_ms BIGINT NOT NULL, meter TEXT NOT NULL, api_id TEXT NOT NULL, stage TEXT NOT NULL,
      usage_plan_id TEXT NOT NULL, api_key_id TEXT NOT NULL, free_reason BIGINT NOT NULL,
      PRIMARY KEY (change_id, account_id, slot_unix_ms, meter, api_id, stage, usage_plan_id, api_key_id, free_reason))`,
    // Up to where the history of an account's invoices is published.
    `CREATE TABLE published_invoice_events (
      topic TEXT NOT NULL, account_id TEXT NOT NULL, event_no BIGINT NOT NULL, PRIMARY KEY (topic, account_id))`,
  ],
  // How far the topic was, when that was looked at last: one that is shorter was deleted and created again.
  ["ALTER TABLE publishers ADD COLUMN topic_end BIGINT NOT NULL DEFAULT 0"],
];
