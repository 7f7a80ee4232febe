import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import {
  type EventFacts,
  eventMaxBytes,
  FRAME_HEADER_BYTES,
  putEvent,
  writeFrameHeader,
} from "@tollgate/usage-stream";
import { segmentName } from "./segment.ts";

const BUFFER_BYTES = 256 * 1024;
const FRAME_MAX_BYTES = 192 * 1024;
/** What has to fit for calls to be recorded again. */
const PROBE_BYTES = 4 * 1024;

/** When written events are forced to the disk: a loss of power takes the others, a killed process never takes any. */
export type SyncPolicy = "never" | "interval" | "always";

/** EventEncoder writes the events of a spool. */
export interface EventEncoder<Facts> {
  /** The setting that limits the space of these events. */
  readonly setting: string;
  /** Space that an event may need. */
  maxBytes(key: Buffer, facts: Facts): number;
  /** Writes an event at an offset, and returns its end. */
  put(out: Buffer, at: number, key: Buffer, seq: number, facts: Facts): number;
}

/** usageEvents writes usage events. */
export const usageEvents: EventEncoder<EventFacts> = {
  setting: "TOLLGATE_SPOOL_MB",
  maxBytes: (_key, facts) => eventMaxBytes(facts),
  put: putEvent,
};

export interface SpoolOptions<Facts> {
  readonly folder: string;
  readonly worker: number;
  /** Hex; a new one for each start of a worker, so that a sequence never continues at a lost position. */
  readonly boot: string;
  /** A file is freed when it is completely sent: the smaller, the sooner. */
  readonly segmentBytes: number;
  /** How many bytes may be written, until `allow` says otherwise. */
  readonly allowedBytes: number;
  readonly sync: SyncPolicy;
  /** How events are written. */
  readonly events: EventEncoder<Facts>;
  /** Hears why no new file could be opened; what is recorded stays in the old one. */
  readonly report: (error: unknown) => void;
}

export class SpoolFullError extends Error {
  constructor(setting: string) {
    super(`the spool is full (${setting}): what it contains was not accepted by Kafka yet`);
  }
}

/**
 * Spool is a worker's record of events, such as completed calls. Events of one turn are added, then committed with one write(2): once commit returns, a
 * SIGKILL cannot lose them. Nothing here is asynchronous: a call's last byte is sent only afterwards.
 */
export class Spool<Facts = EventFacts> {
  readonly #options: SpoolOptions<Facts>;
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filledBytes = FRAME_HEADER_BYTES;
  #count = 0;
  #nextSeq = 1;
  #fd: number;
  #segmentBytes = 0;
  #writtenBytes = 0;
  #allowedBytes: number;
  #isSynced = true;
  /** What the last frame could not be written with; undefined: it was. */
  #failure: Error | undefined;

  constructor(options: SpoolOptions<Facts>) {
    this.#options = options;
    this.#allowedBytes = options.allowedBytes;
    this.#fd = this.#open();
  }

  #open(): number {
    const { folder, worker, boot } = this.#options;
    mkdirSync(folder, { recursive: true });
    return openSync(join(folder, segmentName(worker, boot, this.#nextSeq)), "a", 0o600);
  }

  /** isFull reports that a commit is required before more is added: a frame must fit into one message of the sink. */
  get isFull(): boolean {
    return this.#filledBytes > FRAME_MAX_BYTES;
  }

  /** How many events are added and not committed. */
  get pending(): number {
    return this.#count;
  }

  /** The sequence number of the last committed event. */
  get lastSeq(): number {
    return this.#nextSeq - 1;
  }

  get policy(): SyncPolicy {
    return this.#options.sync;
  }

  /** allow sets how many bytes this spool may have written in total, since its start. */
  allow(bytes: number): void {
    this.#allowedBytes = bytes;
  }

  /** add appends an event to the turn's frame. */
  add(key: Buffer, facts: Facts): void {
    const { events } = this.#options;
    while (this.#buffer.length - this.#filledBytes < events.maxBytes(key, facts)) {
      const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
      this.#buffer.copy(larger, 0, 0, this.#filledBytes);
      this.#buffer = larger;
    }
    const seq = this.#nextSeq + this.#count++;
    this.#filledBytes = events.put(this.#buffer, this.#filledBytes, key, seq, facts);
  }

  /** commit writes the turn's frame. It throws if the write fails; the events are then not recorded. */
  commit(): void {
    if (this.#count === 0) return;
    const frame = this.#buffer.subarray(0, this.#filledBytes);
    writeFrameHeader(frame, this.#count, this.#nextSeq);
    const count = this.#count;
    this.#count = 0;
    this.#filledBytes = FRAME_HEADER_BYTES;
    this.#write(frame);
    this.#nextSeq += count;
    this.#segmentBytes += frame.length;
    this.#writtenBytes += frame.length;
    if (this.#segmentBytes >= this.#options.segmentBytes) this.roll();
  }

  #write(frame: Buffer): void {
    let writtenBytes = 0;
    try {
      if (this.#writtenBytes + frame.length > this.#allowedBytes)
        throw new SpoolFullError(this.#options.events.setting);
      while (writtenBytes < frame.length) writtenBytes += writeSync(this.#fd, frame, writtenBytes);
      if (this.#options.sync === "always") fdatasyncSync(this.#fd);
      else this.#isSynced = false;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error as Error;
      // A partly written frame would look damaged to a reader.
      if (writtenBytes > 0) ftruncateSync(this.#fd, this.#segmentBytes);
      // The file can be freed once it is sent, only if it is not the one that is written to.
      this.#rollIfPossible();
      throw error;
    }
  }

  /**
   * recordingOutage is why nothing can be recorded since the last frame; undefined: it can, as far as is known. It writes a file to find out
   * that a disk has space again: nobody sends calls to a node that says that it refuses them.
   */
  recordingOutage(): string | undefined {
    if (this.#failure === undefined) return undefined;
    try {
      if (this.#writtenBytes + PROBE_BYTES > this.#allowedBytes)
        throw new SpoolFullError(this.#options.events.setting);
      const { folder, worker, boot } = this.#options;
      const probe = join(folder, `probe-${worker}-${boot}`);
      try {
        writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { mode: 0o600 });
      } finally {
        rmSync(probe, { force: true });
      }
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error as Error;
    }
    return this.#failure?.message;
  }

  /** roll continues in a new file. If there is none it reports why, and the old one is written to further. */
  roll(): void {
    try {
      this.#continue();
    } catch (error) {
      this.#options.report(error);
    }
  }

  #continue(): void {
    const old = this.#fd;
    this.#fd = this.#open();
    this.#segmentBytes = 0;
    if (this.#options.sync === "never" || this.#isSynced) closeSync(old);
    else fdatasync(old, () => closeSync(old));
    this.#isSynced = true;
  }

  #rollIfPossible(): void {
    if (this.#segmentBytes === 0) return;
    try {
      this.#continue();
    } catch {
      // No space for a name either: tried again with the next call.
    }
  }

  /** sync forces what was written to the disk, without waiting for it. */
  sync(report: (error: Error) => void): void {
    if (this.#isSynced) return;
    this.#isSynced = true;
    fdatasync(this.#fd, (error) => {
      if (error) report(error);
    });
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
