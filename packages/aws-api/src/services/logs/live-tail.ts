import { randomUUID } from "node:crypto";
import type { LogTailUpdate } from "../../logs-port.ts";
import { EventStream, type StreamEvent } from "../../protocol/json/event-stream.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { logsError, violates } from "./errors.ts";
import { type Input, identifiedGroup, inputOf, STRING, STRINGS, textOf } from "./inputs.ts";
import { onGroups } from "./queries.ts";

const GROUPS_MAX = 10;
const STREAMS_MAX = 100;
const PATTERN_MAX_CHARS = 1024;
/** AWS ends a session after three hours. */
const SESSION_MS = 3 * 3_600_000;

const listOf = (input: Input, name: string): readonly string[] =>
  (input[name] as readonly string[] | undefined) ?? [];

function groupsOf(request: JsonRequest): readonly string[] {
  const given = listOf(request.input, "logGroupIdentifiers");
  if (given.length < 1 || given.length > GROUPS_MAX)
    throw violates(given, "logGroupIdentifiers", `Member must have length from 1 to ${GROUPS_MAX}`);
  const names = given.map((identifier) => {
    if (!identifier.startsWith("arn:") || identifier.endsWith(":*"))
      throw logsError(
        "InvalidParameterException",
        `The log group identifier '${identifier}' is not an ARN such as arn:aws:logs:us-east-1:000000000000:log-group:/my/group, without ':*'.`,
      );
    return identifiedGroup(request, identifier);
  });
  return [...new Set(names)];
}

function queryOf(request: JsonRequest) {
  const { input } = request;
  const [streams, streamPrefixes] = [listOf(input, "logStreamNames"), listOf(input, "logStreamNamePrefixes")];
  const groups = groupsOf(request);
  if (streams.length > 0 && streamPrefixes.length > 0)
    throw logsError(
      "InvalidParameterException",
      "logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.",
    );
  if (streams.length + streamPrefixes.length > 0 && groups.length > 1)
    throw logsError("InvalidParameterException", "Log streams can be given with one log group only.");
  if (streams.length > STREAMS_MAX || streamPrefixes.length > STREAMS_MAX)
    throw violates(
      [...streams, ...streamPrefixes],
      streams.length > 0 ? "logStreamNames" : "logStreamNamePrefixes",
      `Member must have length less than or equal to ${STREAMS_MAX}`,
    );
  const pattern = textOf(input, "logEventFilterPattern");
  if (pattern.length > PATTERN_MAX_CHARS)
    throw violates(
      pattern,
      "logEventFilterPattern",
      `Member must have length less than or equal to ${PATTERN_MAX_CHARS}`,
    );
  return { groups, streams, streamPrefixes, pattern };
}

/** The events of a session: its start, updates, and its end, if the client stays until then. */
async function* sessionOf(
  { input, caller }: JsonRequest,
  updates: AsyncIterable<LogTailUpdate>,
  endMs: number,
): AsyncGenerator<StreamEvent> {
  const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
  yield {
    type: "sessionStart",
    members: {
      requestId: randomUUID(),
      sessionId: randomUUID(),
      logGroupIdentifiers,
      logStreamNames,
      logStreamNamePrefixes,
      logEventFilterPattern,
    },
  };
  for await (const { events, isSampled } of updates) {
    yield {
      type: "sessionUpdate",
      members: {
        sessionMetadata: { sampled: isSampled },
        sessionResults: events.map(({ group, stream, message, unixMs, ingestionUnixMs }) => ({
          logStreamName: stream,
          logGroupIdentifier: `${caller.accountId}:${group}`,
          message,
          timestamp: unixMs,
          ingestionTime: ingestionUnixMs,
        })),
      },
    };
    if (performance.now() >= endMs) {
      yield {
        type: "SessionTimeoutException",
        isException: true,
        members: { message: "The session has been open for 3 hours, which is as long as it may be." },
      };
      return;
    }
  }
}

/** An error after the start of a session is an event too (AWS: StartLiveTail, SessionStreamingException): the status is sent already. */
async function* withErrors(events: AsyncIterable<StreamEvent>): AsyncGenerator<StreamEvent> {
  try {
    yield* events;
  } catch (error) {
    yield {
      type: "SessionStreamingException",
      isException: true,
      members: { message: (error as Error).message },
    };
  }
}

/** liveTail sends events of log groups while they are stored (AWS: StartLiveTail). */
export const liveTail = (sessionMs = SESSION_MS): JsonOperation => ({
  name: "StartLiveTail",
  isReadOnly: true,
  input: inputOf(
    {
      logGroupIdentifiers: STRINGS,
      logStreamNames: STRINGS,
      logStreamNamePrefixes: STRINGS,
      logEventFilterPattern: STRING,
    },
    ["logGroupIdentifiers"],
  ),
  ...onGroups("StartLiveTail", groupsOf),
  async run(request) {
    const { application, caller } = request;
    const left = new AbortController();
    const updates = await application.logs.tail(caller.accountId, queryOf(request), left.signal);
    const events = sessionOf(request, updates, performance.now() + sessionMs);
    return new EventStream(withErrors(events), () => left.abort());
  },
});
