import {
  type Attributes,
  context,
  type HrTime,
  logs,
  propagation,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { BatchSpanProcessor, ReadableSpan } from "@opentelemetry/sdk-trace";
import { attributeNames } from "./names.ts";
import type { TracingSettings } from "./tracing-settings.ts";
import { traceIdOfRoot } from "./xray.ts";

/** Where spans go. */
interface Exporting {
  readonly processor: BatchSpanProcessor;
  readonly resource: Resource;
}

/** undefined: nobody receives spans. */
let exporting: Exporting | undefined;

const EXPORTERS = {
  "http/json": () => import("@opentelemetry/exporter-trace-otlp-http"),
  "http/protobuf": () => import("@opentelemetry/exporter-trace-otlp-proto"),
} as const;

export interface TracingOptions extends Pick<TracingSettings, "url" | "protocol" | "batching"> {
  readonly serviceName: string;
  readonly nodeId: string;
}

/**
 * startTracing exports spans in batches. Disposing it flushes. The SDK and its exporter read the standard variables of the environment themselves: OTEL_SERVICE_NAME,
 * OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_{HEADERS,TIMEOUT,COMPRESSION,CERTIFICATE,CLIENT_CERTIFICATE,CLIENT_KEY}, each also for traces
 * only. The SDK is loaded here: a process that traces nothing starts without it.
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
    { detectResources, envDetector, resourceFromAttributes },
    { NodeSDK },
    { BatchSpanProcessor: Processor },
  ] = await Promise.all([
    EXPORTERS[protocol](),
    import("@opentelemetry/resources"),
    import("@opentelemetry/sdk-node"),
    import("@opentelemetry/sdk-trace"),
  ]);
  const own = resourceFromAttributes({ "service.name": serviceName, "service.instance.id": nodeId });
  const mine: Exporting = {
    processor: new Processor({ exporter: new OTLPTraceExporter({ url }), ...batching }),
    resource: own.merge(detectResources({ detectors: [envDetector] })),
  };
  // Spans of others, such as of a library that traces itself, go the same way; nothing else is exported without being asked for.
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: mine.resource,
    spanProcessors: [mine.processor],
    instrumentations: [],
    logRecordProcessors: [],
    metricReaders: [],
  });
  sdk.start();
  exporting = mine;
  return {
    [Symbol.asyncDispose]: async () => {
      if (exporting === mine) exporting = undefined;
      await sdk.shutdown().catch(() => undefined);
      // The SDK stays registered after its end, and a later one would be refused in silence.
      for (const api of [trace, context, propagation, logs]) api.disable();
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

const SCOPE = { name: "tollgate" };
const NOTHING: never[] = [];

const hrTimeOf = (ms: number): HrTime => {
  const seconds = Math.trunc(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
};

function attributesOf({ attributes, status }: RecordedSpan): Attributes {
  const named: Attributes = {};
  for (const [name, value] of Object.entries(attributes))
    named[attributeNames[name as keyof typeof attributeNames]] = value;
  if (status > 0) named[attributeNames.httpStatus] = status;
  return named;
}

/** EndedSpan is a span as exporters take it. The SDK's own spans, which may be changed until they end, cost several times as much. */
class EndedSpan implements ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly status: ReadableSpan["status"];
  readonly attributes: Attributes;
  readonly resource: Resource;
  readonly instrumentationScope = SCOPE;
  readonly links = NOTHING;
  readonly events = NOTHING;
  readonly ended = true;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  readonly #context: SpanContext;

  constructor(span: RecordedSpan, resource: Resource) {
    const { root, id, parent, isRemoteParent, startUnixMs } = span;
    const traceId = traceIdOfRoot(root);
    const traceFlags = TraceFlags.SAMPLED;
    const endUnixMs = Math.max(startUnixMs, span.endUnixMs);
    this.name = span.name;
    this.kind = isRemoteParent ? SpanKind.SERVER : SpanKind.CLIENT;
    if (parent !== undefined)
      this.parentSpanContext = { traceId, spanId: parent, traceFlags, isRemote: isRemoteParent };
    this.startTime = hrTimeOf(startUnixMs);
    this.endTime = hrTimeOf(endUnixMs);
    this.duration = hrTimeOf(endUnixMs - startUnixMs);
    this.status = { code: span.status >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET };
    this.attributes = attributesOf(span);
    this.resource = resource;
    this.#context = { traceId, spanId: id, traceFlags };
  }

  spanContext(): SpanContext {
    return this.#context;
  }
}

/** recordSpan exports a span, if spans are: one with a remote parent, or none, is that of a server, others are of clients. */
export function recordSpan(span: RecordedSpan): void {
  exporting?.processor.onEnd(new EndedSpan(span, exporting.resource));
}
