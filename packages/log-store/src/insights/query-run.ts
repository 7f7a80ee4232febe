import { setImmediate as nextTurn } from "node:timers/promises";
import { MATCH_MAX_MS, withinMatchTime } from "@tollgate/patterns";
import { eventId } from "../store/event-id.ts";
import type { LogGroup } from "../store/log-group.ts";
import { scanEvents } from "../store/scan-events.ts";
import type { CompiledQuery, ResultRow } from "./compile-query.ts";
import { Memory } from "./memory.ts";
import { Row } from "./row.ts";

/** Other work of the process gets its turn after this time. */
const TURN_MS = 10;
/** What patterns may take of commands that come after rows are in order or in groups: the process waits for these. */
const LAST_MATCH_MAX_MS = 10 * MATCH_MAX_MS;
/** What rows and groups of one query may take. */
const MEMORY_MAX_BYTES = 64 * 1024 * 1024;

/** QueryStatistics is what a query has read. */
export interface QueryStatistics {
  recordsMatched: number;
  recordsScanned: number;
  bytesScanned: number;
  /** Events that could not be read. */
  recordsSkipped: number;
}

export interface QueryScope {
  readonly groups: readonly LogGroup[];
  /** Inclusive. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly nowMs: () => number;
  /** Filled while the query runs. */
  readonly statistics: QueryStatistics;
  /** Ends the query. */
  readonly signal: AbortSignal;
  readonly memoryMaxBytes?: number;
}

/** runQuery runs a query over groups. It rejects with the reason of the signal, a PatternError or a LogRefusal. */
export async function runQuery(
  query: CompiledQuery,
  { groups, statistics, signal, nowMs, memoryMaxBytes = MEMORY_MAX_BYTES, ...range }: QueryScope,
): Promise<readonly ResultRow[]> {
  const running = query.start(new Memory(memoryMaxBytes));
  let turnMs = performance.now();
  const rest = async () => {
    await nextTurn();
    turnMs = performance.now();
    signal.throwIfAborted();
  };
  const pause = () => (performance.now() - turnMs > TURN_MS ? rest() : undefined);
  for (const group of groups) {
    signal.throwIfAborted();
    const log = `${group.accountId}:${group.name}`;
    statistics.recordsSkipped += await scanEvents(group, {
      startMs: Math.max(range.startMs, group.expiredBeforeMs(nowMs())),
      endMs: range.endMs,
      pause,
      take({ unixMs, ingestionMs, seq, message }, stream) {
        statistics.recordsScanned++;
        statistics.bytesScanned += Buffer.byteLength(message);
        const row = new Row({
          id: () => eventId({ unixMs, stream: stream.number, seq }),
          unixMs,
          ingestionMs,
          stream: stream.name,
          log,
          message,
        });
        if (withinMatchTime(MATCH_MAX_MS, () => running.take(row))) statistics.recordsMatched++;
      },
    });
  }
  await rest();
  return withinMatchTime(LAST_MATCH_MAX_MS, () => running.results());
}
