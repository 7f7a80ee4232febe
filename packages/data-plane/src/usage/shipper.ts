import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import type { UsageSink } from "@tollgate/usage-stream/kafka";
import type { SourceLog } from "./source-log.ts";
import { type Outgoing, type SourceLives, SourceMessages } from "./source-messages.ts";
import { SpoolFolder } from "./spool-folder.ts";
import { type SpoolLimits, SpoolSpace } from "./spool-space.ts";

/** Time between two rounds, in which events are collected, unless one round could not send all. */
const ROUND_INTERVAL_MS = 200;
const SPACE_INTERVAL_MS = 500;
const FLUSH_CHECK_MS = 20;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 3_000;
/** Bounds the memory of a round: a node that was restarted often has many sources. */
const SOURCES_PER_ROUND = 16;
/**
 * Messages of a round for the same partition are one batch to the broker, which refuses more than 1 MiB by default. A round ends with the
 * message that reaches this many bytes: with the largest message it has less than 800 KB.
 */
const ROUND_BYTES = 256 * 1024;
export interface ShipperOptions {
  readonly folder: string;
  readonly nodeId: string;
  readonly sink: UsageSink;
  readonly logger: Logger;
  readonly limits: SpoolLimits;
  /** What is sent, in messages for operators. */
  readonly what?: "usage events" | "log events";
  readonly heartbeatMs?: number;
  readonly roundIntervalMs?: number;
  /** Where the node leases calls of quotas: what is notified of which sources there are, and which are closed. */
  readonly lives?: SourceLives | undefined;
  /** How much of damaged files is kept. */
  readonly damagedMaxBytes?: number;
}

export interface ShipperStatus {
  /** Bytes spooled and not yet acknowledged by the sink. */
  readonly backlogBytes: number;
  /** Bytes of all spool files. */
  readonly usedBytes: number;
  /** Bytes of damaged files that are kept beside them. */
  readonly damagedBytes: number;
  /** Bytes that they may have. */
  readonly limitBytes: number;
  readonly shippedEvents: number;
  readonly sendFailures: number;
  /** Events that were recorded, and were gone from the spool before they could be sent. */
  readonly lostEvents: number;
}

/**
 * Shipper sends every spool file of a node to the sink, including those of earlier processes: in the order of the sequence, one
 * message per source in flight, at least once. A source whose worker has ended is closed by a last message, so that the loss of its end
 * is noticed. A file is deleted only if it is acknowledged to its end and its worker has ended or writes to a later one.
 */
