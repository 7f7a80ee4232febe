import { Kafka, logLevel, Partitioners, type Producer } from "kafkajs";
import type { Logger } from "@tollgate/telemetry";
import type { SinkMessage, UsageSink } from "./sink.ts";

/** Name of the usage topic: operators consume it. */
export const USAGE_TOPIC = "tollgate.usage.v1";
const PARTITIONS = 12;

export interface KafkaSinkOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
}

/**
 * createKafkaSink sends with acks=all, at least once. The idempotent mode of kafkajs is not used: it is experimental, and a record that
 * comes twice is recognized by its sequence numbers anyway. After a failure the producer is built anew.
 */
export function createKafkaSink({ brokers, clientId, logger }: KafkaSinkOptions): UsageSink {
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { retries: 1, initialRetryTime: 100, maxRetryTime: 500 },
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => logger.debug({ kafka: entry.log }, "kafka client"),
  });
  let producer: Producer | undefined;
  let topicReady = false;

  const connect = async (): Promise<Producer> => {
    if (!topicReady) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        const topics = await admin.listTopics();
        if (!topics.includes(USAGE_TOPIC))
          await admin.createTopics({
            topics: [{ topic: USAGE_TOPIC, numPartitions: PARTITIONS }],
            waitForLeaders: true,
          });
        topicReady = true;
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    }
    const fresh = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await fresh.connect();
    return fresh;
  };

  const drop = async (): Promise<void> => {
    const old = producer;
    producer = undefined;
    await old?.disconnect().catch(() => undefined);
  };

  return {
    async send(messages: readonly SinkMessage[]) {
      try {
        producer ??= await connect();
        await producer.send({
          topic: USAGE_TOPIC,
          acks: -1,
          messages: messages.map(({ key, value }) => ({ key, value })),
        });
      } catch (error) {
        await drop();
        throw error;
      }
    },
    [Symbol.asyncDispose]: drop,
  };
}
