import type { SourceLog } from "./source-log.ts";

export interface SpoolLimits {
  readonly limitBytes: number;
  readonly workers: number;
}

const SEGMENT_MAX_BYTES = 4 * 1024 * 1024;
const SEGMENT_MIN_BYTES = 256 * 1024;
/** Even if every worker's file is full and sent, most of the space is free. */
const SEGMENTS_PER_WORKER = 8;
/** A worker gets its new share when it differs by this part. */
const RETELL_SHARE = 0.25;

export const segmentBytesOf = ({ limitBytes, workers }: SpoolLimits): number =>
  Math.min(
    SEGMENT_MAX_BYTES,
    Math.max(SEGMENT_MIN_BYTES, Math.floor(limitBytes / workers / SEGMENTS_PER_WORKER)),
  );

/** SpoolSpace divides the free space of a node's spool among its workers, which write without asking. */
export class SpoolSpace {
  readonly #limits: SpoolLimits;
  #usedBytes = 0;

  constructor(limits: SpoolLimits) {
    this.#limits = limits;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What each worker may write now. */
  get shareBytes(): number {
    return Math.max(0, Math.floor((this.#limits.limitBytes - this.#usedBytes) / this.#limits.workers));
  }

  /** The space is used up when a worker cannot write its next frame. */
  get isFull(): boolean {
    return this.shareBytes < SEGMENT_MIN_BYTES;
  }

  divide(sources: Iterable<SourceLog>): void {
    const logs = [...sources];
    this.#usedBytes = logs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const share = this.shareBytes;
    for (const log of logs) {
      if (!log.tell) continue;
      const allowed = log.writtenBytes + share;
      if (Math.abs(allowed - log.allowedBytes) < share * RETELL_SHARE && share > 0) continue;
      if (allowed === log.allowedBytes) continue;
      log.allowedBytes = allowed;
      log.tell({ type: "allow", spoolBytes: allowed });
    }
  }
}
