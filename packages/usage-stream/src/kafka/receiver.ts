import { setTimeout as delay } from "node:timers/promises";
import type { Consumer, EachBatchPayload, Kafka } from "kafkajs";
import type { Logger } from "@tollgate/telemetry";
import { connectKafka } from "./kafka.ts";
import type { KafkaSettings } from "./kafka-settings.ts";
import { checkPositions, type Positions } from "./positions.ts";
import { createTopic, readEnds, type Topic } from "./topic.ts";

/** The consumer group of all meterings that share a database. */
export const METERING_GROUP = "tollgate-metering";
/** Most messages that are passed on together. */
const CHUNK_MESSAGES = 200;
/**
 * Most bytes of a partition that are fetched at once, and so passed on together: of usage, the calls of some seconds of a busy node. Only who is behind gets
 * so many. Events of the same key are one row of a transaction, so a third of the time is spent for each if there are four times as many.
 */
export const FETCH_BYTES = 8 * 1024 * 1024;
const RETRY_MS = 1_000;
/** How long a broker may wait for messages. Until then a receiver that stops, and the group when its members change, wait as well. */
const FETCH_WAIT_MS = 500;
/** So many heartbeats fit into a session. */
const HEARTBEATS = 10;
/** How soon new partitions of the topic are noticed. */
const METADATA_MAX_AGE_MS = 30_000;

/** Position is where to continue in the usage topic after all earlier messages are counted. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

/** ReceivedBatch is an encoded batch, and when the broker received it. */
export interface ReceivedBatch {
  readonly value: Uint8Array;
  readonly receivedUnixMs: number;
}

/**
 * Counter counts encoded batches, and stores its position in each partition together with the counts. One in memory:
 *
 *     const next = new Map<number, number>();
 *     const counter: Counter = {
 *       count: async (batches, { partition, nextOffset }) => {
 *         calls += batches.reduce((sum, { value }) => sum + (decodeBatch(value)?.events.length ?? 0), 0);
 *         next.set(partition, nextOffset);
 *       },
 *       nextOffset: async (_topic, partition) => next.get(partition) ?? 0,
 *       partitionsOf: async () => next.size,
 *       restart: async (_topic, partition) => void next.delete(partition),
 *     };
 */
export interface Counter extends Positions {
  /** Resolves once the batches and the position are durable. */
  count(batches: readonly ReceivedBatch[], position: Position): Promise<void>;
}

export interface Receiver extends AsyncDisposable {
  /** Why nothing is received; undefined: it is. */
  readonly outage: string | undefined;
  /** How many messages of each partition are not counted yet. */
  lag(): Promise<ReadonlyMap<number, number>>;
  /** Where each partition begins and ends. */
  ends(): ReturnType<typeof readEnds>;
}

export interface ReceiverOptions {
  readonly kafka: KafkaSettings;
  readonly topic: Topic;
  readonly group: string;
  /** When a consumer that says nothing has left the group, and another takes over its partitions. */
  readonly sessionMs: number;
  readonly counter: Counter;
  readonly logger: Logger;
}

/**
 * countBatches passes the messages of batches to a counter, some at a time, with the position after them. What failed is tried again with fewer: a database
 * that is too slow for many, or where others hold for long what they count too, counts a few.
 */
