/** UsageTable is a table of usage that grows with time. */
export interface UsageTable {
  readonly name: string;
  /** The column that rows are kept or dropped by, in milliseconds since the epoch. */
  readonly time: string;
  readonly primaryKey: readonly string[];
  /** Other indexes by their names. */
  readonly indexes: Readonly<Record<string, readonly string[]>>;
}

/** USAGE_TABLES are these tables, in the order in which counting writes to them: whoever locks several does it in this order. */
export const USAGE_TABLES: readonly UsageTable[] = [
  {
    name: "usage_records",
    time: "hour_unix_ms",
    primaryKey: ["account_id", "api_id", "stage", "http_method", "resource_path", "hour_unix_ms"],
    indexes: { usage_records_of_hours: ["hour_unix_ms"] },
  },
  {
    name: "usage_keys",
    time: "day_unix_ms",
    primaryKey: ["account_id", "usage_plan_id", "api_key_id", "day_unix_ms"],
    indexes: {},
  },
  {
    name: "usage_units",
    time: "slot_unix_ms",
    primaryKey: [
      "account_id",
      "slot_unix_ms",
      "meter",
      "api_id",
      "stage",
      "usage_plan_id",
      "api_key_id",
      "free_reason",
    ],
    indexes: {
      usage_units_of_keys: ["account_id", "api_key_id", "slot_unix_ms"],
      usage_units_of_slots: ["slot_unix_ms"],
    },
  },
  {
    name: "usage_label_units",
    time: "slot_unix_ms",
    primaryKey: ["account_id", "label", "slot_unix_ms", "value", "meter", "free_reason"],
    indexes: {},
  },
  {
    name: "usage_served_units",
    time: "slot_unix_ms",
    primaryKey: [
      "account_id",
      "slot_unix_ms",
      "meter",
      "api_id",
      "stage",
      "free_reason",
      "region",
      "deployment_id",
      "cache_outcome",
      "streamed",
      "authorizer_outcome",
    ],
    indexes: {},
  },
];
