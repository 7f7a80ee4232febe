import { eachRecord, type LogRecord } from "./block.ts";
import type { LogGroup } from "./log-group.ts";

/** EventScan asks for all events of a group in a time, in no order. */
export interface EventScan {
  /** Inclusive. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** A record with its stream: number and name. */
  readonly take: (record: LogRecord, stream: { readonly number: number; readonly name: string }) => void;
  /** Called between records: other work of the process gets its turn. Throws to end the scan. */
  readonly pause: () => Promise<void> | undefined;
}

/** scanEvents reads all events of a group block by block. It returns how many events could not be read, as far as that is known. */
export async function scanEvents(
  group: LogGroup,
  { startMs, endMs, take, pause }: EventScan,
): Promise<number> {
  const streams = new Map([...group.streams.values()].map((stream) => [stream.number, stream]));
  const names = new Map([...streams].map(([number, { name }]) => [number, name]));
  // Of each place of which nothing is known one at least.
  let skipped = group.missingPlaces(startMs, endMs).length;
  group.readers++;
  try {
    for (const block of group.blocks(names, startMs, endMs)) {
      await pause();
      const body = block.segment.read(block);
      if (!body) {
        // One that was removed for its age or its space is not damaged.
        if (block.segment.sizeBytes > 0) skipped += block.count;
        continue;
      }
      const records: LogRecord[] = [];
      eachRecord(
        body,
        (unixMs) => unixMs >= startMs && unixMs < endMs,
        (record) => records.push(record),
      );
      const stream = streams.get(block.stream);
      for (const record of records) {
        const turn = pause();
        if (turn) await turn;
        if (stream) take(record, stream);
      }
    }
  } finally {
    group.readers--;
  }
  return skipped;
}
