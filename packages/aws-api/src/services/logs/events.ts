import type { LogEventView, LogPage, LogQuery } from "../../logs-port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape } from "../../protocol/json/shape.ts";
import { logsError, violates } from "./errors.ts";
import {
  BOOLEAN,
  groupOf,
  INTEGER,
  inputOf,
  limitOf,
  ofGroup,
  STRING,
  STRINGS,
  textOf,
  timeOf,
} from "./inputs.ts";
import { reportedToMs, searchedStreams, withMissing } from "./missing-events.ts";
import { ofStream, SEQUENCE_TOKEN } from "./streams.ts";

const PAGE_MAX = 10_000;
const STREAMS_MAX = 100;
const PATTERN_MAX_CHARS = 1024;
/** The last time that the 56 digits of a token have space for. */
const TOKEN_MAX_MS = 4_000_000_000_000;

const EVENTS: Shape = {
  type: "list",
  of: {
    type: "structure",
    members: { timestamp: INTEGER, message: STRING },
    required: ["timestamp", "message"],
  },
};

const put: JsonOperation = {
  name: "PutLogEvents",
  input: inputOf({ logGroupName: STRING, logStreamName: STRING, logEvents: EVENTS, sequenceToken: STRING }, [
    "logGroupName",
    "logStreamName",
    "logEvents",
  ]),
  resource: ofStream,
  // What is logged is not audited.
  recorded: ({ logEvents: _events, ...rest }) => rest,
  async run(request) {
    const { input, application, caller } = request;
    const given = input.logEvents as readonly { readonly timestamp: number; readonly message: string }[];
    const events = given.map(({ timestamp: unixMs, message }) => ({ unixMs, message }));
    const stream = textOf(input, "logStreamName");
    const { tooOldEnd, expiredEnd, tooNewStart } = await application.logs.put(
      caller.accountId,
      groupOf(request),
      stream,
      events,
    );
    const rejected = {
      ...(tooOldEnd === undefined ? {} : { tooOldLogEventEndIndex: tooOldEnd }),
      ...(expiredEnd === undefined ? {} : { expiredLogEventEndIndex: expiredEnd }),
      ...(tooNewStart === undefined ? {} : { tooNewLogEventStartIndex: tooNewStart }),
    };
    return {
      nextSequenceToken: SEQUENCE_TOKEN,
      ...(Object.keys(rejected).length === 0 ? {} : { rejectedLogEventsInfo: rejected }),
    };
  },
};

const invalidToken = () => logsError("InvalidParameterException", "The specified nextToken is invalid.");

/** The token of what begins at a time. */
const tokenAt = (unixMs: number): string =>
  (BigInt(Math.min(unixMs, TOKEN_MAX_MS)) << 144n).toString().padStart(56, "0");

/**
 * Where GetLogEvents goes on, in both directions: at the first and last event of a page; at the event of its token, or at a time, where it is empty; behind what is missing
 * where that is newer than what can be read.
 */
function tokensOf(
  events: readonly LogEventView[],
  page: LogPage,
  { after, startUnixMs, isBackward }: LogQuery,
) {
  const none = after || tokenAt(startUnixMs);
  const isNewest = isBackward ? after === "" : page.next === "";
  const reportedMs = isNewest ? reportedToMs(page) : undefined;
  const last = reportedMs === undefined ? (events.at(-1)?.id ?? none) : tokenAt(reportedMs + 1);
  return {
    nextForwardToken: `f/${last}/s`,
    nextBackwardToken: `b/${events[0]?.id ?? none}/s`,
  };
}

/** A token says in which direction its page is read. */
function tokenOf(text: string): { readonly after: string; readonly isBackward: boolean } | undefined {
  if (text === "") return undefined;
  const [, direction, after] = /^([fb])\/(\d{56})(?:\/s)?$/.exec(text) ?? [];
  if (direction === undefined || after === undefined) throw invalidToken();
  return { after, isBackward: direction === "b" };
}

