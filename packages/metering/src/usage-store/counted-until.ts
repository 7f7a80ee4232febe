import type { Session } from "./database.ts";

/** PartitionEnds is where a partition begins and ends: offsets in decimal. */
export interface PartitionEnds {
  readonly partition: number;
  readonly low: string;
  readonly high: string;
}

/** Seen is where the partitions of a topic ended at a time. */
export interface Seen {
  readonly unixMs: number;
  readonly highs: ReadonlyMap<number, number>;
}

export interface CountedTopic {
  readonly topic: string;
  readonly readEnds: () => Promise<readonly PartitionEnds[]>;
  readonly nowMs: () => number;
}

/** readCountedUntil is the time before which all that the broker received in a topic is counted; 0: it is not known. */
export async function readCountedUntil(session: Session, topic: string): Promise<number> {
  const [row] = await session.query("SELECT until_unix_ms FROM usage_counted_until WHERE topic = $1", [
    topic,
  ]);
  return Number(row?.["until_unix_ms"] ?? 0);
}

async function nextOffsets(session: Session, topic: string): Promise<(partition: number) => number> {
  const rows = await session.query("SELECT partition_id, next_offset FROM usage_positions WHERE topic = $1", [
    topic,
  ]);
  const nexts = new Map(rows.map((row) => [Number(row["partition_id"]), Number(row["next_offset"])]));
  return (partition) => nexts.get(partition) ?? 0;
}

/**
 * advanceCountedUntil stores up to when a topic is counted, once all of its partitions are counted to where they ended at that time. It returns what is waited
 * for, to be given again; undefined: nothing. A topic that goes on growing is waited for no longer than what it had at one time takes.
 */
export async function advanceCountedUntil(
  session: Session,
  { topic, readEnds, nowMs }: CountedTopic,
  waitedFor: Seen | undefined,
): Promise<Seen | undefined> {
  const unixMs = nowMs();
  const ends = await readEnds();
  const highs = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
  const isShorter = [...(waitedFor?.highs ?? [])].some(
    ([partition, high]) => (highs.get(partition) ?? 0) < high,
  );
  // One that is shorter was deleted and created again: what was waited for never comes.
  const seen = waitedFor && !isShorter ? waitedFor : { unixMs, highs };
  const nextOf = await nextOffsets(session, topic);
  const isCounted = ends.every(
    // What the topic does not keep any more is not waited for.
    ({ partition, low }) => (seen.highs.get(partition) ?? 0) <= Math.max(Number(low), nextOf(partition)),
  );
  if (!isCounted) return seen;
  await session.query(
    `INSERT INTO usage_counted_until (topic, until_unix_ms) VALUES ($1, $2)
     ON CONFLICT (topic) DO UPDATE SET until_unix_ms = excluded.until_unix_ms WHERE usage_counted_until.until_unix_ms < excluded.until_unix_ms`,
    [topic, seen.unixMs],
  );
  return undefined;
}
