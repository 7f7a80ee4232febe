import { randomBytes } from "node:crypto";
import { TRACE_GROUP } from "@tollgate/telemetry";
import type { LogReader } from "../logs/log-reader.ts";
import { Refusal } from "../refusal.ts";
import { checkSegment, type RejectedSegment } from "./check-segment.ts";
import { compileTraceFilter } from "./filter-expression.ts";
import { serviceGraphOf } from "./service-graph.ts";
import { rounded, type StoredSegment, segmentIn, spanOf, type Trace, tracesOf } from "./trace.ts";
import { summaryOf } from "./trace-summary.ts";

/** Traces of a page of summaries. */
const PAGE_TRACES = 500;
/** More segments of one question are not read: a shorter time, or another filter, is asked for. */
const SEGMENTS_MAX = 200_000;
/** Segments of clients may have 64 KB each: their number alone bounds no memory. */
const SEGMENTS_MAX_BYTES = 128 * 1024 * 1024;
const EVENTS_PER_READ = 10_000;
/** Clocks differ, and a segment is written when it ends: what belongs to a trace may be a little older or much younger than its id. */
const BEFORE_MS = 60_000;
const AFTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
/** Segments of one request to the store, which takes 1 MB: the last of them may begin in these bytes and end behind them. */
const PUT_BYTES = 950_000;
/** What the store counts of an event besides its message. */
const EVENT_BYTES = 26;

type Logs = Pick<LogReader, "read" | "put" | "createGroup" | "createStream">;

const startOf = (traceId: string): number => Number.parseInt(traceId.slice(2, 10), 16) * 1_000;

interface FoundSegments {
  readonly segments: readonly StoredSegment[];
  /** Some could not be read: the log store is damaged. */
  readonly isIncomplete: boolean;
}

/** Segments of a time, or those of one trace; none where no call has been traced yet. */
async function segmentsIn(
  logs: Logs,
  accountId: string,
  { startUnixMs, endUnixMs, pattern = "" }: { startUnixMs: number; endUnixMs: number; pattern?: string },
): Promise<FoundSegments> {
  const segments: StoredSegment[] = [];
  let isIncomplete = false;
  const query = { streams: [], streamPrefix: "", isBackward: false, limit: EVENTS_PER_READ };
  let after = "";
  let count = 0;
  let bytes = 0;
  do {
    const page = await logs
      .read(accountId, TRACE_GROUP, {
        ...query,
        startUnixMs: Math.max(0, startUnixMs),
        endUnixMs,
        pattern,
        after,
      })
      .catch((error: unknown) => {
        if (error instanceof Refusal && error.reason === "not-found")
          return { events: [], next: "", missing: [] };
        throw error;
      });
    count += page.events.length;
    if (count > SEGMENTS_MAX)
      throw new Refusal(
        "invalid",
        `The time range has more than ${SEGMENTS_MAX} segments: ask for a shorter one.`,
      );
    for (const { message } of page.events) bytes += message.length;
    if (bytes > SEGMENTS_MAX_BYTES)
      throw new Refusal(
        "invalid",
        `The time range has more than ${SEGMENTS_MAX_BYTES} bytes of segments: ask for a shorter one.`,
      );
    for (const { message } of page.events) {
      const segment = segmentIn(message);
      if (segment) segments.push(segment);
    }
    if (page.missing.length > 0) isIncomplete = true;
    after = page.next;
  } while (after !== "");
  return { segments, isIncomplete };
}

interface FoundTraces extends Pick<FoundSegments, "isIncomplete"> {
  readonly traces: readonly Trace[];
}

const viewOf = (trace: Trace) => {
  const { start, end } = spanOf(trace);
  return {
    Id: trace.id,
    Duration: rounded(end - start),
    LimitExceeded: trace.isCut,
    Segments: trace.segments.map(({ document: { id: Id }, text: Document }) => ({ Id, Document })),
  };
};

/** Events of one request to the store must be in order, of one day, and not too large together. */
function putBatches(segments: readonly StoredSegment[]) {
  const events = segments
    .map(({ document, text }) => ({ unixMs: Math.trunc(document.start_time * 1_000), message: text }))
    .sort((a, b) => a.unixMs - b.unixMs);
  let bytes = 0;
  return Map.groupBy(events, ({ unixMs, message }) => {
    bytes += Buffer.byteLength(message) + EVENT_BYTES;
    return `${Math.floor(unixMs / DAY_MS)} ${Math.floor(bytes / PUT_BYTES)}`;
  }).values();
}

const whereMissing = (error: unknown): void => {
  if (!(error instanceof Refusal && error.reason === "already-exists")) throw error;
};

