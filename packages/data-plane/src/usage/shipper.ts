import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import { encodeBatch, type Frame, readFrame, type UsageSink } from "@tollgate/usage-stream";
import { parseSegmentName } from "./spool.ts";

/** Time between two rounds, in which events are collected, unless one round could not send all. */
const ROUND_INTERVAL_MS = 200;
/** More than the largest frame, less than a broker accepts by default. */
const READ_BYTES = 512 * 1024;
const FLUSH_CHECK_MS = 20;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 3_000;
/** A file whose writer may have ended is deleted only after it has not changed for this long. */
const QUIET_MS = 60_000;

export interface ShipperOptions {
  readonly folder: string;
  readonly nodeId: string;
  readonly sink: UsageSink;
  readonly logger: Logger;
}

/** Segment is a spool file that is not yet completely sent. */
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
 * Shipper sends every spool file of a node to the sink, including those of earlier processes: in the order of the sequence, one
 * batch per source in flight, at least once. Acknowledged events are recorded in a ledger; a completely acknowledged file is deleted.
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
      return {}; // no ledger: everything is sent again, and counted once
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
          "usage events stay in the spool: the sink did not accept them",
        );
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      }
    }
  }

  /** Sends one batch of each source with new events. True if a source had more than one batch. */
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
        // Only a power failure causes this. The following frames cannot be found; metering reports the gap in the sequence.
        logger.error(
          { file: path, offsetBytes: segment.offsetBytes + at },
          "a spool file is damaged; the rest of it is not sent",
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

  /** A completely sent file is deleted once its writer uses the next file, or ended long ago. */
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

  /** workerStarted and workerEnded report which files may still grow. */
  workerStarted(worker: number, boot: string): void {
    this.#alive.add(`${worker}/${boot}`);
  }

  workerEnded(worker: number, boot: string): void {
    this.#alive.delete(`${worker}/${boot}`);
  }

  /** measure updates the backlog in the status. */
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

  /** flushed resolves when the sink has acknowledged everything that is in the files now, or the time is over. */
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
