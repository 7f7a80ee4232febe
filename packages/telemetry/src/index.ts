export {
  type Access,
  allowsClear,
  clearTokenProblems,
  isLoopback,
  type OwnTokens,
  openAccessProblems,
  readAccess,
  readServerTls,
  readTls,
  readToken,
  type TlsFiles,
} from "./access-settings.ts";
export { DiskOutage } from "./disk-outage.ts";
export { FolderLockedError, lockFolder, openLock } from "./folder-lock.ts";
export { type HttpServer, type ServerTls, startHttpServer } from "./http-server.ts";
export { createLogger, type Logger } from "./logger.ts";
export { type MetricExportSettings, readMetricExport } from "./metric-export-settings.ts";
export { type HistogramReading, type MetricReading, metricReading, sumOfReadings } from "./metric-reading.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { attributeNames, type MetricName, metricDescriptions, metricNames } from "./names.ts";
export {
  JobEnded,
  JobThrew,
  PoolFull,
  ProcessPool,
  type ProcessPoolOptions,
  serveJobs,
} from "./process-pool.ts";
export { runProcess } from "./run-process.ts";
export { givenSecret, readSecret, type Secret, secretFile } from "./secret-setting.ts";
export {
  outcomeOf,
  type SegmentDocument,
  type SegmentHttp,
  type SegmentPart,
  type SubsegmentDocument,
  TRACE_GROUP,
} from "./segment.ts";
export {
  parseSettings,
  type Read,
  type Setting,
  SettingsError,
  type SettingsProblem,
  setting,
} from "./settings.ts";
export { openStateFolder } from "./state-folder.ts";
export {
  type RecordedSpan,
  recordSpan,
  startTracing,
  type TracingOptions,
} from "./tracing.ts";
export {
  isSampled,
  NOT_SAMPLED,
  readTracing,
  STORED,
  type TraceSampling,
  type TracingSettings,
} from "./tracing-settings.ts";
export { stateOf, watchFiles } from "./watched-files.ts";
export {
  formatTraceHeader,
  newTraceRoot,
  parseTraceHeader,
  parseTraceparent,
  randomBase64,
  randomHex,
  rootOfTraceId,
  type TraceHeader,
  traceIdOfRoot,
} from "./xray.ts";
