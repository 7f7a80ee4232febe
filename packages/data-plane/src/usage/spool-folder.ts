import { mkdirSync } from "node:fs";
import { mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@tollgate/telemetry";
import { BATCH_HEAD_BYTES, type Frame, findFrame, readFrame } from "@tollgate/usage-stream";
import { FilesAside } from "./files-aside.ts";
import { type LedgerContent, readLedger, writeLedger } from "./ledger.ts";
import { RoundMemory } from "./round-memory.ts";
import { parseSegmentName, type Segment } from "./segment.ts";
import { SourceLog } from "./source-log.ts";

/** More than the largest frame, less than a broker accepts by default. */
const READ_BYTES = 512 * 1024;

/** Piece is what was read of a file at once: whole frames, up to an offset. */
export interface Piece {
  readonly frames: readonly Frame[];
  readonly endBytes: number;
  /** What the frames are in, behind space for the head of a batch. */
  readonly memory: Buffer;
}

/** SpoolFolder is the folder of a node's spool files and of the ledger beside them. Its operations do not overlap. */
export class SpoolFolder {
  readonly path: string;
  /** Of the frames that are read. */
  readonly memory = new RoundMemory();
  readonly sources = new Map<string, SourceLog>();
  readonly #ledgerFile: string;
  readonly #ledger: LedgerContent;
  readonly #aside: FilesAside;
  readonly #logger: Logger;
  #saved = "";
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, logger: Logger, damagedMaxBytes = Number.POSITIVE_INFINITY) {
    this.path = path;
    this.#aside = new FilesAside(path, damagedMaxBytes, logger);
    this.#logger = logger;
    mkdirSync(path, { recursive: true });
    this.#ledgerFile = join(path, "ledger.json");
    this.#ledger = readLedger(this.#ledgerFile);
    for (const [name, { recordedSeq, shippedSeq }] of Object.entries(this.#ledger.sources)) {
      const log = this.#sourceOf(name);
      log.recordedSeq = recordedSeq;
      log.shippedSeq = shippedSeq;
    }
  }

  #sourceOf(name: string): SourceLog {
    let log = this.sources.get(name);
    if (!log) this.sources.set(name, (log = new SourceLog(name)));
    return log;
  }

  /** started adds the source of a worker that begins to write. */
  started(name: string, tell: NonNullable<SourceLog["tell"]>): SourceLog {
    const log = this.#sourceOf(name);
    log.tell = tell;
    return log;
  }

  /** Bytes of damaged files that are kept. */
  get damagedBytes(): number {
    return this.#aside.bytes;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** scan reads which files there are. What was recorded before it began is in its result, unless it is lost. */
  scan(): Promise<void> {
    return this.#alone(async () => {
      const before = new Map(
        [...this.sources.values()].map((log) => [
          log.name,
          { recordedSeq: log.recordedSeq, hasEnded: !log.isAlive },
        ]),
      );
      const names = await readdir(this.path).catch(async (error: NodeJS.ErrnoException) => {
        // Files of a folder that cannot be listed are not gone.
        if (error.code !== "ENOENT") throw error;
        await mkdir(this.path, { recursive: true });
        return [];
      });
      await this.#aside.bound(names);
      const files = new Map<string, { name: string; sizeBytes: number }[]>();
      for (const name of names) {
        const source = parseSegmentName(name)?.source;
        const info = source && (await stat(join(this.path, name)).catch(() => undefined));
        if (!source || !info) continue;
        const file = { name, sizeBytes: info.size };
        const same = files.get(source);
        if (same) same.push(file);
        else files.set(source, [file]);
      }
      for (const source of files.keys()) this.#sourceOf(source);
      for (const log of this.sources.values()) {
        // A source that was not known is one of an earlier process.
        const state = before.get(log.name) ?? { recordedSeq: 0, hasEnded: !log.isAlive };
        if (log.found(files.get(log.name) ?? [], state, this.#ledger)) {
          this.#logger.error({ source: log.name }, "a spool file is gone while its worker writes to it");
          log.tell?.({ type: "roll" });
        }
      }
    });
  }

  /**
   * read returns the next frames of a file, without a gap between them. What is damaged is left out, up to the next frame, and a rest that
   * is no frame and will not become one.
   */
  async read(log: SourceLog, segment: Segment): Promise<Piece> {
    const { offsetBytes } = segment;
    // As the files were when they were listed: a worker that ends meanwhile may have completed what was read as a rest.
    const isComplete = log.isComplete(segment);
    const memory = this.memory.take(Math.min(READ_BYTES, segment.sizeBytes - offsetBytes));
    const bytes = await this.#bytesOf(segment, memory.subarray(BATCH_HEAD_BYTES));
    const frames: Frame[] = [];
    let at = 0;
    let read = readFrame(bytes, at);
    while (typeof read === "object") {
      const before = frames.at(-1);
      if (before && read.frame.firstSeq !== before.firstSeq + before.count) break;
      frames.push(read.frame);
      at = read.end;
      read = readFrame(bytes, at);
    }
    // It is known sooner then whether anything follows the damage.
    if (read === "damaged" && !isComplete) log.tell?.({ type: "roll" });
    const isBeingWritten = read === "partial" && !isComplete && bytes.length < READ_BYTES;
    // Damage is not left out before the sink has what precedes it: it can be read again only from here.
    if (frames.length > 0 || isBeingWritten) return { frames, endBytes: offsetBytes + at, memory };
    return {
      frames,
      endBytes: await this.#afterDamage(log, segment, isComplete, read === "partial"),
      memory,
    };
  }

  async #bytesOf({ name, offsetBytes }: Segment, bytes: Buffer): Promise<Buffer> {
    await using handle = await open(join(this.path, name));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offsetBytes);
    return bytes.subarray(0, bytesRead);
  }

  /** Returns from where on a file can be read again. What was lost shows when the events that follow are sent, or its source is closed. */
  async #afterDamage(
    log: SourceLog,
    segment: Segment,
    isComplete: boolean,
    isPartial: boolean,
  ): Promise<number> {
    const { offsetBytes, sizeBytes } = segment;
    const rest = await this.#bytesOf(segment, Buffer.allocUnsafeSlow(sizeBytes - offsetBytes));
    const next = findFrame(rest, 1);
    const file = join(this.path, segment.name);
    if (next !== undefined) {
      segment.isDamaged = true;
      this.#logger.error(
        { file, offsetBytes, bytes: next },
        "a part of a spool file is damaged and is not sent",
      );
      return offsetBytes + next;
    }
    // Nobody got a response for a frame whose end was never written.
    if (isPartial) return isComplete ? sizeBytes : offsetBytes;
    if (isComplete) await this.#setAside(log, segment);
    return offsetBytes;
  }

  /** Nothing follows in a damaged file. It is kept, and what it should have contained is reported as lost. */
  async #setAside(log: SourceLog, segment: Segment): Promise<void> {
    const file = join(this.path, segment.name);
    this.#logger.error(
      { file, offsetBytes: segment.offsetBytes },
      "the end of a spool file is damaged and is not sent",
    );
    // At least one event was there, so the source is not forgotten as one that recorded nothing, after a restart neither.
    log.recordedSeq = Math.max(log.recordedSeq, segment.firstSeq, log.shippedSeq + 1);
    this.save();
    await this.#aside.put(segment.name);
    log.segments = log.segments.filter((other) => other !== segment);
  }

  /** free deletes the files that are complete and acknowledged to their end, and renames those of them that were damaged. */
  free(): Promise<void> {
    return this.#alone(async () => {
      const isDone = (log: SourceLog) => (segment: Segment) =>
        segment.offsetBytes >= segment.sizeBytes && log.isComplete(segment);
      for (const log of this.sources.values())
        for (const segment of log.segments.filter(isDone(log))) {
          // Known before: events of a file that is gone would be taken for lost.
          this.save();
          const file = join(this.path, segment.name);
          const done = segment.isDamaged ? this.#aside.put(segment.name) : unlink(file);
          await done.catch(() => undefined);
          log.remove(segment);
        }
    });
  }

  /** forget removes a source that is closed. */
  forget(log: SourceLog): void {
    this.sources.delete(log.name);
  }

  /** save writes the ledger if something differs. A ledger that cannot be written, on a full disk, costs repeated events, which are counted once. */
  save(): void {
    const logs = [...this.sources.values()];
    const segments = logs.flatMap((log) =>
      log.segments.map(({ name, offsetBytes }) => [name, offsetBytes] as const),
    );
    const sources = logs
      .filter(({ recordedSeq }) => recordedSeq > 0)
      .map(({ name, recordedSeq, shippedSeq }) => [name, { recordedSeq, shippedSeq }] as const);
    const content = JSON.stringify({
      segments: Object.fromEntries(segments),
      sources: Object.fromEntries(sources),
      damaged: logs
        .flatMap((log) => log.segments.filter(({ isDamaged }) => isDamaged))
        .map(({ name }) => name),
    } satisfies LedgerContent);
    if (content === this.#saved) return;
    try {
      writeLedger(this.#ledgerFile, content);
      this.#saved = content;
    } catch (error) {
      this.#logger.warn({ error: String(error) }, "the ledger of the spool cannot be written");
    }
  }
}
