export {
  BATCH_HEAD_BYTES,
  type BatchFacts,
  decodeBatch,
  decodeLogBatch,
  encodeBatch,
  encodeBatchInPlace,
  encodeReport,
  type SourceReport,
} from "./batch.ts";
export {
  type EventFacts,
  type EventKey,
  encodeKey,
  encodeMeterValues,
  encodeMetricKey,
  encodeStageFacts,
  eventMaxBytes,
  type MetricKey,
  NO_FACTS,
  putEvent,
  type StageFacts,
} from "./event.ts";
export { createFencedSender, type FencedSender } from "./fenced-sender.ts";
export { FRAME_HEADER_BYTES, type Frame, findFrame, readFrame, writeFrameHeader } from "./frame.ts";
export { keepIdleConnectionsQuiet } from "./idle-connections.ts";
export {
  type KafkaLogin,
  type KafkaSettings,
  readKafka,
  readOptionalTopic,
  readTopic,
} from "./kafka-settings.ts";
export { encodeLogKey, type LogFacts, logEventMaxBytes, putLogEvent } from "./log-event.ts";
export { BATCH_MAX_BYTES } from "./message-batches.ts";
export { type BatchHead, BatchReader } from "./reading/batch-reader.ts";
export {
  ACCOUNT,
  API,
  API_NAME,
  CONNECTION_KEY,
  CONNECTION_PLAN,
  CUSTOMER,
  DEPLOYMENT,
  DOMAIN,
  EventView,
  KEY,
  METHOD,
  PATH,
  PLAN,
  REGION,
  STAGE,
} from "./reading/event-view.ts";
export { Texts } from "./reading/texts.ts";
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
