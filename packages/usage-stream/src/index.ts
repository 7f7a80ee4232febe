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
export { FRAME_HEADER_BYTES, type Frame, findFrame, readFrame, writeFrameHeader } from "./frame.ts";
export { encodeLogKey, type LogFacts, logEventMaxBytes, putLogEvent } from "./log-event.ts";
export { type BatchHead, BatchReader } from "./reading/batch-reader.ts";
export {
  ACCOUNT,
  API,
  API_NAME,
  CACHE_SIZE,
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
