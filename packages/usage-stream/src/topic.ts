import type { Kafka } from "kafkajs";

/** Topic is a Kafka topic, and how many partitions it gets if it has to be created. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
}

/** usageTopic carries usage batches, keyed by their source. Operators consume it too, so its name must not change. */
export const usageTopic: Topic = { name: "tollgate.usage.v1", partitions: 12 };

/** A message has the time at which the broker received it: the clock of the node that sent it may be wrong. */
const RECEIVED_TIME = { name: "message.timestamp.type", value: "LogAppendTime" };

/** createTopic creates a topic unless it exists. */
export async function createTopic(kafka: Kafka, { name, partitions }: Topic): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const names = await admin.listTopics();
    if (!names.includes(name))
      await admin.createTopics({
        topics: [{ topic: name, numPartitions: partitions, configEntries: [RECEIVED_TIME] }],
        waitForLeaders: true,
      });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
