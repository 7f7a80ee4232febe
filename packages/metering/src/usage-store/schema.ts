import { metricMigrations } from "@tollgate/metric-store";
import { alarmMigrations } from "../alarms/schema.ts";
import { billingEventMigrations } from "../billing-events/schema.ts";
import { publicationMigrations } from "../publication/schema.ts";
import { retentionMigrations } from "../retention/schema.ts";

/** The columns of usage_records that are sums, in order. */
export const SUM_COLUMNS = [
  "call_count",
  "status_2xx",
  "status_3xx",
  "status_4xx",
  "status_5xx",
  "request_bytes",
  "response_bytes",
  "latency_us",
  "integration_latency_us",
  "early_count",
  "late_count",
  "message_count",
  "connection_minutes",
] as const;

/**
 * These migrations create the schema in an empty database, in their order; migration n leads to version n. A released one is never
 * changed: add another. Statements are those that both PostgreSQL and SQLite understand. Times are milliseconds since the epoch; an hour is
 * their first.
 */
export const migrations: readonly (readonly string[])[] = [
  // IF NOT EXISTS: version 0.1 created these tables and stored no version.
  [
    `CREATE TABLE IF NOT EXISTS usage_records (
      hour_unix_ms BIGINT NOT NULL, account_id TEXT NOT NULL, rest_api_id TEXT NOT NULL, stage TEXT NOT NULL,
      http_method TEXT NOT NULL, resource_path TEXT NOT NULL,
      call_count BIGINT NOT NULL, status_2xx BIGINT NOT NULL, status_3xx BIGINT NOT NULL, status_4xx BIGINT NOT NULL, status_5xx BIGINT NOT NULL,
      request_bytes BIGINT NOT NULL, response_bytes BIGINT NOT NULL, latency_us BIGINT NOT NULL, integration_latency_us BIGINT NOT NULL,
      PRIMARY KEY (account_id, rest_api_id, stage, http_method, resource_path, hour_unix_ms))`,
    // Calls of API keys by plan and UTC day.
    `CREATE TABLE IF NOT EXISTS usage_keys (
      day_unix_ms BIGINT NOT NULL, account_id TEXT NOT NULL, usage_plan_id TEXT NOT NULL, api_key_id TEXT NOT NULL, call_count BIGINT NOT NULL,
      PRIMARY KEY (account_id, usage_plan_id, api_key_id, day_unix_ms))`,
    // The highest sequence number of each source that is in the records: a repeated batch is recognized by it, at any time.
    `CREATE TABLE IF NOT EXISTS usage_sources (source TEXT PRIMARY KEY, last_seq BIGINT NOT NULL)`,
    // Sequence numbers that never arrived.
    `CREATE TABLE IF NOT EXISTS usage_gaps (source TEXT NOT NULL, first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL, PRIMARY KEY (source, first_seq))`,
    // Where to continue in the topic; the broker's own offsets are not used.
    `CREATE TABLE IF NOT EXISTS usage_offsets (topic TEXT NOT NULL, partition_id BIGINT NOT NULL, next_offset BIGINT NOT NULL, PRIMARY KEY (topic, partition_id))`,
  ],
  // HTTP and WebSocket APIs are counted too.
  ["ALTER TABLE usage_records RENAME COLUMN rest_api_id TO api_id"],
  [
    // How many events a source says it has recorded, when a message of it was counted last (0: never by this schema), and whether it has ended.
    "ALTER TABLE usage_sources ADD COLUMN recorded_seq BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE usage_sources ADD COLUMN heard_unix_ms BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE usage_sources ADD COLUMN closed BIGINT NOT NULL DEFAULT 0",
    // Calls whose time is far from the time at which they were received, and when the last one of a record was received.
    "ALTER TABLE usage_records ADD COLUMN early_count BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE usage_records ADD COLUMN late_count BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE usage_records ADD COLUMN last_received_unix_ms BIGINT NOT NULL DEFAULT 0",
  ],
  [
    "ALTER TABLE usage_records ADD COLUMN message_count BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE usage_records ADD COLUMN connection_minutes BIGINT NOT NULL DEFAULT 0",
  ],
  [
    // Units of meters in quarters of an hour, which months begin at in every time zone. Reason 0: they are charged.
    `CREATE TABLE usage_units (
      account_id TEXT NOT NULL, slot_unix_ms BIGINT NOT NULL, meter TEXT NOT NULL, api_id TEXT NOT NULL, stage TEXT NOT NULL,
      usage_plan_id TEXT NOT NULL, api_key_id TEXT NOT NULL, free_reason BIGINT NOT NULL, units BIGINT NOT NULL,
      PRIMARY KEY (account_id, slot_unix_ms, meter, api_id, stage, usage_plan_id, api_key_id, free_reason))`,
    "CREATE INDEX usage_units_of_keys ON usage_units (account_id, api_key_id, slot_unix_ms)",
    // Final invoices: nothing changes a row.
    `CREATE TABLE invoices (
      account_id TEXT NOT NULL, number TEXT NOT NULL, subscription_id TEXT NOT NULL, month TEXT NOT NULL,
      document TEXT NOT NULL, terms TEXT NOT NULL, sha256 TEXT NOT NULL,
      PRIMARY KEY (account_id, number), UNIQUE (account_id, subscription_id, month))`,
    `CREATE TABLE invoice_numbers (account_id TEXT NOT NULL, year TEXT NOT NULL, last_number BIGINT NOT NULL, PRIMARY KEY (account_id, year))`,
  ],
  [
    // Calls of API keys by source, plan and the UTC day on which they began: of nodes that lease calls of quotas.
    `CREATE TABLE usage_leased_calls (
      source TEXT NOT NULL, account_id TEXT NOT NULL, usage_plan_id TEXT NOT NULL, api_key_id TEXT NOT NULL, day_unix_ms BIGINT NOT NULL,
      call_count BIGINT NOT NULL, PRIMARY KEY (source, account_id, usage_plan_id, api_key_id, day_unix_ms))`,
  ],
  [
    // Numbers of invoices and of credit notes: each series has no holes.
    `CREATE TABLE document_numbers (
      account_id TEXT NOT NULL, series TEXT NOT NULL, year TEXT NOT NULL, last_number BIGINT NOT NULL, PRIMARY KEY (account_id, series, year))`,
    "INSERT INTO document_numbers (account_id, series, year, last_number) SELECT account_id, 'INV', year, last_number FROM invoice_numbers",
    "DROP TABLE invoice_numbers",
    // What final invoices gave back: nothing changes a row.
    `CREATE TABLE credit_notes (
      account_id TEXT NOT NULL, number TEXT NOT NULL, subscription_id TEXT NOT NULL, month TEXT NOT NULL, document TEXT NOT NULL, sha256 TEXT NOT NULL,
      PRIMARY KEY (account_id, number))`,
    "CREATE INDEX credit_notes_of_subscriptions ON credit_notes (account_id, subscription_id)",
    // Terms that were fixed for an invoice before it is final; of each month at most one has the state DRAFT.
    `CREATE TABLE invoice_drafts (
      account_id TEXT NOT NULL, draft_no BIGINT NOT NULL, subscription_id TEXT NOT NULL, month TEXT NOT NULL, terms TEXT NOT NULL,
      state TEXT NOT NULL, invoice_number TEXT NOT NULL, PRIMARY KEY (account_id, draft_no))`,
    "CREATE UNIQUE INDEX invoice_drafts_open ON invoice_drafts (account_id, subscription_id, month) WHERE state = 'DRAFT'",
    // Who did what to invoices: nothing changes a row.
    `CREATE TABLE invoice_events (
      account_id TEXT NOT NULL, event_no BIGINT NOT NULL, time_unix_ms BIGINT NOT NULL, action TEXT NOT NULL, document TEXT NOT NULL,
      actor TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (account_id, event_no))`,
  ],
  [
    // How often usage of a key arrived after its quarter of an hour could be on an invoice, by the UTC day of the usage.
    `CREATE TABLE late_usage (
      account_id TEXT NOT NULL, api_key_id TEXT NOT NULL, usage_plan_id TEXT NOT NULL, day_unix_ms BIGINT NOT NULL, change_count BIGINT NOT NULL,
      PRIMARY KEY (account_id, api_key_id, usage_plan_id, day_unix_ms))`,
    // The end of the latest month that has a final invoice.
    "CREATE TABLE charged_until (account_id TEXT PRIMARY KEY, end_unix_ms BIGINT NOT NULL)",
    // How much late usage a month had when invoices last charged all of it.
    `CREATE TABLE rated_months (
      account_id TEXT NOT NULL, subscription_id TEXT NOT NULL, month TEXT NOT NULL, change_count BIGINT NOT NULL,
      PRIMARY KEY (account_id, subscription_id, month))`,
  ],
  [
    "ALTER TABLE credit_notes ADD COLUMN invoice_number TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX credit_notes_of_invoices ON credit_notes (account_id, invoice_number)",
  ],
  // The metrics of calls.
  ...metricMigrations.slice(0, 1),
  [
    // The same usage by source, hour and meter ("calls": the calls of usage records), and which of the source's events are in the hour. What was
    // counted by versions before is of the source ''.
    `CREATE TABLE usage_source_sums (
      source TEXT NOT NULL, hour_unix_ms BIGINT NOT NULL, meter TEXT NOT NULL, units BIGINT NOT NULL, first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL,
      PRIMARY KEY (source, hour_unix_ms, meter))`,
    `INSERT INTO usage_source_sums SELECT '', (slot_unix_ms / 3600000) * 3600000, meter, CAST(SUM(units) AS BIGINT), 0, 0 FROM usage_units
     GROUP BY (slot_unix_ms / 3600000) * 3600000, meter`,
    `INSERT INTO usage_source_sums SELECT '', hour_unix_ms, 'calls', CAST(SUM(call_count) AS BIGINT), 0, 0 FROM usage_records
     GROUP BY hour_unix_ms HAVING SUM(call_count) > 0`,
    "CREATE INDEX usage_source_sums_of_hours ON usage_source_sums (hour_unix_ms)",
    "CREATE INDEX usage_units_of_slots ON usage_units (slot_unix_ms)",
    "CREATE INDEX usage_records_of_hours ON usage_records (hour_unix_ms)",
    // Where countings of the same usage do not agree, and who accepted it.
    `CREATE TABLE usage_differences (
      difference_id TEXT PRIMARY KEY, kind TEXT NOT NULL, start_unix_ms BIGINT NOT NULL, end_unix_ms BIGINT NOT NULL,
      account_id TEXT NOT NULL, subscription_id TEXT NOT NULL, source TEXT NOT NULL, first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL,
      problem TEXT NOT NULL, state TEXT NOT NULL, found_unix_ms BIGINT NOT NULL, settled_unix_ms BIGINT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL)`,
    "CREATE INDEX usage_differences_of_states ON usage_differences (state, kind)",
    // How far usage is compared. All hours before until_unix_ms were; older ones again, a day at a time, from slice_unix_ms on.
    `CREATE TABLE usage_reconciliation (
      id BIGINT PRIMARY KEY, begun_unix_ms BIGINT NOT NULL, ended_unix_ms BIGINT NOT NULL, until_unix_ms BIGINT NOT NULL, slice_unix_ms BIGINT NOT NULL,
      cursor_account TEXT NOT NULL, cursor_subscription TEXT NOT NULL)`,
    "INSERT INTO usage_reconciliation VALUES (1, 0, 0, 0, 0, '', '')",
  ],
  [
    // The largest cache of each stage in each hour, by its place among the sizes.
    `CREATE TABLE usage_cache_hours (
      account_id TEXT NOT NULL, api_id TEXT NOT NULL, stage TEXT NOT NULL, hour_unix_ms BIGINT NOT NULL, size_place BIGINT NOT NULL,
      PRIMARY KEY (account_id, api_id, stage, hour_unix_ms))`,
  ],
  ...alarmMigrations.slice(0, 1),
  [
    // Units by customer, domain or tag, in quarters of an hour.
    `CREATE TABLE usage_label_units (
      account_id TEXT NOT NULL, label TEXT NOT NULL, slot_unix_ms BIGINT NOT NULL, value TEXT NOT NULL, meter TEXT NOT NULL, free_reason BIGINT NOT NULL,
      units BIGINT NOT NULL, PRIMARY KEY (account_id, label, slot_unix_ms, value, meter, free_reason))`,
    // Units by how calls were served, in quarters of an hour, and between which revisions of the config.
    `CREATE TABLE usage_served_units (
      account_id TEXT NOT NULL, slot_unix_ms BIGINT NOT NULL, meter TEXT NOT NULL, api_id TEXT NOT NULL, stage TEXT NOT NULL, free_reason BIGINT NOT NULL,
      region TEXT NOT NULL, deployment_id TEXT NOT NULL, cache_outcome BIGINT NOT NULL, streamed BIGINT NOT NULL, authorizer_outcome BIGINT NOT NULL,
      units BIGINT NOT NULL, first_revision BIGINT NOT NULL, last_revision BIGINT NOT NULL,
      PRIMARY KEY (account_id, slot_unix_ms, meter, api_id, stage, free_reason, region, deployment_id, cache_outcome, streamed, authorizer_outcome))`,
  ],
  ...billingEventMigrations.slice(0, 1),
  ...publicationMigrations.slice(0, 1),
  ...billingEventMigrations.slice(1, 2),
  ...retentionMigrations.slice(0, 1),
  ...publicationMigrations.slice(1, 2),
  ...billingEventMigrations.slice(2, 3),
  ...billingEventMigrations.slice(3, 4),
];
