import type { SampledRequest } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape } from "../../protocol/json/shape.ts";
import { invalidParameter } from "./errors.ts";
import { checkScope, found, type JsonMembers } from "./noun.ts";
import { webAcl } from "./rules.ts";

const STRING: Shape = { type: "string" };
const TIME: Shape = { type: "timestamp" };

/** AWS keeps samples for three hours, and returns 500 at most (AWS: WAFV2 API reference, GetSampledRequests). */
const KEPT_MS = 3 * 60 * 60 * 1000;
const ITEMS_MAX = 500;

interface TimeWindow {
  readonly StartTime: Date;
  readonly EndTime: Date;
}

/** A time that begins earlier than what is kept is cut to it. */
function windowOf({ input }: JsonRequest): { readonly startUnixMs: number; readonly endUnixMs: number } {
  const { StartTime, EndTime } = input.TimeWindow as TimeWindow;
  const startUnixMs = Math.max(StartTime.getTime(), Date.now() - KEPT_MS);
  const endUnixMs = EndTime.getTime();
  // A number that is no time is NaN here.
  if (!(endUnixMs >= startUnixMs))
    throw invalidParameter({
      reason: "The time window must end after it begins, and within the last three hours.",
      field: "TIME_WINDOW",
      parameter: String(EndTime.getTime() / 1000),
    });
  return { startUnixMs, endUnixMs };
}

function limitOf({ input }: JsonRequest): number {
  const limit = input.MaxItems as number;
  if (limit < 1 || limit > ITEMS_MAX)
    throw invalidParameter({
      reason: `The number of items must be 1 to ${ITEMS_MAX}.`,
      field: "ENTITY_LIMIT",
      parameter: String(limit),
    });
  return limit;
}

const seconds = (unixMs: number) => unixMs / 1000;
const shownHeaders = (headers: SampledRequest["headers"]) =>
  headers.map(([Name, Value]) => ({ Name, Value }));

const shown = (sample: SampledRequest): JsonMembers => ({
  Request: {
    ClientIP: sample.clientIp,
    URI: sample.uri,
    Method: sample.method,
    HTTPVersion: sample.httpVersion,
    Headers: shownHeaders(sample.headers),
  },
  Weight: Math.max(1, Math.round(sample.weight)),
  Timestamp: seconds(sample.unixMs),
  Action: sample.action,
  ...(sample.ruleNameInGroup === undefined ? {} : { RuleNameWithinRuleGroup: sample.ruleNameInGroup }),
  ...(sample.insertedHeaders.length > 0
    ? { RequestHeadersInserted: shownHeaders(sample.insertedHeaders) }
    : {}),
  ...(sample.responseCode === undefined ? {} : { ResponseCodeSent: sample.responseCode }),
  ...(sample.labels.length > 0 ? { Labels: sample.labels.map((Name) => ({ Name })) } : {}),
});

/** getSampledRequests shows some of the requests that a web ACL inspected. */
export const getSampledRequests: JsonOperation = {
  name: "GetSampledRequests",
  input: {
    type: "structure",
    members: {
      WebAclArn: STRING,
      RuleMetricName: STRING,
      Scope: STRING,
      TimeWindow: {
        type: "structure",
        members: { StartTime: TIME, EndTime: TIME },
        required: ["StartTime", "EndTime"],
      },
      MaxItems: { type: "integer" },
    },
    required: ["WebAclArn", "RuleMetricName", "Scope", "TimeWindow", "MaxItems"],
  },
  isReadOnly: true,
  resource: ({ input }) => String(input.WebAclArn),
  run: async (request) => {
    checkScope(request);
    const { input, application, caller } = request;
    const limit = limitOf(request);
    const { startUnixMs, endUnixMs } = windowOf(request);
    const account = application.account(caller.accountId);
    found(webAcl, { ...request, input: { ARN: input.WebAclArn } }, account);
    const { samples, population } = await application.sampledRequests({
      webAclArn: String(input.WebAclArn),
      metricName: String(input.RuleMetricName),
      startUnixMs,
      endUnixMs,
      limit,
    });
    return {
      SampledRequests: samples.map(shown),
      PopulationSize: population,
      TimeWindow: { StartTime: seconds(startUnixMs), EndTime: seconds(endUnixMs) },
    };
  },
};
