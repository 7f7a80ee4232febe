/** billingEventMigrations create the tables of events of billing. A released one is never changed: add another. */
export const billingEventMigrations: readonly (readonly string[])[] = [
  [
    // What was recorded last of customers, subscriptions and spend limits, so that each change of them is an event once.
    `CREATE TABLE billing_facts (
      account_id TEXT NOT NULL, fact TEXT NOT NULL, value TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (account_id, fact))`,
    // What happened. routed 0: nobody has said yet where it goes.
    `CREATE TABLE billing_events (
      event_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, event_type TEXT NOT NULL, subject TEXT NOT NULL, time_unix_ms BIGINT NOT NULL,
      content TEXT NOT NULL, routed BIGINT NOT NULL)`,
    "CREATE INDEX billing_events_by_time ON billing_events (account_id, time_unix_ms)",
    "CREATE INDEX billing_events_new ON billing_events (time_unix_ms, event_id) WHERE routed = 0",
    // An event on its way to one target. Whoever takes it makes it due later.
    `CREATE TABLE billing_deliveries (
      event_id TEXT NOT NULL, target TEXT NOT NULL, state TEXT NOT NULL, time_unix_ms BIGINT NOT NULL, attempts BIGINT NOT NULL, problem TEXT NOT NULL,
      PRIMARY KEY (event_id, target))`,
    "CREATE INDEX billing_deliveries_due ON billing_deliveries (time_unix_ms) WHERE state = 'DUE'",
  ],
  [
    // Since when usage of a meter is reported to systems that bill by it, and up to where it was compared.
    `CREATE TABLE usage_reports (
      account_id TEXT NOT NULL, meter TEXT NOT NULL, from_unix_ms BIGINT NOT NULL, until_unix_ms BIGINT NOT NULL, PRIMARY KEY (account_id, meter))`,
    // The units of an hour that events report.
    `CREATE TABLE reported_usage (
      account_id TEXT NOT NULL, meter TEXT NOT NULL, customer_id TEXT NOT NULL, hour_unix_ms BIGINT NOT NULL, units BIGINT NOT NULL,
      PRIMARY KEY (account_id, meter, customer_id, hour_unix_ms))`,
    "CREATE INDEX billing_deliveries_dead ON billing_deliveries (event_id) WHERE state = 'DEAD'",
  ],
  [
    // What operators did about deliveries: nothing changes a row.
    `CREATE TABLE billing_delivery_acts (
      event_id TEXT NOT NULL, target TEXT NOT NULL, act_no BIGINT NOT NULL, action TEXT NOT NULL, time_unix_ms BIGINT NOT NULL, actor TEXT NOT NULL,
      reason TEXT NOT NULL, PRIMARY KEY (event_id, target, act_no))`,
  ],
  [
    // Usage that is reported to systems that bill by it: what customers used in an hour, by the hour with which it is reported, and what events report of it.
    `CREATE TABLE usage_to_report (
      account_id TEXT NOT NULL, meter TEXT NOT NULL, window_unix_ms BIGINT NOT NULL, customer_id TEXT NOT NULL, hour_unix_ms BIGINT NOT NULL,
      units BIGINT NOT NULL, reported BIGINT NOT NULL, PRIMARY KEY (account_id, meter, window_unix_ms, customer_id, hour_unix_ms))`,
    "CREATE INDEX usage_to_report_new ON usage_to_report (account_id, meter, window_unix_ms, customer_id, hour_unix_ms) WHERE units > reported",
    // What was counted by versions before, and not reported yet.
    `INSERT INTO usage_to_report SELECT u.account_id, u.meter, u.hour, u.customer_id, u.hour, u.units, COALESCE(r.units, 0) FROM
       (SELECT l.account_id, l.meter, (l.slot_unix_ms / 3600000) * 3600000 AS hour, l.value AS customer_id, CAST(SUM(l.units) AS BIGINT) AS units
        FROM usage_label_units l JOIN usage_reports p ON p.account_id = l.account_id AND p.meter = l.meter
        WHERE l.label = 'customer' AND l.free_reason = 0 AND l.slot_unix_ms >= p.from_unix_ms AND l.slot_unix_ms >= p.until_unix_ms - 2937600000
        GROUP BY l.account_id, l.meter, (l.slot_unix_ms / 3600000) * 3600000, l.value) u
     LEFT JOIN reported_usage r ON r.account_id = u.account_id AND r.meter = u.meter AND r.customer_id = u.customer_id AND r.hour_unix_ms = u.hour
     WHERE u.units > COALESCE(r.units, 0)`,
    "DROP TABLE reported_usage",
    // Meterings of versions before do not note what is to be reported: they fail from here on, and count nothing.
    "ALTER TABLE usage_offsets RENAME TO usage_positions",
    // Before which time all that a topic received is counted.
    "CREATE TABLE usage_counted_until (topic TEXT PRIMARY KEY, until_unix_ms BIGINT NOT NULL)",
  ],
];
