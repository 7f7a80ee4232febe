export { decodeBatch, encodeBatch } from "./batch.ts";
export { encodeKey, EVENT_MAX_BYTES, putEvent, type EventFacts, type EventKey } from "./event.ts";
export { FRAME_HEADER_BYTES, readFrame, writeFrameHeader, type Frame } from "./frame.ts";
export { startReceiver, type Counter, type Position, type ReceiverOptions } from "./receiver.ts";
export {
  createTopicSender,
  type TopicMessage,
  type TopicSender,
  type TopicSenderOptions,
  type UsageSink,
} from "./sender.ts";
export { createTopic, usageTopic, type Topic } from "./topic.ts";
