import { createTopicSender, type TopicMessage, type TopicSender } from "@tollgate/transport";
import type { Logger } from "@tollgate/telemetry";

/** Name of the usage topic: operators consume it. */
export const USAGE_TOPIC = "tollgate.usage.v1";
const PARTITIONS = 12;

/** SinkMessage is one UsageBatch on its way: the value is its encoding, the key its source. */
export type SinkMessage = TopicMessage;

/** UsageSink takes batches of usage events. */
export type UsageSink = TopicSender;

/** createKafkaSink hands usage to Kafka; what comes twice is recognized by its sequence numbers. */
export const createKafkaSink = (options: {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
}): UsageSink => createTopicSender({ ...options, topic: USAGE_TOPIC, partitions: PARTITIONS });
