import { Partitioners, type Producer } from "kafkajs";
import { connectKafka } from "./kafka.ts";
import { messageBatches } from "./message-batches.ts";
import type { TopicMessage, TopicSenderOptions } from "./sender.ts";
import { createTopic, readEnds } from "./topic.ts";

/** When the broker gives up what a sender has begun and not ended. */
const TRANSACTION_TIMEOUT_MS = 30_000;

/** FencedSender sends to a topic as long as no other sender of the topic was opened after it. */
export interface FencedSender extends AsyncDisposable {
  /** Resolves once all of the messages are durable, in their order; if it rejects, consumers see none of them, or all. */
  send(messages: readonly TopicMessage[]): Promise<void>;
  /** How many offsets all partitions of the topic have had together. It only grows, unless the topic is deleted and created again. */
  end(): Promise<number>;
}

/**
 * createFencedSender opens a sender of a topic, and closes the topic to all that were opened before: their messages are refused by the broker from now on,
 * also those that were on their way, so that the messages of a key stay in order (Kafka: transactional.id, KIP-98). Its id is `tollgate-{topic}`.
 */
export async function createFencedSender(
  { kafka: settings, clientId, topic, logger }: TopicSenderOptions,
  openKafka = connectKafka,
): Promise<FencedSender> {
  const kafka = openKafka(settings, {
    clientId,
    requestTimeout: 10_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    logger,
  });
  await createTopic(kafka, topic);
  const producer: Producer = kafka.producer({
    transactionalId: `tollgate-${topic.name}`,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    // kafkajs claims the transactional id with the first transaction, and not before. One without messages sends nothing.
    await (await producer.transaction()).abort();
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    async send(messages) {
      const transaction = await producer.transaction();
      try {
        for (const batch of messageBatches(messages))
          await transaction.send({
            topic: topic.name,
            acks: -1,
            messages: batch.map(({ key, value }) => ({ key, value })),
          });
        await transaction.commit();
      } catch (error) {
        await transaction.abort().catch(() => undefined);
        throw error;
      }
    },
    end: async () => (await readEnds(kafka, topic.name)).reduce((sum, { high }) => sum + Number(high), 0),
    [Symbol.asyncDispose]: () => producer.disconnect().catch(() => undefined),
  };
}
