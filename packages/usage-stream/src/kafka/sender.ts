import { Partitioners, type Producer } from "kafkajs";
import type { Logger } from "@tollgate/telemetry";
import { connectKafka } from "./kafka.ts";
import type { KafkaSettings } from "./kafka-settings.ts";
import { createTopic, type Topic } from "./topic.ts";

/** TopicMessage is one message to send. Messages with the same key stay in order. */
export interface TopicMessage {
  readonly key: string;
  readonly value: Buffer;
}

/**
 * TopicSender sends messages to one topic. send resolves once they are durable, and does not read them any more; if it rejects, the caller
 * sends the same messages again, and leaves the values of these as they are.
 */
export interface TopicSender extends AsyncDisposable {
  send(messages: readonly TopicMessage[]): Promise<void>;
}

/**
 * UsageSink accepts usage batches: createTopicSender sends them to Kafka, or they are counted in the same process.
 *
 *     const sink: UsageSink = { send: (messages) => count(messages), [Symbol.asyncDispose]: async () => undefined };
 */
export type UsageSink = TopicSender;

export interface TopicSenderOptions {
  readonly kafka: KafkaSettings;
  readonly clientId: string;
  readonly topic: Topic;
  readonly logger: Logger;
}

/**
 * createTopicSender sends with acks=all, at least once. The idempotent mode of kafkajs is not used: it is experimental, and consumers
 * recognize duplicates by their ids anyway. After a failure the producer is created again.
 */
export function createTopicSender(
  { kafka: settings, clientId, topic, logger }: TopicSenderOptions,
  openKafka = connectKafka,
): TopicSender {
  /** Messages that are sent together share one, also while it is made. */
  let connection: Promise<Producer> | undefined;
  let topicReady = false;

  const connect = async (): Promise<Producer> => {
    const kafka = openKafka(settings, {
      clientId,
      requestTimeout: 10_000,
      retry: { retries: 1, initialRetryTime: 100, maxRetryTime: 500 },
      logger,
    });
    if (!topicReady) await createTopic(kafka, topic);
    topicReady = true;
    const fresh = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await fresh.connect();
    return fresh;
  };

  const drop = async (): Promise<void> => {
    const old = connection;
    connection = undefined;
    await old?.then((producer) => producer.disconnect()).catch(() => undefined);
  };

  return {
    async send(messages) {
      connection ??= connect();
      const mine = connection;
      try {
        const producer = await mine;
        await producer.send({
          topic: topic.name,
          acks: -1,
          messages: messages.map(({ key, value }) => ({ key, value })),
        });
      } catch (error) {
        // Another message may have failed before, and connected again.
        if (connection === mine) await drop();
        throw error;
      }
    },
    [Symbol.asyncDispose]: drop,
  };
}
