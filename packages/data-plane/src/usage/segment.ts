/** Segment is one file of the spool, as the node sees it. */
export interface Segment {
  readonly name: string;
  readonly firstSeq: number;
  sizeBytes: number;
  /** How much of it the sink has acknowledged. */
  offsetBytes: number;
  /** A part of it could not be read. */
  isDamaged: boolean;
}

/** segmentName is the name of a spool file with a source's events from a sequence number on. Names sort in the order of their events. */
export const segmentName = (worker: number, boot: string, firstSeq: number): string =>
  `${worker}-${boot}-${String(firstSeq).padStart(16, "0")}.spool`;

/** parseSegmentName is the inverse: the source within the node. */
export function parseSegmentName(name: string): { source: string; firstSeq: number } | undefined {
  const [, worker, boot, firstSeq] = /^(\d+)-([0-9a-f]+)-(\d{16})\.spool$/.exec(name) ?? [];
  return worker && boot && firstSeq ? { source: `${worker}/${boot}`, firstSeq: Number(firstSeq) } : undefined;
}
