import { randomUUID } from "node:crypto";
import type { Logger } from "@tollgate/telemetry";
import { connectKafka } from "./kafka.ts";
import type { KafkaSettings } from "./kafka-settings.ts";
import type { ReceivedBatch } from "./receiver.ts";

/** Partition numbers and the offsets before which their messages are read. */
export type Ends = ReadonlyMap<number, number>;

export interface TopicReaderOptions {
  readonly kafka: KafkaSettings;
  readonly topic: string;
  /** Begins the name of a consumer group, which is removed afterwards. */
  readonly group: string;
  readonly ends: Ends;
  /** Takes messages of one partition, in their order; the next ones wait for it. */
  readonly take: (batches: readonly ReceivedBatch[]) => Promise<void>;
  readonly logger: Logger;
}

/** Reading is how much a topic still contained. */
export interface Reading {
  readonly messages: number;
  /** Messages before the ends that the topic does not keep any more. */
  readonly dropped: number;
}

/** What a broker still has of a partition: offsets from `low` on and before `high`. */
interface KeptRange {
  readonly partition: number;
  readonly low: string;
  readonly high: string;
}

/**
 * readable is what of the messages before some ends can be read: the end in each partition, and how many are gone. A topic that was made again ends
 * before what was counted of the old one: nobody may wait for the rest.
 */
export function readable(
  kept: readonly KeptRange[],
  ends: Ends,
): { readonly ends: Map<number, number>; readonly dropped: number } {
  const ranges = new Map(kept.map(({ partition, low, high }) => [partition, { low: +low, high: +high }]));
  const there = new Map<number, number>();
  let dropped = 0;
  for (const [partition, end] of ends) {
    const { low, high } = ranges.get(partition) ?? { low: 0, high: 0 };
    const last = Math.min(end, high);
    const count = Math.max(0, last - low);
    if (count > 0) there.set(partition, last);
    dropped += end - count;
  }
  return { ends: there, dropped };
}

/** readMessages reads a topic from its beginning up to some ends, apart from whoever else reads it. It rejects with the client's error. */
export async function readMessages({
  kafka: settings,
  topic,
  group,
  ends,
  take,
  logger,
}: TopicReaderOptions): Promise<Reading> {
  const kafka = connectKafka(settings, { clientId: "tollgate-metering", retry: { retries: 2 }, logger });
  const admin = kafka.admin();
  const groupId = `${group}-${randomUUID()}`;
  await admin.connect();
  try {
    const kept = await admin.fetchTopicOffsets(topic);
    const { ends: waiting, dropped } = readable(kept, ends);
    let messages = 0;
    if (waiting.size > 0) {
      const consumer = kafka.consumer({
        groupId,
        retry: { retries: 2, restartOnFailure: async () => false },
      });
      const done = Promise.withResolvers<void>();
      consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
      try {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatch: async ({ batch, heartbeat }) => {
            const end = waiting.get(batch.partition);
            if (end === undefined) return;
            const wanted = batch.messages.filter(({ offset }) => Number(offset) < end);
            messages += wanted.length;
            await take(
              wanted.flatMap(({ value, timestamp }) =>
                value ? [{ value, receivedUnixMs: Number(timestamp) }] : [],
              ),
            );
            await heartbeat();
            if (Number(batch.lastOffset()) + 1 >= end) waiting.delete(batch.partition);
            if (waiting.size === 0) done.resolve();
          },
        });
        await done.promise;
      } finally {
        await consumer.disconnect().catch(() => undefined);
        await admin.deleteGroups([groupId]).catch(() => undefined);
      }
    }
    return { messages, dropped };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