export const countBatches = (topic: string, counter: Pick<Counter, "count">, heartbeatMs: number) => {
  let most = CHUNK_MESSAGES;
  return async ({ batch, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> => {
    for (let at = 0; at < batch.messages.length; ) {
      if (!isRunning() || isStale()) return;
      const messages = batch.messages.slice(at, at + most);
      const last = messages.at(-1);
      if (!last) return;
      const values = messages.flatMap(({ value, timestamp }) =>
        value ? [{ value, receivedUnixMs: Number(timestamp) }] : [],
      );
      const position = { topic, partition: batch.partition, nextOffset: Number(last.offset) + 1 };
      try {
        await heardMeanwhile(counter.count(values, position), heartbeat, heartbeatMs);
      } catch (error) {
        most = Math.max(1, Math.min(most, messages.length) >> 2);
        throw error;
      }
      most = Math.min(CHUNK_MESSAGES, most * 2);
      at += messages.length;
      await heartbeat();
    }
  };
};

/** Counting may take longer than a session, on a slow machine: another consumer would be given the partition, and count the same again, as slowly. */
async function heardMeanwhile(
  counting: Promise<void>,
  heartbeat: () => Promise<void>,
  everyMs: number,
): Promise<void> {
  // What one of them fails with, the one after the counting fails with too.
  const timer = setInterval(() => void heartbeat().catch(() => undefined), everyMs);
  try {
    await counting;
  } finally {
    clearInterval(timer);
  }
}

/**
 * startReceiver passes every message of the usage topic to a counter. It continues at the counter's position, not at the broker's. A
 * consumer that crashed permanently is replaced by a new one.
 */
export async function startReceiver({
  kafka: settings,
  topic,
  group,
  sessionMs,
  counter,
  logger,
}: ReceiverOptions): Promise<Receiver> {
  const stopped = new AbortController();
  let outage: string | undefined = "it is not connected yet";
  const eachBatch = countBatches(topic.name, counter, sessionMs / HEARTBEATS);
  /** Runs one consumer until it crashes permanently; undefined if it was stopped. */
  const runOnce = async (kafka: Kafka): Promise<void> => {
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionMs,
      heartbeatInterval: sessionMs / HEARTBEATS,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES,
      retry: { retries: 5, restartOnFailure: async () => false },
    });
    const crashed = new Promise<unknown>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
      stopped.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: topic.name, fromBeginning: true });
      consumer.on(consumer.events.GROUP_JOIN, () => {
        outage = undefined;
      });
      seekOnAssignment(consumer, topic.name, counter, logger);
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
        const kafka = connectKafka(settings, {
          clientId: "tollgate-metering",
          retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000 },
          logger,
        });
        await createTopic(kafka, topic);
        await checkPositions(topic.name, () => readEnds(kafka, topic.name), counter, logger);
        if (!stopped.signal.aborted) await runOnce(kafka); // which hears of a later end
      } catch (error) {
        outage = (error as Error).message;
        logger.warn({ error: String(error) }, "the usage consumer stopped and is being restarted");
        await delay(RETRY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    get outage() {
      return outage;
    },
    lag: () => readLag({ kafka: settings, topic, counter, logger }),
    ends: () => readEnds(connectOnce(settings, logger), topic.name),
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}

/** A question that is asked again anyway. */
const connectOnce = (settings: KafkaSettings, logger: Logger): Kafka =>
  connectKafka(settings, { clientId: "tollgate-metering", retry: { retries: 0 }, logger });

async function readLag({
  kafka: settings,
  topic: { name },
  counter,
  logger,
}: Omit<ReceiverOptions, "group" | "sessionMs">): Promise<ReadonlyMap<number, number>> {
  const lags = (await readEnds(connectOnce(settings, logger), name)).map(async ({ partition, low, high }) => {
    // Messages that the topic does not keep any more are not waited for.
    const next = Math.max(Number(low), await counter.nextOffset(name, partition));
    return [partition, Math.max(0, Number(high) - next)] as const;
  });
  return new Map(await Promise.all(lags));
}

/** Whenever partitions are assigned, the consumer continues at the counter's positions. */
export function seekOnAssignment(
  consumer: Pick<Consumer, "events" | "on" | "seek">,
  topic: string,
  counter: Pick<Positions, "nextOffset">,
  logger: Logger,
): void {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    for (const partition of payload.memberAssignment[topic] ?? [])
      void counter
        .nextOffset(topic, partition)
        .then((offset) => consumer.seek({ topic, partition, offset: String(offset) }))
        // Reading from an earlier position is harmless: no message is counted twice. But it takes time.
        .catch((error: unknown) =>
          logger.warn({ partition, error: String(error) }, "the position in the usage topic cannot be read"),
        );
  });
}
