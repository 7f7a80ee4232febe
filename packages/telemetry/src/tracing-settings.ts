import { type OtlpReceiver, readOtlp, TRACES } from "./otlp-settings.ts";
import { type Read, type SettingsProblem, setting } from "./settings.ts";
import { type TraceHeader, traceIdOfRoot } from "./xray.ts";

/** TraceSampling decides which calls of traced stages are sampled. */
export interface TraceSampling {
  /** The share of the calls, from 0 to 1, that are sampled if the caller has not decided. */
  readonly ratio: number;
  /** Whether it decides for calls whose caller has decided, too. */
  readonly ignoresCaller: boolean;
  /** Calls of each second that are sampled before the ratio counts, as of X-Ray's rules; absent: none. */
  readonly reservoir?: number;
  /** The part of all reservoirs that this process has; absent: all. */
  readonly share?: number;
  /** Nobody receives spans: sampled calls go to the store alone. */
  readonly isStoredOnly?: boolean;
}

/** NOT_SAMPLED samples only what the caller wants to be sampled. */
export const NOT_SAMPLED: TraceSampling = { ratio: 0, ignoresCaller: false };

/** STORED samples as X-Ray's default rule does, for the store of traces. */
export const STORED: TraceSampling = { ratio: 0.05, reservoir: 1, ignoresCaller: false, isStoredOnly: true };

/** TracingSettings say where spans go. */
export interface TracingSettings extends OtlpReceiver {
  readonly batching: TraceBatching;
  readonly sampling: TraceSampling;
}

/** TraceBatching says in which batches spans are exported. */
export interface TraceBatching {
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
}

/** How many hex digits at the end of a trace id are random, as a number that is exact. */
const RANDOM_DIGITS = 13;

/** isSampled decides for one call. Where it ignores the caller, it decides by the trace id, so that all services of a trace decide the same. */
export function isSampled(
  { ratio, ignoresCaller }: TraceSampling,
  incoming: TraceHeader | undefined,
): boolean {
  if (!incoming) return Math.random() < ratio;
  if (!ignoresCaller) return incoming.sampled ?? Math.random() < ratio;
  const random = Number.parseInt(traceIdOfRoot(incoming.root).slice(-RANDOM_DIGITS), 16);
  return random / 16 ** RANDOM_DIGITS < ratio;
}

/** The ratios of the standard's samplers; undefined: OTEL_TRACES_SAMPLER_ARG. */
const SAMPLERS = { traceidratio: undefined, always_on: 1, always_off: 0 } as const;
const PARENT_BASED = "parentbased_";
const SAMPLER_NAMES = Object.keys(SAMPLERS).flatMap((name) => [name, PARENT_BASED + name]);
/** Of calls whose caller has not decided, as X-Ray's default rule. */
const DEFAULT_RATIO = 0.05;

function readSampling(read: Read): TraceSampling {
  const name = read("OTEL_TRACES_SAMPLER", setting.oneOf(["", ...SAMPLER_NAMES], ""));
  // The standard's ratio is 1 where its sampler is selected.
  const ratio = read("OTEL_TRACES_SAMPLER_ARG", setting.ratio(name === "" ? DEFAULT_RATIO : 1));
  const known = name.replace(PARENT_BASED, "") as keyof typeof SAMPLERS | "";
  return {
    ratio: known === "" ? ratio : (SAMPLERS[known] ?? ratio),
    ignoresCaller: name !== "" && !name.startsWith(PARENT_BASED),
  };
}

/** A worker that is fully sampled has more spans at a time than the standard's queue of 2,048 has places. */
const QUEUE_SIZE = 16_384;
const COUNT_MAX = 1_000_000;
const MS_MAX = 600_000;

const BATCH_SIZE = 512;

/** Batch Span Processor of the environment variable specification. A batch is not larger than the queue that it is taken from. */
function readBatching(read: Read): TraceBatching {
  const maxQueueSize = read("OTEL_BSP_MAX_QUEUE_SIZE", setting.integer(QUEUE_SIZE, 1, COUNT_MAX));
  const batchSize = setting.integer(Math.min(BATCH_SIZE, maxQueueSize), 1, COUNT_MAX);
  return {
    maxQueueSize,
    maxExportBatchSize: read("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batchSize),
    scheduledDelayMillis: read("OTEL_BSP_SCHEDULE_DELAY", setting.integer(500, 1, MS_MAX)),
    exportTimeoutMillis: read("OTEL_BSP_EXPORT_TIMEOUT", setting.integer(30_000, 1, MS_MAX)),
  };
}

function batchingProblems({ maxQueueSize, maxExportBatchSize }: TraceBatching): readonly SettingsProblem[] {
  if (maxExportBatchSize <= maxQueueSize) return [];
  const message = `is ${maxExportBatchSize}, and must not be above OTEL_BSP_MAX_QUEUE_SIZE, which is ${maxQueueSize}`;
  return [{ name: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", message }];
}

/**
 * readTracing reads OpenTelemetry's variables for traces, as its specification names them, and reports what the SDK would leave out in
 * silence. The SDK and its exporter read those of the resource, headers, time, compression and TLS themselves.
 */
export function readTracing(read: Read): {
  readonly tracing: TracingSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const exporter = read("OTEL_TRACES_EXPORTER", setting.oneOf(["otlp", "none"], "otlp"));
  const { receiver, problems } = readOtlp(read, TRACES);
  const sampling = readSampling(read);
  const batching = readBatching(read);
  const isOff = exporter === "none" || receiver === undefined;
  return {
    tracing: isOff ? undefined : { ...receiver, batching, sampling },
    problems: [...batchingProblems(batching), ...problems],
  };
}
