import type { Database, Session } from "../usage-store/database.ts";

/** Publisher is the process that publishes to a topic, since it took over. */
export interface Publisher {
  readonly topic: string;
  /** Counts those who took over. */
  readonly generation: number;
  readonly untilUnixMs: number;
}

/** Lost is thrown when another process has taken over. */
export class Lost extends Error {
  constructor(topic: string) {
    super(`another metering publishes to ${topic} now`);
  }
}

export interface ClaimOptions {
  readonly topic: string;
  readonly owner: string;
  readonly leaseMs: number;
  readonly nowMs: number;
}

/** claimPublisher makes a process the one that publishes to a topic, for the time of the lease; undefined: another one is it. */
export async function claimPublisher(
  database: Database,
  { topic, owner, leaseMs, nowMs }: ClaimOptions,
): Promise<Publisher | undefined> {
  const untilUnixMs = nowMs + leaseMs;
  const [row] = await database.transaction((session) =>
    session.query(
      `INSERT INTO publishers (topic, owner, until_unix_ms, generation, revision, passed_key) VALUES ($1, $2, $3, 1, 0, '')
       ON CONFLICT (topic) DO UPDATE SET owner = excluded.owner, until_unix_ms = excluded.until_unix_ms,
         generation = publishers.generation + CASE WHEN publishers.owner = excluded.owner THEN 0 ELSE 1 END
       WHERE publishers.owner = excluded.owner OR publishers.until_unix_ms <= $4 OR publishers.until_unix_ms > $5
       RETURNING generation`,
      // A lease that ends later than any can was written by a clock that was set back since.
      [topic, owner, untilUnixMs, nowMs, nowMs + 10 * leaseMs],
    ),
  );
  return row && { topic, generation: Number(row["generation"]), untilUnixMs };
}

/** releasePublisher lets others publish at once. */
export async function releasePublisher(database: Database, { topic, generation }: Publisher): Promise<void> {
  await database.transaction((session) =>
    session.query(
      "UPDATE publishers SET owner = '', until_unix_ms = 0 WHERE topic = $1 AND generation = $2",
      [topic, generation],
    ),
  );
}

/**
 * nextRevision is a revision above all before. It is not below the time, so that it is above them also in a database that was restored from a backup. No
 * other process takes over before the transaction has ended. Throws Lost.
 */
export async function nextRevision(
  session: Session,
  { topic, generation }: Publisher,
  nowMs: number,
): Promise<number> {
  const [row] = await session.query(
    `UPDATE publishers SET revision = CASE WHEN revision < $3 THEN $3 ELSE revision + 1 END
     WHERE topic = $1 AND generation = $2 RETURNING revision`,
    [topic, generation, nowMs],
  );
  if (!row) throw new Lost(topic);
  return Number(row["revision"]);
}

/** refuseLost throws Lost if another process has taken over. None does before the transaction has ended. */
export async function refuseLost(session: Session, { topic, generation }: Publisher): Promise<void> {
  const rows = await session.query(
    "UPDATE publishers SET generation = generation WHERE topic = $1 AND generation = $2 RETURNING topic",
    [topic, generation],
  );
  if (rows.length === 0) throw new Lost(topic);
}

/** forgetPublishers forgets what was published to topics other than these: a topic that is published to again begins with all there is. */
export const forgetPublishers = (database: Database, topics: readonly string[]): Promise<void> =>
  database.transaction(async (session) => {
    const places = topics.map((_, i) => `$${i + 1}`).join(", ");
    const others = topics.length === 0 ? "" : ` WHERE topic NOT IN (${places})`;
    for (const table of ["publishers", "published_invoice_events"])
      await session.query(`DELETE FROM ${table}${others}`, topics);
  });
