import type { LedgerContent } from "./ledger.ts";
import { parseSegmentName, type Segment } from "./segment.ts";

/** Order to a worker that writes to the spool. */
export type SpoolOrder =
  | { readonly type: "allow"; readonly spoolBytes: number }
  /** Continue in a new file. */
  | { readonly type: "roll" };

/** SourceLog is what the node knows of one source: its files in the order of their events, and how far they are recorded and sent. */
export class SourceLog {
  /** Within the node: "{worker}/{boot}". */
  readonly name: string;
  segments: Segment[] = [];
  /** Tells the worker that writes this source; undefined: it has ended, and nothing is written any more. */
  tell: ((order: SpoolOrder) => void) | undefined;
  /** The last event that was recorded, as the worker says: the files are not asked. */
  recordedSeq = 0;
  /** What it had said when the files were listed last: this much is in them, or lost. */
  listedSeq = 0;
  /** Its worker had ended when the files were listed last: they are complete. */
  isFinal = false;
  /** The last event that the sink has acknowledged, or that is known to be lost. */
  shippedSeq = 0;
  /** When the sink got the last message about it. */
  reportedMs = 0;
  /** Bytes of files that are gone again. */
  freedBytes = 0;
  allowedBytes = 0;
  /** Why its next file cannot be read; empty: it can. */
  readProblem = "";

  constructor(name: string) {
    this.name = name;
  }

  get isAlive(): boolean {
    return this.tell !== undefined;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** All that its worker ever wrote. */
  get writtenBytes(): number {
    return this.freedBytes + this.sizeBytes;
  }

  get backlogBytes(): number {
    return this.segments.reduce(
      (sum, segment) => sum + Math.max(0, segment.sizeBytes - segment.offsetBytes),
      0,
    );
  }

  /** The event that follows what is sent. Without a record of that, everything before the first file was. */
  get expectedSeq(): number {
    return this.shippedSeq > 0 ? this.shippedSeq + 1 : (this.segments[0]?.firstSeq ?? 1);
  }

  /** The first file with events that are not sent. */
  get nextUnsent(): Segment | undefined {
    return this.segments.find(({ sizeBytes, offsetBytes }) => sizeBytes > offsetBytes);
  }

  /** A file that no worker writes to any more: one that is followed by another, or whose worker has ended. */
  isComplete(segment: Segment): boolean {
    return this.isFinal || segment !== this.segments.at(-1);
  }

  /** found takes over which files there are, and how long. True: a worker lost the file that it writes to. */
  found(
    files: readonly { readonly name: string; readonly sizeBytes: number }[],
    before: { readonly recordedSeq: number; readonly hasEnded: boolean },
    { segments: offsets, damaged }: Pick<LedgerContent, "segments" | "damaged">,
  ): boolean {
    this.listedSeq = before.recordedSeq;
    this.isFinal = before.hasEnded;
    const known = new Map(this.segments.map((segment) => [segment.name, segment]));
    this.segments = files
      .map(({ name, sizeBytes }): Segment => {
        const segment = known.get(name);
        if (!segment)
          return {
            name,
            firstSeq: parseSegmentName(name)?.firstSeq ?? 1,
            sizeBytes,
            offsetBytes: offsets[name] ?? 0,
            isDamaged: damaged.includes(name),
          };
        segment.sizeBytes = sizeBytes;
        return segment;
      })
      .sort((a, b) => a.firstSeq - b.firstSeq);
    return this.isAlive && this.segments.length === 0 && this.listedSeq > 0;
  }

  shipped(lastSeq: number, nowMs: number): void {
    this.shippedSeq = Math.max(this.shippedSeq, lastSeq);
    this.recordedSeq = Math.max(this.recordedSeq, this.shippedSeq);
    this.reportedMs = nowMs;
  }

  remove(segment: Segment): void {
    this.segments = this.segments.filter((other) => other !== segment);
    this.freedBytes += segment.sizeBytes;
  }
}
