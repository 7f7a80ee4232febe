import { LogRefusal } from "../refusal.ts";
import type { GroupName, LogStore } from "./log-store.ts";

const DAY_MS = 86_400_000;
const TOO_OLD_MS = 14 * DAY_MS;
const TOO_NEW_MS = 2 * 3_600_000;
const SPAN_MAX_MS = DAY_MS;
const EVENTS_MAX = 10_000;
const BATCH_MAX_BYTES = 1_048_576;
/** What AWS counts of an event besides its message. */
const EVENT_BYTES = 26;

export interface NewEvent {
  readonly unixMs: number;
  readonly message: string;
}

/** Rejected says which events of a batch were not stored: those before an index, or from one on. */
export interface Rejected {
  readonly tooOldEnd?: number;
  readonly expiredEnd?: number;
  readonly tooNewStart?: number;
}

const invalid = (message: string) => new LogRefusal("invalid", message);

function checkBatch(events: readonly NewEvent[]): void {
  if (events.length > EVENTS_MAX)
    throw invalid(
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length less than or equal to ${EVENTS_MAX}`,
    );
  if (events.some(({ unixMs }, i) => i > 0 && unixMs < (events[i - 1]?.unixMs ?? 0)))
    throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
  if ((events.at(-1)?.unixMs ?? 0) - (events[0]?.unixMs ?? 0) > SPAN_MAX_MS)
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_BYTES, 0);
  if (bytes > BATCH_MAX_BYTES)
    throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH_MAX_BYTES}`);
}

/** putEvents stores events of a stream in the order of their time (AWS: PutLogEvents), but those that are too old or too far ahead. */
export function putEvents(
  store: LogStore,
  { accountId, logGroup, stream }: GroupName & { readonly stream: string },
  events: readonly NewEvent[],
  nowMs: number,
): Rejected {
  const name = { accountId, logGroup };
  store.stream(name, stream);
  checkBatch(events);
  const count = (isBefore: (unixMs: number) => boolean) => {
    const found = events.findIndex(({ unixMs }) => !isBefore(unixMs));
    return found < 0 ? events.length : found;
  };
  const tooOldEnd = count((unixMs) => unixMs < nowMs - TOO_OLD_MS);
  const expiredEnd = count((unixMs) => unixMs < store.group(name).expiredBeforeMs(nowMs));
  const tooNewStart = count((unixMs) => unixMs <= nowMs + TOO_NEW_MS);
  const kept = events.slice(Math.max(tooOldEnd, expiredEnd), tooNewStart);
  if (kept.length > 0)
    store.append([
      { ...name, stream, events: kept.map((event) => ({ ...event, ingestionMs: nowMs, seq: undefined })) },
    ]);
  return {
    ...(tooOldEnd > 0 ? { tooOldEnd } : {}),
    ...(expiredEnd > tooOldEnd ? { expiredEnd } : {}),
    ...(tooNewStart < events.length ? { tooNewStart } : {}),
  };
}