/** SegmentWriter writes segments that clients send, to a stream of this process. */
function segmentWriter(logs: Logs) {
  const stream = `sent-${randomBytes(6).toString("hex")}`;
  const opened = new Map<string, Promise<void>>();
  const open = async (accountId: string) => {
    await logs
      .createGroup(accountId, TRACE_GROUP, { tags: {}, logGroupClass: "STANDARD" })
      .catch(whereMissing);
    await logs.createStream(accountId, TRACE_GROUP, stream).catch(whereMissing);
  };
  const put = async (accountId: string, segments: readonly StoredSegment[]) => {
    const opening = opened.get(accountId) ?? open(accountId);
    opened.set(accountId, opening);
    try {
      await opening;
      for (const events of putBatches(segments)) await logs.put(accountId, TRACE_GROUP, stream, events);
    } catch (error) {
      opened.delete(accountId);
      throw error;
    }
  };
  return async (accountId: string, segments: readonly StoredSegment[]) => {
    const hasOpened = opened.has(accountId);
    try {
      await put(accountId, segments);
    } catch (error) {
      // The group may have been deleted meanwhile, or its stream have been removed with the last of its events.
      if (!hasOpened || !(error instanceof Refusal && error.reason === "not-found")) throw error;
      await put(accountId, segments);
    }
  };
}

interface TimeRange {
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}

interface SummaryQuery extends TimeRange {
  /** What the times are compared with: when a trace began, or when any of its segments did. */
  readonly by: "TraceId" | "Event";
  readonly filter: string;
  readonly offset: number;
}

/** storedTraces are the traces of the accounts, as segments in a log group of each. */
export function storedTraces(logs: Logs, nowMs: () => number = Date.now) {
  const write = segmentWriter(logs);
  const traceOf = async (accountId: string, id: string): Promise<FoundTraces> => {
    const begunMs = startOf(id) - BEFORE_MS;
    // The ids of OpenTelemetry's clients begin with random digits, which as a time can be in the future.
    const startUnixMs = begunMs > nowMs() ? 0 : begunMs;
    const { segments, isIncomplete } = await segmentsIn(logs, accountId, {
      startUnixMs,
      endUnixMs: 0,
      pattern: `"${id}"`,
    });
    // Others may only mention the id.
    return { traces: tracesOf(segments).filter((trace) => trace.id === id), isIncomplete };
  };
  const ofIds = (accountId: string, ids: readonly string[]) =>
    Promise.all([...new Set(ids)].map(async (id) => ({ id, ...(await traceOf(accountId, id)) })));
  const ofTime = async (
    accountId: string,
    { startUnixMs, endUnixMs, by }: Pick<SummaryQuery, "startUnixMs" | "endUnixMs" | "by">,
  ): Promise<FoundTraces> => {
    const around = { startUnixMs: startUnixMs - BEFORE_MS, endUnixMs: endUnixMs + AFTER_MS };
    const isIn = (unixMs: number) => unixMs >= startUnixMs && unixMs < endUnixMs;
    const { segments, isIncomplete } = await segmentsIn(logs, accountId, around);
    const traces = tracesOf(segments).filter((trace) =>
      by === "TraceId"
        ? isIn(spanOf(trace).start * 1_000)
        : trace.segments.some(({ document }) => isIn(document.start_time * 1_000)),
    );
    return { traces, isIncomplete };
  };
  return {
    async put(accountId: string, documents: readonly string[]): Promise<readonly RejectedSegment[]> {
      const checked = documents.map((text) => checkSegment(text, nowMs()));
      const segments = checked.filter((one): one is StoredSegment => "document" in one);
      if (segments.length > 0) await write(accountId, segments);
      return checked.filter((one): one is RejectedSegment => "ErrorCode" in one);
    },
    async traces(accountId: string, ids: readonly string[]) {
      const found = await ofIds(accountId, ids);
      return {
        traces: found.flatMap(({ traces }) => traces).map(viewOf),
        incompleteIds: found.flatMap(({ id, isIncomplete }) => (isIncomplete ? [id] : [])),
      };
    },
    async summaries(accountId: string, query: SummaryQuery) {
      const matches = compileTraceFilter(query.filter);
      const { traces, isIncomplete } = await ofTime(accountId, query);
      const found = traces
        .map((trace) => ({ trace, summary: summaryOf(trace, isIncomplete) }))
        .filter(({ trace, summary }) => matches(trace, summary))
        .sort((a, b) => a.summary.StartTime - b.summary.StartTime || (a.trace.id < b.trace.id ? -1 : 1));
      const end = query.offset + PAGE_TRACES;
      return {
        summaries: found.slice(query.offset, end).map(({ summary }) => summary),
        processed: traces.length,
        nextOffset: end < found.length ? end : undefined,
      };
    },
    async graph(accountId: string, of: TimeRange | { readonly ids: readonly string[] }) {
      const found =
        "ids" in of ? await ofIds(accountId, of.ids) : [await ofTime(accountId, { ...of, by: "TraceId" })];
      return serviceGraphOf(found.flatMap(({ traces }) => traces));
    },
  };
}
