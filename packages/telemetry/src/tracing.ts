import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import type { IdGenerator } from "@opentelemetry/sdk-trace";
import { attributeNames } from "./names.ts";
import type { TracingSettings } from "./tracing-settings.ts";
import { newTraceRoot, randomHex, type TraceHeader, traceIdOfRoot } from "./xray.ts";

let nextTraceId: string | undefined;

/** Creates X-Ray ids, and allows startCallSpan to continue a trace that has a root but no parent. */
const xrayIds: IdGenerator = {
  generateTraceId: () => nextTraceId ?? traceIdOfRoot(newTraceRoot(Date.now())),
  generateSpanId: () => randomHex(8),
};

const EXPORTERS = {
  "http/json": () => import("@opentelemetry/exporter-trace-otlp-http"),
  "http/protobuf": () => import("@opentelemetry/exporter-trace-otlp-proto"),
} as const;

export interface TracingOptions extends Pick<TracingSettings, "url" | "protocol"> {
  readonly serviceName: string;
  readonly nodeId: string;
}

/**
 * startTracing exports spans in batches. Disposing it flushes. Sampling is decided before a span is started, so every span is kept. The SDK and
 * its exporter read the standard variables of the environment themselves: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and
 * OTEL_EXPORTER_OTLP_{HEADERS,TIMEOUT,COMPRESSION,CERTIFICATE,CLIENT_CERTIFICATE,CLIENT_KEY}, each also for traces only. The SDK is loaded here:
 * its hundreds of modules double the start time of a process that traces nothing.
 */
export async function startTracing({
  url,
  protocol,
  serviceName,
  nodeId,
}: TracingOptions): Promise<AsyncDisposable> {
  const [
    { OTLPTraceExporter },
    { envDetector, resourceFromAttributes },
    { NodeSDK },
    { AlwaysOnSampler, BatchSpanProcessor },
  ] = await Promise.all([
    EXPORTERS[protocol](),
    import("@opentelemetry/resources"),
    import("@opentelemetry/sdk-node"),
    import("@opentelemetry/sdk-trace"),
  ]);
  const sdk = new NodeSDK({
    resourceDetectors: [envDetector],
    resource: resourceFromAttributes({ "service.name": serviceName, "service.instance.id": nodeId }),
    idGenerator: xrayIds,
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url }),
        maxQueueSize: 16_384,
        maxExportBatchSize: 512,
        scheduledDelayMillis: 500,
      }),
    ],
    instrumentations: [],
  });
  sdk.start();
  return {
    [Symbol.asyncDispose]: async () => {
      await sdk.shutdown().catch(() => undefined);
      // The SDK stays registered after its end, and a later one would be refused in silence.
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}

export interface CallSpanOptions {
  /** "{API name}/{stage}", as X-Ray names the segment. */
  readonly name: string;
  readonly incoming: TraceHeader | undefined;
  readonly startUnixMs: number;
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly requestId: string;
  readonly httpMethod: string;
  readonly resourcePath: string;
  readonly urlPath: string;
  readonly sourceIp: string;
}

/** startCallSpan opens the span of a sampled call: X-Ray's segment of the gateway. */
export function startCallSpan(options: CallSpanOptions): Span {
  const { incoming } = options;
  let parent = ROOT_CONTEXT;
  if (incoming?.parent)
    parent = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: traceIdOfRoot(incoming.root),
      spanId: incoming.parent,
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    });
  nextTraceId = incoming && !incoming.parent ? traceIdOfRoot(incoming.root) : undefined;
  try {
    return trace.getTracer("tollgate").startSpan(
      options.name,
      {
        kind: SpanKind.SERVER,
        startTime: options.startUnixMs,
        attributes: {
          [attributeNames.accountId]: options.accountId,
          [attributeNames.apiId]: options.apiId,
          [attributeNames.stage]: options.stage,
          [attributeNames.requestId]: options.requestId,
          [attributeNames.httpMethod]: options.httpMethod,
          [attributeNames.httpRoute]: options.resourcePath,
          [attributeNames.urlPath]: options.urlPath,
          [attributeNames.clientAddress]: options.sourceIp,
        },
      },
      parent,
    );
  } finally {
    nextTraceId = undefined;
  }
}

/** startIntegrationSpan opens X-Ray's subsegment of the integration below a call's span. */
export function startIntegrationSpan(call: Span, integrationType: string, upstream: string): Span {
  return trace.getTracer("tollgate").startSpan(
    integrationType,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        [attributeNames.integrationType]: integrationType,
        [attributeNames.serverAddress]: upstream,
      },
    },
    trace.setSpan(context.active(), call),
  );
}

/** endSpan closes a span with the status of the response; 429 is X-Ray's throttle, 4xx its error, 5xx its fault. */
export function endSpan(span: Span, status: number): void {
  span.setAttribute(attributeNames.httpStatus, status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
