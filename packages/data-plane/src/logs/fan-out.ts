import { TRACE_GROUP } from "@tollgate/telemetry";
import { decodeLogBatch } from "@tollgate/usage-stream";
import type { TopicMessage, TopicSender } from "@tollgate/usage-stream/kafka";
import type { LineSink } from "./line-sink.ts";

/** LogFanOut gives each event once to sinks that wait for nothing, and every message to the sink that keeps them, until it has accepted it. */
export class LogFanOut implements TopicSender {
  readonly #lines: readonly LineSink[];
  readonly #kept: TopicSender | undefined;
  /** Up to which event of a source the first were given: what is sent again is not given again. */
  readonly #given = new Map<string, bigint>();

  constructor(lines: readonly LineSink[], kept: TopicSender | undefined) {
    this.#lines = lines;
    this.#kept = kept;
  }

  get dropped(): number {
    return this.#lines.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  async send(messages: readonly TopicMessage[]): Promise<void> {
    if (this.#lines.length > 0) for (const { value } of messages) this.#give(value);
    await this.#kept?.send(messages);
  }

  #give(value: Buffer): void {
    const batch = decodeLogBatch(value);
    if (!batch) return;
    const { source, closed, lastSeq } = batch;
    const given = this.#given.get(source) ?? 0n;
    const events = batch.events
      // Segments of traces are for the store alone: lines of a log are for readers.
      .filter(({ seq, logGroup }) => seq > given && logGroup !== TRACE_GROUP)
      .map(({ accountId, logGroup, unixMs, message }) => ({
        accountId,
        logGroup,
        message,
        unixMs: Number(unixMs),
      }));
    if (closed) this.#given.delete(source);
    else if (lastSeq > given) this.#given.set(source, lastSeq);
    if (events.length > 0) for (const sink of this.#lines) sink.write(events);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sink of this.#lines) await sink[Symbol.asyncDispose]();
    await this.#kept?.[Symbol.asyncDispose]();
  }
}
