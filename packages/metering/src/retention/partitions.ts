import type { Database, Session } from "../usage-store/database.ts";
import { monthStart } from "./months.ts";
import { USAGE_TABLES, type UsageTable } from "./usage-tables.ts";

/** Months whose partitions are made ahead, this one included. */
const MONTHS_AHEAD = 3;

/** Rows of no month that has a partition: of clocks that are wrong, and of usage that arrives years late. */
const otherOf = ({ name }: UsageTable): string => `${name}_other`;
/** What was stored before the table had partitions: it is one. */
const beforeOf = ({ name }: UsageTable): string => `${name}_before`;

const monthName = ({ name }: UsageTable, startUnixMs: number): string => {
  const at = new Date(startUnixMs);
  return `${name}_y${at.getUTCFullYear()}m${String(at.getUTCMonth() + 1).padStart(2, "0")}`;
};

interface Partition {
  readonly name: string;
  /** Exclusive; undefined: it is the one of all other rows. */
  readonly endUnixMs: number | undefined;
}

/** Divided is what the database says of a table. */
interface Divided {
  /** It has no partitions yet. */
  readonly isPlain: boolean;
  readonly partitions: readonly Partition[];
}

/** One statement for all tables: it is asked at each start. */
async function readDivided(session: Session): Promise<(table: UsageTable) => Divided> {
  const rows = await session.query(
    `SELECT parent.relname AS name, CAST(parent.relkind AS TEXT) AS kind, part.relname AS part, pg_get_expr(part.relpartbound, part.oid) AS bound
     FROM pg_class parent LEFT JOIN pg_inherits ON inhparent = parent.oid LEFT JOIN pg_class part ON part.oid = inhrelid
     WHERE parent.oid IN (${USAGE_TABLES.map(({ name }) => `to_regclass('${name}')`).join(", ")})`,
  );
  const byName = Map.groupBy(rows, (row) => String(row["name"]));
  return ({ name }) => {
    const own = byName.get(name) ?? [];
    const partitions = own.flatMap(({ part, bound }) => {
      if (part === null) return [];
      const end = /TO \('?(-?\d+)'?\)/.exec(String(bound))?.[1];
      return [{ name: String(part), endUnixMs: end === undefined ? undefined : Number(end) }];
    });
    return { isPlain: own[0]?.["kind"] === "r", partitions };
  };
}

/** Counting waits, and whoever makes or drops partitions at the same time. */
const lockAll = (session: Session): Promise<unknown> =>
  session.query(`LOCK TABLE ${USAGE_TABLES.map(({ name }) => name).join(", ")} IN ACCESS EXCLUSIVE MODE`);

/**
 * Makes a table one with partitions. What it has becomes its first partition without being copied, up to the end of this month; rows after it, of clocks
 * that are wrong, are moved to the partition of others.
 */
async function divide(session: Session, table: UsageTable, nowMs: number): Promise<void> {
  const { name, time, primaryKey, indexes } = table;
  const before = beforeOf(table);
  const end = monthStart(nowMs, 1);
  await session.query(`ALTER TABLE ${name} RENAME TO ${before}`);
  for (const index of Object.keys(indexes))
    await session.query(`ALTER INDEX ${index} RENAME TO ${index}_before`);
  await session.query(
    `CREATE TABLE ${name} (LIKE ${before} INCLUDING DEFAULTS, PRIMARY KEY (${primaryKey.join(", ")})) PARTITION BY RANGE (${time})`,
  );
  for (const [index, columns] of Object.entries(indexes))
    await session.query(`CREATE INDEX ${index} ON ${name} (${columns.join(", ")})`);
  await session.query(`CREATE TABLE ${otherOf(table)} PARTITION OF ${name} DEFAULT`);
  await session.query(
    `WITH moved AS (DELETE FROM ${before} WHERE ${time} >= ${end} RETURNING *) INSERT INTO ${name} SELECT * FROM moved`,
  );
  const rest = await session.query(`SELECT 1 FROM ${before} LIMIT 1`);
  if (rest.length === 0) await session.query(`DROP TABLE ${before}`);
  else
    await session.query(
      `ALTER TABLE ${name} ATTACH PARTITION ${before} FOR VALUES FROM (MINVALUE) TO (${end})`,
    );
}

/** The starts of months that have no partition yet, of those that are made ahead. */
function monthsToMake({ partitions }: Divided, nowMs: number): readonly number[] {
  const ends = partitions.flatMap(({ endUnixMs }) => endUnixMs ?? []);
  const last = Math.max(Number.NEGATIVE_INFINITY, ...ends);
  return Array.from({ length: MONTHS_AHEAD }, (_, i) => monthStart(nowMs, i)).filter(
    (start) => start >= last,
  );
}

async function makeMonth(session: Session, table: UsageTable, startUnixMs: number): Promise<void> {
  const { name, time } = table;
  const month = monthName(table, startUnixMs);
  const end = monthStart(startUnixMs, 1);
  await session.query(`CREATE TABLE ${month} (LIKE ${name} INCLUDING ALL)`);
  await session.query(
    `WITH moved AS (DELETE FROM ${otherOf(table)} WHERE ${time} >= ${startUnixMs} AND ${time} < ${end} RETURNING *)
     INSERT INTO ${month} SELECT * FROM moved`,
  );
  await session.query(
    `ALTER TABLE ${name} ATTACH PARTITION ${month} FOR VALUES FROM (${startUnixMs}) TO (${end})`,
  );
}

/**
 * makeMonths gives the tables of usage a partition for each month on PostgreSQL, some months ahead. It is one transaction: what ends it leaves all as it was,
 * and the next start does it again. SQLite has no partitions.
 */
export async function makeMonths(database: Database, nowMs: number): Promise<void> {
  if (database.kind !== "postgresql") return;
  const now = await readDivided(database);
  if (!USAGE_TABLES.some((table) => now(table).isPlain || monthsToMake(now(table), nowMs).length > 0)) return;
  await database.slowly(async (session) => {
    await lockAll(session);
    const before = await readDivided(session);
    for (const table of USAGE_TABLES) if (before(table).isPlain) await divide(session, table, nowMs);
    const after = await readDivided(session);
    for (const table of USAGE_TABLES)
      for (const start of monthsToMake(after(table), nowMs)) await makeMonth(session, table, start);
  });
}

/** dropMonths drops the partitions that end before a time. */
export async function dropMonths(database: Database, beforeUnixMs: number): Promise<void> {
  if (database.kind !== "postgresql") return;
  const now = await readDivided(database);
  const old = USAGE_TABLES.flatMap((table) => now(table).partitions).filter(
    ({ endUnixMs }) => endUnixMs !== undefined && endUnixMs <= beforeUnixMs,
  );
  if (old.length === 0) return;
  await database.slowly(async (session) => {
    await lockAll(session);
    for (const { name } of old) await session.query(`DROP TABLE IF EXISTS ${name}`);
  });
}

/** partsOfSeveralMonths are what rows have to be deleted from: a partition of one month is dropped as a whole as soon as nothing of it is kept. */
export async function partsOfSeveralMonths(
  database: Database,
): Promise<readonly Pick<UsageTable, "name" | "time">[]> {
  if (database.kind !== "postgresql") return USAGE_TABLES;
  const now = await readDivided(database);
  return USAGE_TABLES.flatMap((table) => {
    const several = [beforeOf(table), otherOf(table)];
    return now(table)
      .partitions.filter(({ name }) => several.includes(name))
      .map(({ name }) => ({ name, time: table.time }));
  });
}
