import {
  type AwsRequest,
  type JsonObject,
  member,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { invalidRequest } from "./errors.ts";

/** AWS's limits of a request. */
const IDS_MAX = 5;
const DOCUMENTS_MAX = 100;
const DAY_MS = 86_400_000;
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;

function texts(body: JsonObject, name: string, most: number): readonly string[] {
  const list = member(body, name, "list");
  if (list === undefined) throw invalidRequest(`${name} is required.`);
  if (list.length > most) throw invalidRequest(`${name} must have at most ${most} members.`);
  if (!list.every((one) => typeof one === "string"))
    throw invalidRequest(`${name} must be a list of strings.`);
  return list as readonly string[];
}

function idsOf(body: JsonObject): readonly string[] {
  const ids = texts(body, "TraceIds", IDS_MAX);
  const wrong = ids.find((id) => !TRACE_ID.test(id));
  if (wrong !== undefined) throw invalidRequest(`Invalid trace id: ${wrong}`);
  return ids;
}

/** A time that clients write as seconds, with fractions. */
function timeOf(body: JsonObject, name: string): number {
  const seconds = member(body, name, "number");
  if (seconds === undefined) throw invalidRequest(`${name} is required.`);
  return Math.trunc(seconds * 1_000);
}

function rangeOf({ body }: AwsRequest) {
  const [startUnixMs, endUnixMs] = [timeOf(body, "StartTime"), timeOf(body, "EndTime")];
  if (endUnixMs <= startUnixMs) throw invalidRequest("EndTime must be after StartTime.");
  if (endUnixMs - startUnixMs > DAY_MS)
    throw invalidRequest("The time range must not be longer than 24 hours.");
  return { startUnixMs, endUnixMs };
}

function offsetOf(body: JsonObject): number {
  const token = member(body, "NextToken", "string") ?? "";
  if (token === "") return 0;
  const [offset] = /^\d{1,9}$/.exec(Buffer.from(token, "base64url").toString("utf8")) ?? [];
  if (offset === undefined) throw invalidRequest("Invalid NextToken");
  return Number(offset);
}

const post = { method: "POST", status: 200 } as const;

const put: Operation = {
  name: "PutTraceSegments",
  ...post,
  path: "/TraceSegments",
  // What is traced is not audited.
  recorded: () => ({}),
  async run({ body, accountId, application }) {
    const documents = texts(body, "TraceSegmentDocuments", DOCUMENTS_MAX);
    return { UnprocessedTraceSegments: await application.traces.put(accountId, documents) };
  },
};

const batchGet: Operation = {
  name: "BatchGetTraces",
  ...post,
  path: "/Traces",
  isReadOnly: true,
  async run({ body, accountId, application }) {
    const ids = idsOf(body);
    const { traces, incompleteIds } = await application.traces.traces(accountId, ids);
    const found = new Set(traces.map(({ Id }) => Id));
    const isUnprocessed = (id: string) => !found.has(id) || incompleteIds.includes(id);
    return { Traces: traces, UnprocessedTraceIds: ids.filter(isUnprocessed) };
  },
};

const summaries: Operation = {
  name: "GetTraceSummaries",
  ...post,
  path: "/TraceSummaries",
  isReadOnly: true,
  async run(request) {
    const { body, accountId, application } = request;
    const range = rangeOf(request);
    const page = await application.traces.summaries(accountId, {
      ...range,
      by: (member(body, "TimeRangeType", "string") ?? "TraceId") === "TraceId" ? "TraceId" : "Event",
      filter: member(body, "FilterExpression", "string") ?? "",
      offset: offsetOf(body),
    });
    return {
      TraceSummaries: page.summaries,
      ApproximateTime: range.startUnixMs / 1_000,
      TracesProcessedCount: page.processed,
      ...(page.nextOffset === undefined
        ? {}
        : { NextToken: Buffer.from(String(page.nextOffset)).toString("base64url") }),
    };
  },
};

const serviceGraph: Operation = {
  name: "GetServiceGraph",
  ...post,
  path: "/ServiceGraph",
  isReadOnly: true,
  async run(request) {
    const range = rangeOf(request);
    return {
      StartTime: range.startUnixMs / 1_000,
      EndTime: range.endUnixMs / 1_000,
      Services: await request.application.traces.graph(request.accountId, range),
      ContainsOldGroupVersions: false,
    };
  },
};

const traceGraph: Operation = {
  name: "GetTraceGraph",
  ...post,
  path: "/TraceGraph",
  isReadOnly: true,
  async run({ body, accountId, application }) {
    return { Services: await application.traces.graph(accountId, { ids: idsOf(body) }) };
  },
};

/** traceOperations are the operations of traces. */
export const traceOperations: readonly Operation[] = [put, batchGet, summaries, serviceGraph, traceGraph];
