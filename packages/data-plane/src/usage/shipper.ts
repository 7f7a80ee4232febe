import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import { encodeBatch, readFrame, type Frame, type UsageSink } from "@tollgate/usage-stream";
import { parseSegmentName } from "./spool.ts";

/** Between two rounds: events wait this long for company, unless there is more than one round can take. */
const ROUND_INTERVAL_MS = 200;
/** More than the largest frame, less than what a broker takes by default. */
const READ_BYTES = 512 * 1024;
const FLUSH_CHECK_MS = 20;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 3_000;
/** A file whose writer is not known to be alive is deleted only after it has been quiet for so long. */
const QUIET_MS = 60_000;

export interface ShipperOptions {
  readonly folder: string;
  readonly nodeId: string;
  readonly sink: UsageSink;
  readonly logger: Logger;
}

/** Segment is a spool file that is not yet sent to its end. */
interface Segment {
  readonly name: string;
  readonly source: string;
  offsetBytes: number;
}

export interface ShipperStatus {
  /** Bytes spooled and not yet acknowledged by the sink. */
  readonly backlogBytes: number;
  readonly shippedEvents: number;
  readonly sendFailures: number;
}

/**
 * Shipper sends every spool file of a node to the sink, those that earlier processes left behind too: in the order of the sequence, one
 * batch of a source in flight, at least once. What the sink has acknowledged is noted in a ledger after; a file goes when all of it is.
 */
export class Shipper implements AsyncDisposable {
  readonly #options: ShipperOptions;
  readonly #ledgerFile: string;
  readonly #segments = new Map<string, Segment>();
  readonly #alive = new Set<string>();
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #status: ShipperStatus = { backlogBytes: 0, shippedEvents: 0, sendFailures: 0 };

  constructor(options: ShipperOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    this.#ledgerFile = join(options.folder, "ledger.json");
    for (const [name, offsetBytes] of Object.entries(this.#readLedger())) {
      const parsed = parseSegmentName(name);
      if (parsed) this.#segments.set(name, { name, source: parsed.source, offsetBytes });
    }
  }

  get status(): ShipperStatus {
    return this.#status;
  }

  #readLedger(): Record<string, number> {
    try {
      return JSON.parse(readFileSync(this.#ledgerFile, "utf8")) as Record<string, number>;
    } catch {
      return {}; // none yet: everything is sent again, and counted once
    }
  }

  #writeLedger(): void {
    const entries = [...this.#segments.values()].map(({ name, offsetBytes }) => [name, offsetBytes] as const);
    writeFileSync(`${this.#ledgerFile}.new`, JSON.stringify(Object.fromEntries(entries)));
    renameSync(`${this.#ledgerFile}.new`, this.#ledgerFile);
  }

  start(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    let retryMs = RETRY_MIN_MS;
    while (!signal.aborted) {
      try {
        const behind = await this.#round();
        retryMs = RETRY_MIN_MS;
        if (!behind) await delay(ROUND_INTERVAL_MS, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        this.#status = { ...this.#status, sendFailures: this.#status.sendFailures + 1 };
        this.#options.logger.warn(
          { error: String(error), backlogBytes: this.#status.backlogBytes },
          "usage events stay in the spool: the sink did not take them",
        );
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      }
    }
  }

  /** One batch of each source that has something. True when a source had more than that. */
  async #round(): Promise<boolean> {
    await this.#discover();
    const firstOfSource = new Map<string, Segment>();
    for (const segment of [...this.#segments.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
      if (!firstOfSource.has(segment.source)) firstOfSource.set(segment.source, segment);
    const reads = await Promise.all([...firstOfSource.values()].map((segment) => this.#read(segment)));
    const batches = reads.filter((read) => read !== undefined);
    if (batches.length === 0) return false;
    await this.#options.sink.send(batches.map(({ message }) => message));
    for (const { segment, endBytes, count } of batches) {
      segment.offsetBytes = endBytes;
      this.#status = { ...this.#status, shippedEvents: this.#status.shippedEvents + count };
    }
    this.#writeLedger();
    return batches.some(({ full }) => full);
  }

  async #discover(): Promise<void> {
    const names = (await readdir(this.#options.folder)).filter((name) => name.endsWith(".spool"));
    for (const name of names) {
      const parsed = parseSegmentName(name);
      if (parsed && !this.#segments.has(name))
        this.#segments.set(name, { name, source: parsed.source, offsetBytes: 0 });
    }
    const present = new Set(names);
    for (const name of this.#segments.keys()) if (!present.has(name)) this.#segments.delete(name);
  }

  async #read(segment: Segment) {
    const { folder, nodeId, logger } = this.#options;
    const path = join(folder, segment.name);
    const { size, mtimeMs } = await stat(path);
    if (size <= segment.offsetBytes) {
      await this.#dropWhenDone(segment, path, mtimeMs);
      return undefined;
    }
    const bytes = Buffer.alloc(Math.min(READ_BYTES, size - segment.offsetBytes));
    const handle = await open(path);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, segment.offsetBytes);
    await handle.close();
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      const read = readFrame(bytes.subarray(0, bytesRead), at);
      if (read === "partial") break;
      if (read === "damaged") {
        // Only a power failure leaves this. What follows cannot be found; the gap in the sequence shows in the records.
        logger.error(
          { file: path, offsetBytes: segment.offsetBytes + at },
          "a spool file is damaged; the rest of it is left where it is",
        );
        renameSync(path, `${path}.damaged`);
        break;
      }
      frames.push(read.frame);
      at = read.end;
    }
    const message = encodeBatch(`${nodeId}/${segment.source}`, frames);
    const count = frames.reduce((sum, frame) => sum + frame.count, 0);
    return (
      message && {
        segment,
        message,
        endBytes: segment.offsetBytes + at,
        count,
        full: size - segment.offsetBytes > READ_BYTES,
      }
    );
  }

  /** A file that is sent to its end is deleted when its writer has gone on to the next, or is long gone. */
  async #dropWhenDone(segment: Segment, path: string, mtimeMs: number): Promise<void> {
    const continued = [...this.#segments.values()].some(
      (other) => other.source === segment.source && other.name > segment.name,
    );
    if (!continued && Date.now() - mtimeMs < QUIET_MS) return;
    if (!continued && this.#alive.has(segment.source)) return;
    await unlink(path);
    this.#segments.delete(segment.name);
    this.#writeLedger();
  }

  /** workerStarted and workerEnded tell which files may still grow. */
  workerStarted(worker: number, boot: string): void {
    this.#alive.add(`${worker}/${boot}`);
  }

  workerEnded(worker: number, boot: string): void {
    this.#alive.delete(`${worker}/${boot}`);
  }

  /** measure brings the backlog in the status up to date. */
  async measure(): Promise<ShipperStatus> {
    await this.#discover();
    let backlogBytes = 0;
    for (const { name, offsetBytes } of this.#segments.values()) {
      const { size } = await stat(join(this.#options.folder, name)).catch(() => ({ size: offsetBytes }));
      backlogBytes += size - offsetBytes;
    }
    this.#status = { ...this.#status, backlogBytes };
    return this.#status;
  }

  /** flushed resolves when everything that is in the files now is with the sink, or the time is over. */
  async flushed(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while ((await this.measure()).backlogBytes > 0) {
      if (performance.now() > deadline) return false;
      await delay(FLUSH_CHECK_MS);
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running?.catch(() => undefined);
  }
}
