import type { LogGroup, LogSink, WriteLog } from "@tollgate/pipeline";
import { type MetricReading, metricNames } from "@tollgate/telemetry";
import { encodeLogKey, type LogFacts, logEventMaxBytes, putLogEvent } from "@tollgate/usage-stream";
import type { EventEncoder, Spool } from "../usage/spool.ts";

/** A longer message is cut. AWS allows 1 MB; nobody reads that. */
const MESSAGE_MAX_BYTES = 128 * 1024;
const CUT = " [TRUNCATED]";
/** So often it is said that events are dropped. */
const REPORT_INTERVAL_MS = 60_000;

/** logEvents writes log events. */
export const logEvents: EventEncoder<LogFacts> = {
  setting: "TOLLGATE_LOGS_SPOOL_MB",
  maxBytes: logEventMaxBytes,
  put: putLogEvent,
};

export interface LogSpoolOptions {
  readonly spool: Pick<Spool<LogFacts>, "add" | "commit" | "isFull" | "pending">;
  readonly nowMs: () => number;
  readonly report: (error: unknown, dropped: number) => void;
}

/**
 * LogSpool is a worker's record of log events, written with those of a turn. No call waits for a sink or fails for a log: what cannot be
 * written is dropped, counted and, now and then, reported.
 */
export class LogSpool implements LogSink {
  readonly #options: LogSpoolOptions;
  #written = 0;
  #dropped = 0;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LogSpoolOptions) {
    this.#options = options;
  }

  open({ accountId, name }: LogGroup): WriteLog {
    const key = encodeLogKey({ accountId, logGroup: name });
    return (unixMs, message) => this.#add(key, unixMs, message);
  }

  #add(key: Buffer, unixMs: number, whole: string): void {
    const { spool } = this.#options;
    // A frame is to fit into one message of the topic.
    if (spool.isFull) this.commit();
    const message = cut(whole);
    spool.add(key, { unixMs, message, messageBytes: Buffer.byteLength(message) });
  }

  /** commit writes what was added. It does not throw. */
  commit(): void {
    const { spool, nowMs, report } = this.#options;
    const { pending } = spool;
    if (pending === 0) return;
    try {
      spool.commit();
      this.#written += pending;
    } catch (error) {
      this.#dropped += pending;
      if (nowMs() - this.#reportedMs < REPORT_INTERVAL_MS) return;
      this.#reportedMs = nowMs();
      report(error, this.#dropped);
    }
  }

  readings(): readonly MetricReading[] {
    const of = (name: MetricReading["name"], value: number): MetricReading => ({
      name,
      kind: "counter",
      unit: "{event}",
      attributes: {},
      value,
    });
    return [of(metricNames.logsWritten, this.#written), of(metricNames.logsDropped, this.#dropped)];
  }
}

function cut(message: string): string {
  // A character has at most three bytes in UTF-8 for each unit of UTF-16.
  if (message.length * 3 <= MESSAGE_MAX_BYTES || Buffer.byteLength(message) <= MESSAGE_MAX_BYTES)
    return message;
  const bytes = Buffer.alloc(MESSAGE_MAX_BYTES - CUT.length);
  const { read } = new TextEncoder().encodeInto(message, bytes);
  return message.slice(0, read) + CUT;
}
