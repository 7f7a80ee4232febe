import type { Metric } from "@tollgate/metric-store";
import { ApiKind, CacheOutcome, Fault, type UsageEvent } from "@tollgate/proto/usage";

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
  UsageEvent,
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

/** CallSample is the value that one call adds to a metric. */
export type CallSample = readonly [metric: Metric, value: number];

const flag = (holds: boolean): number => (holds ? 1 : 0);
const inMs = (us: bigint): number => Number(us) / 1000;

/** A call whose integration was not asked, such as a cache hit, a MOCK or a refusal, has no integration latency. */
const integrationLatency = ({ integrationLatencyUs }: MeasuredCall): readonly CallSample[] =>
  integrationLatencyUs > 0n ? [[callMetrics.integrationLatency, inMs(integrationLatencyUs)]] : [];

/** Each call is a sample of each error, 0 or 1: the average is the rate. */
function restSamples(call: MeasuredCall): readonly CallSample[] {
  const { status, cacheOutcome, latencyUs } = call;
  return [
    [callMetrics.count, 1],
    [callMetrics.restClientError, flag(status >= 400 && status < 500)],
    [callMetrics.restServerError, flag(status >= 500)],
    [callMetrics.latency, inMs(latencyUs)],
    ...integrationLatency(call),
    ...(cacheOutcome === CacheOutcome.UNSPECIFIED
      ? []
      : ([
          [callMetrics.cacheHit, flag(cacheOutcome === CacheOutcome.HIT)],
          [callMetrics.cacheMiss, flag(cacheOutcome === CacheOutcome.MISS)],
        ] as const)),
  ];
}

function httpSamples(call: MeasuredCall): readonly CallSample[] {
  const { status, latencyUs, requestBytes, responseBytes } = call;
  const bytes = Number(requestBytes + responseBytes);
  return [
    [callMetrics.count, 1],
    [callMetrics.clientError, flag(status >= 400 && status < 500)],
    [callMetrics.serverError, flag(status >= 500)],
    [callMetrics.latency, inMs(latencyUs)],
    ...integrationLatency(call),
    ...(bytes > 0 ? ([[callMetrics.dataProcessed, bytes]] as const) : []),
  ];
}

function webSocketSamples(call: MeasuredCall): readonly CallSample[] {
  const { fault, connectIntegration, messageCount } = call;
  return [
    ...(connectIntegration ? ([[callMetrics.connectCount, 1]] as const) : []),
    ...(messageCount > 0n ? ([[callMetrics.messageCount, Number(messageCount)]] as const) : []),
    [callMetrics.webSocketClientError, flag(fault === Fault.CLIENT)],
    [callMetrics.integrationError, flag(fault === Fault.INTEGRATION)],
    [callMetrics.executionError, flag(fault === Fault.EXECUTION)],
    ...integrationLatency(call),
  ];
}

/** samplesOf are the values that a usage event adds to metrics; none if it is not a call, or of a version that does not say of which kind its API is. */
export function samplesOf(call: MeasuredCall): readonly CallSample[] {
  if (call.connectionMinutes > 0n) return [];
  switch (call.apiKind) {
    case ApiKind.REST:
      return restSamples(call);
    case ApiKind.HTTP:
      return httpSamples(call);
    case ApiKind.WEBSOCKET:
      return webSocketSamples(call);
    default:
      return [];
  }
}
