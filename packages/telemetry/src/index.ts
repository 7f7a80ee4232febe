export { readAccess, readTls, type Access, type TlsFiles } from "./access-settings.ts";
export { createLogger, type Logger } from "./logger.ts";
export { createMetrics, type MetricReading, type Metrics } from "./metrics.ts";
export { attributeNames, metricDescriptions, metricNames, type MetricName } from "./names.ts";
export {
  endSpan,
  startCallSpan,
  startIntegrationSpan,
  startTracing,
  type CallSpanOptions,
  type TracingOptions,
} from "./tracing.ts";
export type { Span } from "@opentelemetry/api";
export {
  formatTraceHeader,
  newTraceRoot,
  parseTraceHeader,
  parseTraceparent,
  randomBase64,
  randomHex,
  rootOfTraceId,
  traceIdOfRoot,
  type TraceHeader,
} from "./xray.ts";
export { parseSettings, setting, SettingsError, type Setting, type SettingsProblem } from "./settings.ts";
export { runProcess } from "./run-process.ts";
export { startHttpServer, type HttpServer } from "./http-server.ts";
