import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  EVENT_MAX_BYTES,
  type EventFacts,
  FRAME_HEADER_BYTES,
  putEvent,
  writeFrameHeader,
} from "@tollgate/usage-stream";

const SEGMENT_MAX_BYTES = 64 * 1024 * 1024;
const BUFFER_BYTES = 256 * 1024;
const FRAME_MAX_BYTES = 192 * 1024;

/** segmentName is the name of a spool file with a source's events from a sequence number on. Names sort in the order of their events. */
const segmentName = (worker: number, boot: string, firstSeq: number): string =>
  `${worker}-${boot}-${String(firstSeq).padStart(16, "0")}.spool`;

/** parseSegmentName is the inverse: the source within the node. */
export function parseSegmentName(name: string): { source: string; firstSeq: number } | undefined {
  const [, worker, boot, firstSeq] = /^(\d+)-([0-9a-f]+)-(\d{16})\.spool$/.exec(name) ?? [];
  return worker && boot && firstSeq ? { source: `${worker}/${boot}`, firstSeq: Number(firstSeq) } : undefined;
}

export interface SpoolOptions {
  readonly folder: string;
  readonly worker: number;
  /** Hex; a new one for each start of a worker, so that a sequence never continues at a lost position. */
  readonly boot: string;
}

/**
 * Spool is a worker's record of completed calls. Events of one turn are added, then committed with one write(2): once commit returns, a
 * SIGKILL cannot lose them. Nothing here is asynchronous: a call's last byte is sent only afterwards.
 */
export class Spool {
  readonly #options: SpoolOptions;
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filledBytes = FRAME_HEADER_BYTES;
  #count = 0;
  #nextSeq = 1;
  #fd: number;
  #segmentBytes = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    this.#fd = this.#open();
  }

  #open(): number {
    const { folder, worker, boot } = this.#options;
    this.#segmentBytes = 0;
    return openSync(join(folder, segmentName(worker, boot, this.#nextSeq)), "a", 0o600);
  }

  /** isFull reports that a commit is required before more is added: a frame must fit into one message of the sink. */
  get isFull(): boolean {
    return this.#filledBytes > FRAME_MAX_BYTES;
  }

  /** add appends an event to the turn's frame. */
  add(key: Buffer, facts: EventFacts): void {
    if (this.#buffer.length - this.#filledBytes < EVENT_MAX_BYTES) {
      const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
      this.#buffer.copy(larger, 0, 0, this.#filledBytes);
      this.#buffer = larger;
    }
    const seq = this.#nextSeq + this.#count++;
    this.#filledBytes = putEvent(this.#buffer, this.#filledBytes, key, seq, facts);
  }

  /** commit writes the turn's frame. It throws if the write fails; the events are then not recorded. */
  commit(): void {
    if (this.#count === 0) return;
    const frame = this.#buffer.subarray(0, this.#filledBytes);
    writeFrameHeader(frame, this.#count, this.#nextSeq);
    const count = this.#count;
    this.#count = 0;
    this.#filledBytes = FRAME_HEADER_BYTES;
    let writtenBytes = 0;
    try {
      while (writtenBytes < frame.length) writtenBytes += writeSync(this.#fd, frame, writtenBytes);
    } catch (error) {
      // A partly written frame would look damaged to a reader.
      if (writtenBytes > 0) ftruncateSync(this.#fd, this.#segmentBytes);
      throw error;
    }
    this.#nextSeq += count;
    this.#segmentBytes += frame.length;
    if (this.#segmentBytes >= SEGMENT_MAX_BYTES) this.#rotate();
  }

  #rotate(): void {
    const old = this.#fd;
    this.#fd = this.#open();
    closeSync(old);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
