import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import type { IdGenerator } from "@opentelemetry/sdk-trace";
import { attributeNames } from "./names.ts";
import type { TracingSettings } from "./tracing-settings.ts";
import { newTraceRoot, randomHex, traceIdOfRoot } from "./xray.ts";

let isTracing = false;
let nextIds: { readonly traceId: string; readonly spanId: string } | undefined;

/** Spans have the ids that their upstreams were given before. */
const xrayIds: IdGenerator = {
  generateTraceId: () => nextIds?.traceId ?? traceIdOfRoot(newTraceRoot(Date.now())),
  generateSpanId: () => nextIds?.spanId ?? randomHex(8),
};

const EXPORTERS = {
  "http/json": () => import("@opentelemetry/exporter-trace-otlp-http"),
  "http/protobuf": () => import("@opentelemetry/exporter-trace-otlp-proto"),
} as const;

export interface TracingOptions extends Pick<TracingSettings, "url" | "protocol" | "batching"> {
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
  batching,
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
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }), ...batching })],
    instrumentations: [],
  });
  sdk.start();
  isTracing = true;
  return {
    [Symbol.asyncDispose]: async () => {
      isTracing = false;
      await sdk.shutdown().catch(() => undefined);
      // The SDK stays registered after its end, and a later one would be refused in silence.
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}

/** RecordedSpan is a span that has ended. */
export interface RecordedSpan {
  /** X-Ray's id of the trace. */
  readonly root: string;
  readonly id: string;
  /** undefined: it begins the trace. */
  readonly parent: string | undefined;
  readonly isRemoteParent: boolean;
  readonly name: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  /** Of the response; 0: there is none. */
  readonly status: number;
  readonly attributes: Readonly<Partial<Record<keyof typeof attributeNames, string>>>;
}

/** recordSpan exports a span, if spans are: one with a remote parent, or none, is that of a server, others are of clients. */
export function recordSpan(span: RecordedSpan): void {
  if (!isTracing) return;
  const traceId = traceIdOfRoot(span.root);
  const context = { traceId, traceFlags: TraceFlags.SAMPLED, isRemote: span.isRemoteParent };
  const parent = span.parent
    ? trace.setSpanContext(ROOT_CONTEXT, { ...context, spanId: span.parent })
    : ROOT_CONTEXT;
  nextIds = { traceId, spanId: span.id };
  try {
    const attributes = Object.entries(span.attributes).map(
      ([name, value]) => [attributeNames[name as keyof typeof attributeNames], value] as const,
    );
    const recorded = trace.getTracer("tollgate").startSpan(
      span.name,
      {
        kind: span.isRemoteParent ? SpanKind.SERVER : SpanKind.CLIENT,
        startTime: span.startUnixMs,
        attributes: Object.fromEntries(attributes),
      },
      parent,
    );
    if (span.status > 0) recorded.setAttribute(attributeNames.httpStatus, span.status);
    if (span.status >= 500) recorded.setStatus({ code: SpanStatusCode.ERROR });
    recorded.end(span.endUnixMs);
  } finally {
    nextIds = undefined;
  }
}
