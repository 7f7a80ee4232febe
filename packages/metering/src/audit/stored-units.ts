import type { AddingTable, Row, Session } from "../usage-store/database.ts";

/** What usage is compared by: each sum of a period has one of these keys. */
export const KEY_COLUMNS = [
  "account_id",
  "meter",
  "api_id",
  "stage",
  "usage_plan_id",
  "api_key_id",
  "free_reason",
] as const;

const isNumber = (column: (typeof KEY_COLUMNS)[number]): boolean => column === "free_reason";

/** Units of two countings: what one has is positive, what the other has is negative, and what both have comes to nothing. */
export const DIFFERENCES: AddingTable = {
  name: "audit_differences",
  columns: [
    ...KEY_COLUMNS.map((name) => ({ name, type: isNumber(name) ? ("BIGINT" as const) : ("TEXT" as const) })),
    { name: "stored_units", type: "BIGINT" },
    { name: "recounted_units", type: "BIGINT" },
  ],
  key: KEY_COLUMNS,
  change:
    "stored_units = audit_differences.stored_units + excluded.stored_units, recounted_units = audit_differences.recounted_units + excluded.recounted_units",
};

export const createDifferences = `CREATE TABLE audit_differences (${DIFFERENCES.columns
  .map(({ name, type }) => `${name} ${type} NOT NULL`)
  .join(", ")}, PRIMARY KEY (${KEY_COLUMNS.join(", ")}))`;

/** Which usage is audited. An empty account means all. */
export interface AuditedPeriod {
  readonly accountId: string;
  /** Inclusive, and a multiple of a quarter of an hour. */
  readonly startUnixMs: number;
  /** Exclusive, the same. */
  readonly endUnixMs: number;
}

const KEYS = KEY_COLUMNS.join(", ");
const WHERE = "($1 = '' OR account_id = $1) AND slot_unix_ms >= $2 AND slot_unix_ms < $3";

/** unitsOf are the units of a period by what they are compared by. */
export const unitsOf = (
  session: Session,
  { accountId, startUnixMs, endUnixMs }: AuditedPeriod,
): Promise<readonly Row[]> =>
  session.query(
    `SELECT ${KEYS}, CAST(SUM(units) AS BIGINT) AS units FROM usage_units WHERE ${WHERE} GROUP BY ${KEYS}`,
    [accountId, startUnixMs, endUnixMs],
  );

/** A row of the snapshot that is a position in the topic: the others are units. */
const POSITION = "position";

/**
 * snapshotOf reads units of a period, and up to which message of each partition they are counted. It is one statement, so that both are of the
 * same instant whatever the database isolates transactions by.
 */
export async function snapshotOf(
  session: Session,
  topic: string,
  { accountId, startUnixMs, endUnixMs }: AuditedPeriod,
): Promise<{ readonly units: readonly Row[]; readonly ends: ReadonlyMap<number, number> }> {
  const rows = await session.query(
    `SELECT 'units' AS what, ${KEYS}, CAST(SUM(units) AS BIGINT) AS units FROM usage_units WHERE ${WHERE} GROUP BY ${KEYS}
     UNION ALL SELECT '${POSITION}', '', '', '', '', '', '', partition_id, next_offset FROM usage_positions WHERE topic = $4`,
    [accountId, startUnixMs, endUnixMs, topic],
  );
  const { position = [], units = [] } = Object.groupBy(rows, (row) =>
    row["what"] === POSITION ? "position" : "units",
  );
  return {
    units,
    ends: new Map(position.map((row) => [Number(row["free_reason"]), Number(row["units"])])),
  };
}
