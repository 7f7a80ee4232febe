import type { Logger } from "@tollgate/telemetry";
import { createTopicSender, type KafkaSettings, type TopicSender } from "@tollgate/usage-stream";

/** Of topics that are not there yet. */
const PARTITIONS = 3;

export interface Topics extends AsyncDisposable {
  /** Resolves once the message is durable. */
  send(topic: string, key: string, value: Buffer): Promise<void>;
}

/** openTopics sends messages to any topic of the brokers, each by a producer of its own that is made for the first message. */
export function openTopics(kafka: KafkaSettings, logger: Logger): Topics {
  const senders = new Map<string, TopicSender>();
  return {
    async send(name, key, value) {
      let sender = senders.get(name);
      if (!sender) {
        sender = createTopicSender({
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
      for (const sender of senders.values()) await sender[Symbol.asyncDispose]();
    },
  };
}
