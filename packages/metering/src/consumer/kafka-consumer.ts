import { setTimeout as delay } from "node:timers/promises";
import { Kafka, logLevel, type Consumer, type EachBatchPayload } from "kafkajs";
import type { Logger } from "@tollgate/telemetry";
import type { UsageStore } from "../usage-store/usage-store.ts";

const TOPIC = "tollgate.usage.v1";
const GROUP = "tollgate-metering";
const PARTITIONS = 12;
/** Messages counted in one transaction. */
const TRANSACTION_MESSAGES = 200;
const RETRY_MS = 1_000;

export interface KafkaConsumerOptions {
  readonly brokers: readonly string[];
  readonly store: UsageStore;
  readonly logger: Logger;
}

/**
 * startKafkaConsumer counts the usage topic. It goes on where the database says, not where the broker does. A consumer that crashed for
 * good is replaced by a new one.
 */
export async function startKafkaConsumer({
  brokers,
  store,
  logger,
}: KafkaConsumerOptions): Promise<AsyncDisposable> {
  const stopped = new AbortController();
  const kafka = new Kafka({
    clientId: "tollgate-metering",
    brokers: [...brokers],
    connectionTimeout: 3_000,
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000 },
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => logger.debug({ kafka: entry.log }, "kafka client"),
  });

  const eachBatch = async ({ batch, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> => {
    for (let at = 0; at < batch.messages.length; at += TRANSACTION_MESSAGES) {
      if (!isRunning() || isStale()) return;
      const messages = batch.messages.slice(at, at + TRANSACTION_MESSAGES);
      const last = messages.at(-1);
      if (!last) return;
      const values = messages.flatMap((message) => (message.value ? [message.value] : []));
      const report = await store.ingest(values, {
        topic: TOPIC,
        partition: batch.partition,
        nextOffset: Number(last.offset) + 1,
      });
      if (report.missing + report.damaged > 0)
        logger.error({ ...report, partition: batch.partition }, "usage events are missing");
      await heartbeat();
    }
  };

  /** Runs one consumer until it crashes for good; undefined when it was stopped. */
  const runOnce = async (): Promise<void> => {
    const consumer = kafka.consumer({
      groupId: GROUP,
      sessionTimeout: 10_000,
      heartbeatInterval: 1_000,
      retry: { retries: 5, restartOnFailure: async () => false },
    });
    const crashed = new Promise<unknown>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
      stopped.signal.addEventListener("abort", () => resolve(undefined));
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
      await seekOnAssignment(consumer, store);
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        partitionsConsumedConcurrently: 3,
        eachBatch,
      });
      const error = await crashed;
      if (error) throw error;
    } finally {
      await consumer.disconnect().catch(() => undefined);
    }
  };

  const running = (async () => {
    while (!stopped.signal.aborted) {
      try {
        await createTopic(kafka);
        await runOnce();
      } catch (error) {
        logger.warn({ error: String(error) }, "the usage consumer stopped and starts again");
        await delay(RETRY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}

async function createTopic(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const topics = await admin.listTopics();
    if (!topics.includes(TOPIC))
      await admin.createTopics({
        topics: [{ topic: TOPIC, numPartitions: PARTITIONS }],
        waitForLeaders: true,
      });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** Whenever partitions are assigned, the consumer is set to the places that the database has. */
async function seekOnAssignment(consumer: Consumer, store: UsageStore): Promise<void> {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    for (const partition of payload.memberAssignment[TOPIC] ?? [])
      void store
        .nextOffset(TOPIC, partition)
        .then((offset) => consumer.seek({ topic: TOPIC, partition, offset: String(offset) }))
        .catch(() => undefined); // reading from further back is harmless: what is counted is not counted again
  });
}
