/** retentionMigrations create what is known of dropped usage. A released one is never changed: add another. */
export const retentionMigrations: readonly (readonly string[])[] = [
  [
    // Usage before this time was dropped; 0: none was.
    "CREATE TABLE usage_retention (id BIGINT PRIMARY KEY, kept_from_unix_ms BIGINT NOT NULL)",
    "INSERT INTO usage_retention VALUES (1, 0)",
  ],
];
