import type { LogStreamView } from "../../logs-port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { logsError } from "./errors.ts";
import {
  arnOfGroup,
  BOOLEAN,
  groupOf,
  INTEGER,
  inputOf,
  limitOf,
  ofGroup,
  pageOf,
  STRING,
  textOf,
} from "./inputs.ts";

const PAGE_MAX = 50;

/** ofStream is the resource of an operation on a stream. */
export const ofStream = (request: JsonRequest): string =>
  `${arnOfGroup(request, groupOf(request))}:log-stream:${textOf(request.input, "logStreamName")}`;

const known = (name: string, unixMs: number) => (unixMs === 0 ? {} : { [name]: unixMs });

const shown = (request: JsonRequest, stream: LogStreamView) => ({
  logStreamName: stream.name,
  creationTime: stream.createdUnixMs,
  ...known("firstEventTimestamp", stream.firstEventUnixMs),
  ...known("lastEventTimestamp", stream.lastEventUnixMs),
  ...known("lastIngestionTime", stream.lastIngestionUnixMs),
  uploadSequenceToken: SEQUENCE_TOKEN,
  arn: `${arnOfGroup(request, groupOf(request))}:log-stream:${stream.name}`,
  // AWS reports no size of streams any more.
  storedBytes: 0,
});

/** SEQUENCE_TOKEN is returned for clients of earlier times; whatever they send back is accepted. */
export const SEQUENCE_TOKEN = "49".padEnd(56, "0");

const change = (
  name: string,
  run: (request: JsonRequest, group: string, stream: string) => Promise<void>,
): JsonOperation => ({
  name,
  input: inputOf({ logGroupName: STRING, logStreamName: STRING }, ["logGroupName", "logStreamName"]),
  resource: ofStream,
  async run(request) {
    await run(request, groupOf(request), textOf(request.input, "logStreamName"));
    return undefined;
  },
});

const describe: JsonOperation = {
  name: "DescribeLogStreams",
  isReadOnly: true,
  input: inputOf({
    logGroupName: STRING,
    logGroupIdentifier: STRING,
    logStreamNamePrefix: STRING,
    orderBy: STRING,
    descending: BOOLEAN,
    limit: INTEGER,
    nextToken: STRING,
  }),
  resource: ofGroup,
  async run(request) {
    const { input, application, caller } = request;
    const prefix = textOf(input, "logStreamNamePrefix");
    const isByTime = textOf(input, "orderBy") === "LastEventTime";
    if (isByTime && prefix !== "")
      throw logsError(
        "InvalidParameterException",
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
      );
    const limit = limitOf(input, PAGE_MAX);
    const all = await application.logs.streams(caller.accountId, groupOf(request));
    const streams = all.filter(({ name }) => name.startsWith(prefix));
    if (isByTime) streams.sort((a, b) => a.lastEventUnixMs - b.lastEventUnixMs);
    if (input.descending === true) streams.reverse();
    const { items, nextToken } = pageOf(streams, { input, limit });
    return { logStreams: items.map((stream) => shown(request, stream)), ...(nextToken ? { nextToken } : {}) };
  },
};

/** streamOperations are the operations of log streams. */
export const streamOperations: readonly JsonOperation[] = [
  change("CreateLogStream", ({ application, caller }, group, stream) =>
    application.logs.createStream(caller.accountId, group, stream),
  ),
  change("DeleteLogStream", ({ application, caller }, group, stream) =>
    application.logs.deleteStream(caller.accountId, group, stream),
  ),
  describe,
];
