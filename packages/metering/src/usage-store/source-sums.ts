import type { EventView } from "@tollgate/usage-stream";
import type { AddingTable, Session } from "./database.ts";
import { MeterSums } from "./meter-sums.ts";

const HOUR_MS = 3_600_000;
/** Longer than what is compared of it. */
const KEPT_MS = 100 * 24 * HOUR_MS;

/** What is summed besides the units of meters: the calls of usage records. */
export const CALLS = "calls";

/** SourceHour is what the events of one source come to in one hour. */
interface SourceHour {
  readonly source: string;
  readonly hourUnixMs: number;
  firstSeq: number;
  lastSeq: number;
  calls: number;
  readonly units: MeterSums;
}

const sourceSums: AddingTable = {
  name: "usage_source_sums",
  columns: [
    { name: "source", type: "TEXT" },
    { name: "hour_unix_ms", type: "BIGINT" },
    { name: "meter", type: "TEXT" },
    { name: "units", type: "BIGINT" },
    { name: "first_seq", type: "BIGINT" },
    { name: "last_seq", type: "BIGINT" },
  ],
  key: ["source", "hour_unix_ms", "meter"],
  change: `units = usage_source_sums.units + excluded.units,
     first_seq = CASE WHEN excluded.first_seq < usage_source_sums.first_seq THEN excluded.first_seq ELSE usage_source_sums.first_seq END,
     last_seq = CASE WHEN excluded.last_seq > usage_source_sums.last_seq THEN excluded.last_seq ELSE usage_source_sums.last_seq END`,
};

/**
 * SourceSums adds the same events up a second time: by source, whatever account, key or route they are of. What is stored by those must come to
 * the same, hour by hour.
 */
export class SourceSums {
  readonly #hours = new Map<string, SourceHour>();
  #last: SourceHour | undefined;

  /** add counts an event and its units. */
  add(source: string, event: EventView, metered: MeterSums): void {
    const hour = this.addUnits(source, event.seq, event.endTimeUnixMs, metered);
    if (event.connectionMinutes === 0) hour.calls++;
  }

  /** addUnits counts units of an event in the hour of a time. */
  addUnits(source: string, seq: number, unixMs: number, metered: MeterSums): SourceHour {
    const hour = this.#hourOf(source, unixMs);
    if (seq < hour.firstSeq) hour.firstSeq = seq;
    if (seq > hour.lastSeq) hour.lastSeq = seq;
    hour.units.addAll(metered);
    return hour;
  }

  /** Events of a source come one after the other, and most of them in one hour. */
  #hourOf(source: string, endUnixMs: number): SourceHour {
    const hourUnixMs = Math.floor(endUnixMs / HOUR_MS) * HOUR_MS;
    if (this.#last?.source === source && this.#last.hourUnixMs === hourUnixMs) return this.#last;
    const name = `${source}\n${hourUnixMs}`;
    let hour = this.#hours.get(name);
    if (!hour) {
      hour = {
        source,
        hourUnixMs,
        firstSeq: Number.MAX_SAFE_INTEGER,
        lastSeq: 0,
        calls: 0,
        units: new MeterSums(),
      };
      this.#hours.set(name, hour);
    }
    this.#last = hour;
    return hour;
  }

  /** save adds the sums to those that are stored, in the order of their keys. */
  async save(session: Session): Promise<void> {
    const hours = [...this.#hours.keys()].sort().map((name) => this.#hours.get(name) as SourceHour);
    await session.add(
      sourceSums,
      hours.flatMap(({ source, hourUnixMs, firstSeq, lastSeq, calls, units }) =>
        [
          ...(calls > 0 ? [[CALLS, calls] as const] : []),
          ...units.inOrder.map(([meter, i]) => [meter, units.units[i] as number] as const),
        ]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([meter, sum]) => [source, hourUnixMs, meter, sum, firstSeq, lastSeq]),
      ),
    );
  }
}

/** forgetSourceSums removes the sums of hours that are not compared any more. */
export async function forgetSourceSums(session: Session, nowMs: number): Promise<void> {
  await session.query("DELETE FROM usage_source_sums WHERE hour_unix_ms < $1", [nowMs - KEPT_MS]);
}
