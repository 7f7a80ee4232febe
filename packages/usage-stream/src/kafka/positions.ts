import type { Logger } from "@tollgate/telemetry";

/** Positions are up to where the partitions of a topic are counted. */
export interface Positions {
  nextOffset(topic: string, partition: number): Promise<number>;
  /** How many partitions of a topic were counted; 0: none. */
  partitionsOf(topic: string): Promise<number>;
  /** Forgets the position in a partition. */
  restart(topic: string, partition: number): Promise<void>;
}

/** PartitionEnd is a partition as its broker reports it. */
export interface PartitionEnd {
  readonly partition: number;
  /** The offset of the next message, in decimal. */
  readonly high: string;
}

/**
 * checkPositions compares what is counted of a topic with what it contains, because a topic that was deleted and created again has other
 * messages at the same offsets. More partitions than before are fine: batches are counted once in any order. Throws if there are fewer.
 */
export async function checkPositions(
  topic: string,
  readEnds: () => Promise<readonly PartitionEnd[]>,
  positions: Positions,
  logger: Logger,
): Promise<void> {
  const counted = await positions.partitionsOf(topic);
  const nexts = await Promise.all(
    Array.from({ length: counted }, (_, partition) => positions.nextOffset(topic, partition)),
  );
  // Afterwards: others are counting, and a position that is read after its end may be behind it.
  const ends = await readEnds();
  if (ends.length < counted)
    throw new Error(
      `the topic ${topic} has ${ends.length} partitions, but ${counted} were counted before: it was deleted and created again, and nothing says what of it is counted. Set TOLLGATE_USAGE_TOPIC to a new name on every process`,
    );
  for (const { partition, high } of ends) {
    const next = nexts[partition] ?? 0;
    if (next <= Number(high)) continue;
    logger.error(
      { topic, partition, next, high },
      "the usage topic ends before the position in it: it was created again, and is read from its start",
    );
    await positions.restart(topic, partition);
  }
}
