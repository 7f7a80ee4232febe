import type { Metric } from "@tollgate/metric-store";
import { ApiKind, CacheOutcome, Fault } from "@tollgate/proto/usage";
import type { EventView } from "@tollgate/usage-stream";

const count = (name: string): Metric => ({ name, unit: "Count" });
const time = (name: string): Metric => ({ name, unit: "Milliseconds" });

/** The metrics of API Gateway by their names in CloudWatch (AWS: Amazon API Gateway dimensions and metrics). */
export const callMetrics = {
  count: count("Count"),
  restClientError: count("4XXError"),
  restServerError: count("5XXError"),
  clientError: count("4xx"),
  serverError: count("5xx"),
  latency: time("Latency"),
  integrationLatency: time("IntegrationLatency"),
  cacheHit: count("CacheHitCount"),
  cacheMiss: count("CacheMissCount"),
  dataProcessed: { name: "DataProcessed", unit: "Bytes" },
  connectCount: count("ConnectCount"),
  messageCount: count("MessageCount"),
  webSocketClientError: count("ClientError"),
  integrationError: count("IntegrationError"),
  executionError: count("ExecutionError"),
} as const satisfies Readonly<Record<string, Metric>>;

export type MeasuredCall = Pick<
  EventView,
  | "apiKind"
  | "status"
  | "latencyUs"
  | "integrationLatencyUs"
  | "requestBytes"
  | "responseBytes"
  | "messageCount"
  | "connectionMinutes"
  | "cacheOutcome"
  | "fault"
  | "connectIntegration"
>;

/** AddSample takes the value that one call adds to a metric. */
export type AddSample = (metric: Metric, value: number) => void;

const flag = (holds: boolean): number => (holds ? 1 : 0);

/** A call whose integration was not asked, such as a cache hit, a MOCK or a refusal, has no integration latency. */
function addIntegrationLatency({ integrationLatencyUs }: MeasuredCall, add: AddSample): void {
  if (integrationLatencyUs > 0) add(callMetrics.integrationLatency, integrationLatencyUs / 1000);
}

/** Each call is a sample of each error, 0 or 1: the average is the rate. */
function addOfRest(call: MeasuredCall, add: AddSample): void {
  const { status, cacheOutcome, latencyUs } = call;
  add(callMetrics.count, 1);
  add(callMetrics.restClientError, flag(status >= 400 && status < 500));
  add(callMetrics.restServerError, flag(status >= 500));
  add(callMetrics.latency, latencyUs / 1000);
  addIntegrationLatency(call, add);
  if (cacheOutcome === CacheOutcome.UNSPECIFIED) return;
  add(callMetrics.cacheHit, flag(cacheOutcome === CacheOutcome.HIT));
  add(callMetrics.cacheMiss, flag(cacheOutcome === CacheOutcome.MISS));
}

function addOfHttp(call: MeasuredCall, add: AddSample): void {
  const { status, latencyUs, requestBytes, responseBytes } = call;
  add(callMetrics.count, 1);
  add(callMetrics.clientError, flag(status >= 400 && status < 500));
  add(callMetrics.serverError, flag(status >= 500));
  add(callMetrics.latency, latencyUs / 1000);
  addIntegrationLatency(call, add);
  const bytes = requestBytes + responseBytes;
  if (bytes > 0) add(callMetrics.dataProcessed, bytes);
}

function addOfWebSocket(call: MeasuredCall, add: AddSample): void {
  const { fault, connectIntegration, messageCount } = call;
  if (connectIntegration) add(callMetrics.connectCount, 1);
  if (messageCount > 0) add(callMetrics.messageCount, messageCount);
  add(callMetrics.webSocketClientError, flag(fault === Fault.CLIENT));
  add(callMetrics.integrationError, flag(fault === Fault.INTEGRATION));
  add(callMetrics.executionError, flag(fault === Fault.EXECUTION));
  addIntegrationLatency(call, add);
}

const ofKinds: Readonly<Record<number, (call: MeasuredCall, add: AddSample) => void>> = {
  [ApiKind.REST]: addOfRest,
  [ApiKind.HTTP]: addOfHttp,
  [ApiKind.WEBSOCKET]: addOfWebSocket,
};

/** isMeasured is whether an event adds to metrics: it does not if it is not a call, or of a version that does not say of which kind its API is. */
export const isMeasured = ({ apiKind, connectionMinutes }: MeasuredCall): boolean =>
  connectionMinutes <= 0 && ofKinds[apiKind] !== undefined;

/** addSamples takes the values that a usage event adds to metrics. */
export function addSamples(call: MeasuredCall, add: AddSample): void {
  if (isMeasured(call)) ofKinds[call.apiKind]?.(call, add);
}
