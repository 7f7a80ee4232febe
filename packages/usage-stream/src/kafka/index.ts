export { createFencedSender, type FencedSender } from "./fenced-sender.ts";
export { keepIdleConnectionsQuiet } from "./idle-connections.ts";
export {
  type KafkaLogin,
  type KafkaSettings,
  readKafka,
  readOptionalTopic,
  readTopic,
} from "./kafka-settings.ts";
export { BATCH_MAX_BYTES } from "./message-batches.ts";
export {
  type Counter,
  FETCH_BYTES,
  METERING_GROUP,
  type Position,
  type ReceivedBatch,
  type Receiver,
  type ReceiverOptions,
  startReceiver,
} from "./receiver.ts";
export {
  createTopicSender,
  type TopicMessage,
  type TopicSender,
  type TopicSenderOptions,
  type UsageSink,
} from "./sender.ts";
export {
  createTopic,
  invoicesTopic,
  logsTopic,
  recordsTopic,
  type Topic,
  usageTopic,
} from "./topic.ts";
export { type Ends, type Reading, readMessages, type TopicReaderOptions } from "./topic-reader.ts";
