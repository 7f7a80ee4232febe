import type { LogEventView, LogPage, MissingLogEvents } from "../../logs-port.ts";

/** searchedStreams are the streams of a page that were not searched as a whole. AWS lists none where all were (AWS: FilterLogEvents, searchedLogStreams). */
export const searchedStreams = ({ missing }: LogPage) =>
  [...new Set(missing.map(({ stream }) => stream))].sort().map((logStreamName) => ({
    // Of some damage it is not known whose events they were.
    ...(logStreamName === "" ? {} : { logStreamName }),
    searchedCompletely: false,
  }));

/** What is missing of a stream, together. */
const together = (all: readonly MissingLogEvents[]): MissingLogEvents =>
  all.reduce((sum, { firstUnixMs, lastUnixMs, count }) => ({
    stream: sum.stream,
    firstUnixMs: Math.min(sum.firstUnixMs, firstUnixMs),
    lastUnixMs: Math.max(sum.lastUnixMs, lastUnixMs),
    count: sum.count + count,
  }));

function messageOf({ stream, firstUnixMs, lastUnixMs, count }: MissingLogEvents): string {
  const what = stream === "" ? "events of one or more streams of this group" : `${count} events`;
  const [from, to] = [firstUnixMs, lastUnixMs].map((ms) => new Date(ms).toISOString());
  return `[tollgate] ${what} from ${from} to ${to} are missing: the log store is damaged there`;
}

/**
 * withMissing adds an event for each stream of which events are missing, at the time of the first of them, which says so: GetLogEvents has no other place for it.
 * What is missing of streams that are not known is the same on all pages, so that the first one says it (`isFirst`).
 */
export const withMissing = (events: readonly LogEventView[], { missing }: LogPage, isFirst: boolean) =>
  [
    ...events,
    ...[...Map.groupBy(missing, ({ stream }) => stream).values()]
      .map(together)
      .filter(({ stream }) => isFirst || stream !== "")
      .map((one) => ({
        unixMs: one.firstUnixMs,
        ingestionUnixMs: one.lastUnixMs,
        message: messageOf(one),
      })),
  ].sort((a, b) => a.unixMs - b.unixMs);

/**
 * reportedToMs is the time to which what is missing of the stream of a page has been said, where nothing that can be read is behind it: a reader that asks for what comes
 * next is not told of it again. undefined: there is no such time.
 */
export function reportedToMs({ events, missing }: LogPage): number | undefined {
  const lastMs = missing.reduce(
    (last, one) => (one.stream === "" ? last : Math.max(last, one.lastUnixMs)),
    -1,
  );
  return lastMs >= 0 && events.every(({ unixMs }) => unixMs <= lastMs) ? lastMs : undefined;
}