const get: JsonOperation = {
  name: "GetLogEvents",
  isReadOnly: true,
  input: inputOf(
    {
      logGroupName: STRING,
      logGroupIdentifier: STRING,
      logStreamName: STRING,
      startTime: INTEGER,
      endTime: INTEGER,
      nextToken: STRING,
      limit: INTEGER,
      startFromHead: BOOLEAN,
      unmask: BOOLEAN,
    },
    ["logStreamName"],
  ),
  resource: ofStream,
  async run(request) {
    const { input, application, caller } = request;
    const token = tokenOf(textOf(input, "nextToken"));
    const query: LogQuery = {
      streams: [textOf(input, "logStreamName")],
      streamPrefix: "",
      startUnixMs: timeOf(input, "startTime"),
      endUnixMs: timeOf(input, "endTime"),
      pattern: "",
      after: token?.after ?? "",
      isBackward: token?.isBackward ?? input.startFromHead !== true,
      limit: limitOf(input, PAGE_MAX),
    };
    const page = await application.logs.read(caller.accountId, groupOf(request), query);
    // Oldest first inside a page, whatever the direction.
    const events = query.isBackward ? page.events.toReversed() : page.events;
    return {
      events: withMissing(events, page, query.after === "").map(({ unixMs, message, ingestionUnixMs }) => ({
        timestamp: unixMs,
        message,
        ingestionTime: ingestionUnixMs,
      })),
      ...tokensOf(events, page, query),
    };
  },
};

/** The token of FilterLogEvents keeps the direction of its pages. */
function filterToken(text: string): { readonly after: string; readonly isBackward: boolean } | undefined {
  if (text === "") return undefined;
  const [, direction, after] = /^([fb])([\w-]+)$/.exec(text) ?? [];
  const id = Buffer.from(after ?? "", "base64url").toString("utf8");
  if (direction === undefined || !/^\d{56}$/.test(id)) throw invalidToken();
  return { after: id, isBackward: direction === "b" };
}

function filterQuery({ input }: JsonRequest): LogQuery {
  const streams = (input.logStreamNames as readonly string[] | undefined) ?? [];
  const streamPrefix = textOf(input, "logStreamNamePrefix");
  if (streams.length > 0 && streamPrefix !== "")
    throw logsError(
      "InvalidParameterException",
      "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
    );
  if (streams.length > STREAMS_MAX)
    throw violates(streams, "logStreamNames", `Member must have length less than or equal to ${STREAMS_MAX}`);
  const pattern = textOf(input, "filterPattern");
  if (pattern.length > PATTERN_MAX_CHARS)
    throw violates(
      pattern,
      "filterPattern",
      `Member must have length less than or equal to ${PATTERN_MAX_CHARS}`,
    );
  const token = filterToken(textOf(input, "nextToken"));
  const end = input.endTime as number | undefined;
  return {
    streams,
    streamPrefix,
    startUnixMs: timeOf(input, "startTime"),
    // Here, unlike in GetLogEvents, events of that time are part of it.
    endUnixMs: end === undefined ? 0 : end + 1,
    pattern,
    after: token?.after ?? "",
    isBackward: token?.isBackward ?? input.startFromHead === false,
    limit: limitOf(input, PAGE_MAX),
  };
}

const filter: JsonOperation = {
  name: "FilterLogEvents",
  isReadOnly: true,
  input: inputOf({
    logGroupName: STRING,
    logGroupIdentifier: STRING,
    logStreamNames: STRINGS,
    logStreamNamePrefix: STRING,
    startTime: INTEGER,
    endTime: INTEGER,
    filterPattern: STRING,
    nextToken: STRING,
    limit: INTEGER,
    startFromHead: BOOLEAN,
    interleaved: BOOLEAN,
    unmask: BOOLEAN,
  }),
  resource: ofGroup,
  async run(request) {
    const { application, caller } = request;
    const query = filterQuery(request);
    const page = await application.logs.read(caller.accountId, groupOf(request), query);
    const { events, next } = page;
    const token = `${query.isBackward ? "b" : "f"}${Buffer.from(next).toString("base64url")}`;
    return {
      events: events.map(({ id, unixMs, ingestionUnixMs, stream, message }) => ({
        logStreamName: stream,
        timestamp: unixMs,
        message,
        ingestionTime: ingestionUnixMs,
        eventId: id,
      })),
      searchedLogStreams: searchedStreams(page),
      ...(next === "" ? {} : { nextToken: token }),
    };
  },
};

/** eventOperations are the operations of log events. */
export const eventOperations: readonly JsonOperation[] = [put, get, filter];
