import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { UsageBatchSchema, type UsageEvent } from "@tollgate/proto/usage";
import { kafkaClient } from "../kit/kafka.ts";

const TOPIC = "tollgate.usage.v1";

/** TopicTruth is what the usage topic holds, read independently of metering. */
export interface TopicTruth {
  /** Request ids by how many different events name them. */
  readonly requestIds: ReadonlyMap<string, number>;
  /** Different events: (source, sequence number) pairs. */
  readonly eventCount: number;
}

/** readTopic reads the usage topic from its beginning to its present end. Each event is passed on once. */
export async function readTopic(
  broker: string,
  onEvent: (event: UsageEvent) => void = () => undefined,
): Promise<TopicTruth> {
  const kafka = kafkaClient(broker);
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map(
    (await admin.fetchTopicOffsets(TOPIC)).map(({ partition, high }) => [partition, Number(high)]),
  );
  await admin.disconnect();
  const waiting = new Set([...ends].filter(([, high]) => high > 0).map(([partition]) => partition));
  const seen = new Set<string>();
  const requestIds = new Map<string, number>();
  if (waiting.size > 0) {
    const consumer = kafka.consumer({ groupId: `truth-${randomUUID()}`, maxWaitTimeInMs: 100 });
    const done = Promise.withResolvers<void>();
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const batch = fromBinary(UsageBatchSchema, message.value as Buffer);
        for (const event of batch.events) {
          const key = `${batch.source}#${event.seq}`;
          if (seen.has(key)) continue; // sent again: one event all the same
          seen.add(key);
          onEvent(event);
          requestIds.set(event.requestId, (requestIds.get(event.requestId) ?? 0) + 1);
        }
        if (Number(message.offset) + 1 >= (ends.get(partition) ?? 0)) waiting.delete(partition);
        if (waiting.size === 0) done.resolve();
      },
    });
    await done.promise;
    await consumer.disconnect();
  }
  return { requestIds, eventCount: seen.size };
}