export class Shipper implements AsyncDisposable {
  readonly #options: ShipperOptions;
  readonly #folder: SpoolFolder;
  readonly #space: SpoolSpace;
  readonly #messages: SourceMessages;
  readonly #stopped = new AbortController();
  #running: Promise<unknown> | undefined;
  #turn = 0;
  #sinkFailure: string | undefined;
  #sendFailures = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#folder = new SpoolFolder(options.folder, options.logger, options.damagedMaxBytes);
    this.#space = new SpoolSpace(options.limits);
    this.#messages = new SourceMessages(this.#folder, { ...options, what: this.#what });
  }

  get #what(): string {
    return this.#options.what ?? "usage events";
  }

  get status(): ShipperStatus {
    const logs = [...this.#folder.sources.values()];
    return {
      ...this.#messages.counts,
      sendFailures: this.#sendFailures,
      backlogBytes: logs.reduce((sum, { backlogBytes }) => sum + backlogBytes, 0),
      usedBytes: this.#space.usedBytes,
      damagedBytes: this.#folder.damagedBytes,
      limitBytes: this.#options.limits.limitBytes,
    };
  }

  /** How many events each source has recorded that is not closed. */
  get openSources(): ReadonlyMap<string, number> {
    const logs = [...this.#folder.sources.values()].filter(({ recordedSeq }) => recordedSeq > 0);
    return new Map(logs.map((log) => [this.#messages.fullName(log), log.recordedSeq]));
  }

  /** unsent are the sources that have ended and are not closed, by their full names, after a look at the files. */
  async unsent(): Promise<ReadonlySet<string>> {
    await this.#folder.scan();
    const logs = [...this.#folder.sources.values()].filter(({ isAlive }) => !isAlive);
    return new Set(logs.map((log) => this.#messages.fullName(log)));
  }

  /** No worker can record a call until the sink accepts what is here. */
  get isFull(): boolean {
    return this.#space.isFull;
  }

  /** What the sink refused the last batch with; undefined: it accepted it. */
  get sinkFailure(): string | undefined {
    return this.#sinkFailure;
  }

  start(): void {
    this.#running = Promise.all([this.#ship(), this.#divideSpace()]);
  }

  async #ship(): Promise<void> {
    const { signal } = this.#stopped;
    const { roundIntervalMs = ROUND_INTERVAL_MS } = this.#options;
    let retryMs = RETRY_MIN_MS;
    while (!signal.aborted) {
      try {
        const behind = await this.#round();
        retryMs = RETRY_MIN_MS;
        this.#sinkFailure = undefined;
        if (!behind) await delay(roundIntervalMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        this.#sendFailures++;
        this.#sinkFailure = String(error);
        this.#options.logger.warn(
          { error: String(error), backlogBytes: this.status.backlogBytes },
          `${this.#what} stay in the spool: the sink did not accept them`,
        );
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      }
    }
  }

  /** A round may wait for the sink for long; the workers go on writing meanwhile. */
  async #divideSpace(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.measure();
        // What workers recorded must be known after a restart too; what was accepted since is sent again then, and counted once.
        this.#folder.save();
      } catch (error) {
        this.#options.logger.error({ error: String(error) }, "the spool cannot be measured");
      }
      await delay(SPACE_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Sends one message of each source that has something to say, up to a number of bytes. True if there is more to send. */
  async #round(): Promise<boolean> {
    await this.#folder.scan();
    this.#folder.memory.begin();
    const outgoing: Outgoing[] = [];
    const logs = [...this.#folder.sources.values()];
    let bytes = 0;
    let asked = 0;
    while (asked < logs.length && outgoing.length < SOURCES_PER_ROUND && bytes < ROUND_BYTES) {
      const log = logs[(this.#turn + asked++) % logs.length] as SourceLog;
      const next = await this.#messages.next(log);
      if (!next) continue;
      outgoing.push(next);
      bytes += next.message.value.length;
    }
    this.#turn += asked;
    if (outgoing.length > 0) {
      await this.#send(outgoing);
      for (const { acknowledged } of outgoing) acknowledged();
    }
    await this.#folder.free();
    return bytes >= ROUND_BYTES || outgoing.some(({ hasMore }) => hasMore);
  }

  /** What was not accepted may still be on its way, from the memory that it is in. */
  async #send(outgoing: readonly Outgoing[]): Promise<void> {
    try {
      await this.#options.sink.send(outgoing.map(({ message }) => message));
    } catch (error) {
      this.#folder.memory.leave();
      throw error;
    }
  }

  /** workerStarted adds the source that a worker is going to write, and returns how many bytes it may write at first. */
  workerStarted(worker: number, boot: string, tell: NonNullable<SourceLog["tell"]>): number {
    const log = this.#folder.started(`${worker}/${boot}`, tell);
    this.#options.lives?.sourceStarted(this.#messages.fullName(log));
    log.allowedBytes = this.#space.shareBytes;
    return log.allowedBytes;
  }

  /** recorded takes over how many events a worker says it has recorded. */
  recorded(worker: number, boot: string, lastSeq: number): void {
    const log = this.#folder.sources.get(`${worker}/${boot}`);
    if (log) log.recordedSeq = Math.max(log.recordedSeq, lastSeq);
  }

  workerEnded(worker: number, boot: string): void {
    const log = this.#folder.sources.get(`${worker}/${boot}`);
    if (log) log.tell = undefined;
  }

  /** measure reads the files, and divides the space that is free among the workers. */
  async measure(): Promise<ShipperStatus> {
    await this.#folder.scan();
    this.#space.divide(this.#folder.sources.values());
    return this.status;
  }

  /** flushed resolves when the sink has acknowledged everything that is in the files now, and the end of each source that has ended. */
  async flushed(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    const isOpen = (log: SourceLog) => log.backlogBytes > 0 || log.isFinal;
    for (;;) {
      await this.measure();
      if (![...this.#folder.sources.values()].some(isOpen)) return true;
      if (performance.now() > deadline) return false;
      await delay(FLUSH_CHECK_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running?.catch(() => undefined);
    this.#folder.save();
  }
}
