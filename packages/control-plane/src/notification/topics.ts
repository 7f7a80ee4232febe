import { LRUCache } from "lru-cache";
import type { Logger } from "@tollgate/telemetry";
import { createTopicSender, type KafkaSettings, type TopicSender } from "@tollgate/usage-stream/kafka";

/** Of topics that are not there yet. */
const PARTITIONS = 3;
/** Accounts name any number of topics, one after the other; each sender has connections. */
const SENDERS_MAX = 64;

export interface Topics extends AsyncDisposable {
  /** Resolves once the message is durable. */
  send(topic: string, key: string, value: Buffer): Promise<void>;
}

/** openTopics sends messages to any topic of the brokers, each by a sender of its own that is made for the first message. Those used lately are kept. */
export function openTopics(kafka: KafkaSettings, logger: Logger, createSender = createTopicSender): Topics {
  const closing = new Set<Promise<void>>();
  const close = async (sender: TopicSender): Promise<void> => sender[Symbol.asyncDispose]();
  const dispose = (sender: TopicSender): void => {
    const closed: Promise<void> = close(sender).finally(() => closing.delete(closed));
    closing.add(closed);
  };
  const senders = new LRUCache<string, TopicSender>({ max: SENDERS_MAX, dispose });
  return {
    async send(name, key, value) {
      let sender = senders.get(name);
      if (!sender) {
        sender = createSender({
          kafka,
          clientId: "control-plane-alarms",
          topic: { name, partitions: PARTITIONS },
          logger,
        });
        senders.set(name, sender);
      }
      await sender.send([{ key, value }]);
    },
    async [Symbol.asyncDispose]() {
      senders.clear();
      await Promise.all(closing);
    },
  };
}
