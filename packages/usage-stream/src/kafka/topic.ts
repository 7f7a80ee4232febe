import type { Kafka } from "kafkajs";

/** Topic is a Kafka topic, and with what it is created if it does not exist. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** undefined: the broker's default. */
  readonly replicas?: number;
  /** undefined: the broker's default. */
  readonly retentionMs?: number;
  /** Of each key, the last message is kept, however old it is. */
  readonly isCompacted?: boolean;
}

/** usageTopic carries usage batches, keyed by their source. Operators consume it too, so its default name must not change. */
export const usageTopic: Topic = { name: "tollgate.usage.v1", partitions: 12 };

/** logsTopic carries log batches, keyed by their source. */
export const logsTopic: Topic = { name: "tollgate.logs.v1", partitions: 12 };

/** recordsTopic carries the units that are counted, keyed by what they are of. Operators consume it: its default name must not change. */
export const recordsTopic: Topic = { name: "tollgate.records.v1", partitions: 6, isCompacted: true };

/** invoicesTopic carries final invoices and credit notes, keyed by their numbers. Operators consume it: its default name must not change. */
export const invoicesTopic: Topic = { name: "tollgate.invoices.v1", partitions: 3, isCompacted: true };

/** A message has the time at which the broker received it: the clock of the node that sent it may be wrong. */
const RECEIVED_TIME = { name: "message.timestamp.type", value: "LogAppendTime" };

/** A compacted topic with a retention loses what is older, as any other. */
function retentionOf({ retentionMs, isCompacted = false }: Omit<Topic, "name" | "partitions">) {
  const policy = retentionMs === undefined ? "compact" : "compact,delete";
  return [
    ...(isCompacted ? [{ name: "cleanup.policy", value: policy }] : []),
    ...(retentionMs === undefined ? [] : [{ name: "retention.ms", value: String(retentionMs) }]),
  ];
}

/** createTopic creates a topic unless it exists. */
export async function createTopic(
  kafka: Kafka,
  { name, partitions, replicas, ...topic }: Topic,
): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const names = await admin.listTopics();
    if (!names.includes(name))
      await admin.createTopics({
        topics: [
          {
            topic: name,
            numPartitions: partitions,
            ...(replicas === undefined ? {} : { replicationFactor: replicas }),
            configEntries: [RECEIVED_TIME, ...retentionOf(topic)],
          },
        ],
        waitForLeaders: true,
      });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** readEnds is where the partitions of a topic begin and end. */
export async function readEnds(kafka: Kafka, topic: string) {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await admin.fetchTopicOffsets(topic);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
