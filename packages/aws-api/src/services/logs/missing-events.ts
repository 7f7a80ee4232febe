import type { LogEventView, LogPage, MissingLogEvents } from "../../logs-port.ts";

/** searchedStreams are the streams of a page that were not searched as a whole. AWS lists none where all were (AWS: FilterLogEvents, searchedLogStreams). */
export const searchedStreams = ({ missing }: LogPage) =>
  [...new Set(missing.map(({ stream }) => stream))].sort().map((logStreamName) => ({
    // Of some damage it is not known whose events they were.
    ...(logStreamName === "" ? {} : { logStreamName }),
    searchedCompletely: false,
  }));

/** What is missing of a stream, together. */
const together = (all: readonly MissingLogEvents[]): MissingLogEvents => ({
  stream: all[0]?.stream ?? "",
  firstUnixMs: Math.min(...all.map(({ firstUnixMs }) => firstUnixMs)),
  lastUnixMs: Math.max(...all.map(({ lastUnixMs }) => lastUnixMs)),
  count: all.reduce((sum, { count }) => sum + count, 0),
});

function messageOf({ stream, firstUnixMs, lastUnixMs, count }: MissingLogEvents): string {
  const what = stream === "" ? "events of one or more streams of this group" : `${count} events`;
  const [from, to] = [firstUnixMs, lastUnixMs].map((ms) => new Date(ms).toISOString());
  return `[tollgate] ${what} from ${from} to ${to} are missing: the log store is damaged there`;
}

/**
 * withMissing adds an event for each stream of which events are missing, at the time of the first of them, which says so: GetLogEvents has no other place for it.
 */
export const withMissing = (events: readonly LogEventView[], { missing }: LogPage) =>
  [
    ...events,
    ...[...Map.groupBy(missing, ({ stream }) => stream).values()].map(together).map((one) => ({
      unixMs: one.firstUnixMs,
      ingestionUnixMs: one.lastUnixMs,
      message: messageOf(one),
    })),
  ].sort((a, b) => a.unixMs - b.unixMs);
