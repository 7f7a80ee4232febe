import type { LogQueryView } from "../../logs-port.ts";
import type { Intent } from "../../protocol/endpoint.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { logsError, violates } from "./errors.ts";
import { getLogRecord } from "./get-log-record.ts";
import {
  arnOfGroup,
  INTEGER,
  type Input,
  identifiedGroup,
  inputOf,
  numberOf,
  STRING,
  STRINGS,
  textOf,
} from "./inputs.ts";

const GROUPS_MAX = 50;
const ROWS_MAX = 10_000;
const PAGE_MAX = 1_000;
/** Times of queries are seconds; what would be a time after the year 5000 is milliseconds, which AWS accepts too. */
const SECONDS_MAX = 100_000_000_000;
const LANGUAGE = "CWLI";

const msOf = (input: Input, name: string): number => {
  const time = numberOf(input, name);
  if (time < 0) throw violates(time, name, "Member must have value greater than or equal to 0");
  return time < SECONDS_MAX ? time * 1_000 : time;
};

/** The end of a query is inclusive, to the end of its second. */
const endOf = (input: Input): number =>
  msOf(input, "endTime") + (numberOf(input, "endTime") < SECONDS_MAX ? 1_000 : 1);

/** groupsOf are the groups that a request names in one of three ways. */
function groupsOf(request: Pick<JsonRequest, "input" | "caller">): readonly string[] {
  const { input } = request;
  const identifiers = input.logGroupIdentifiers as readonly string[] | undefined;
  const given = [
    input.logGroupName === undefined ? undefined : [textOf(input, "logGroupName")],
    input.logGroupNames as readonly string[] | undefined,
    identifiers?.map((identifier) => identifiedGroup(request, identifier)),
  ].filter((groups) => groups !== undefined);
  const [groups = []] = given;
  if (given.length > 1)
    throw logsError(
      "InvalidParameterException",
      "Only one of logGroupName, logGroupNames and logGroupIdentifiers can be given.",
    );
  if (groups.length === 0)
    throw logsError("InvalidParameterException", "A query needs at least one log group.");
  if (groups.length > GROUPS_MAX)
    throw violates(groups, "logGroupNames", `Member must have length less than or equal to ${GROUPS_MAX}`);
  return [...new Set(groups)];
}

/** What a policy must allow besides the action on the first group: that on each of the others. */
const onOthers = (action: string, arns: readonly string[]): Intent | undefined => {
  const [resource, ...others] = arns;
  return resource === undefined ? undefined : { action, resource, and: onOthers(action, others) };
};

/** onGroups is what a policy must allow of an operation that reads several groups. */
export const onGroups = (
  name: string,
  groupsOfRequest: (request: JsonRequest) => readonly string[],
): Pick<JsonOperation, "resource" | "alsoNeeds"> => {
  const arnsOf = (request: JsonRequest) =>
    groupsOfRequest(request).map((group) => `${arnOfGroup(request, group)}:*`);
  return {
    resource: (request) => arnsOf(request)[0] as string,
    alsoNeeds: (request) => onOthers(`logs:${name}`, arnsOf(request).slice(1)),
  };
};

const start: JsonOperation = {
  name: "StartQuery",
  isReadOnly: true,
  input: inputOf(
    {
      queryLanguage: STRING,
      logGroupName: STRING,
      logGroupNames: STRINGS,
      logGroupIdentifiers: STRINGS,
      startTime: INTEGER,
      endTime: INTEGER,
      queryString: STRING,
      limit: INTEGER,
    },
    ["startTime", "endTime", "queryString"],
  ),
  ...onGroups("StartQuery", groupsOf),
  async run(request) {
    const { input, application, caller } = request;
    const language = textOf(input, "queryLanguage") || LANGUAGE;
    if (language !== LANGUAGE)
      throw violates(language, "queryLanguage", `Member must satisfy enum value set: [${LANGUAGE}]`);
    const limit = numberOf(input, "limit");
    if (limit < 0 || limit > ROWS_MAX)
      throw violates(limit, "limit", `Member must have value less than or equal to ${ROWS_MAX}`);
    const [startUnixMs, endUnixMs] = [msOf(input, "startTime"), endOf(input)];
    if (startUnixMs >= endUnixMs)
      throw logsError("InvalidParameterException", "endTime must not be before startTime.");
    const started = await application.logs.startQuery(caller.accountId, {
      groups: groupsOf(request),
      text: textOf(input, "queryString"),
      startUnixMs,
      endUnixMs,
      limit,
    });
    if ("id" in started) return { queryId: started.id };
    const { message, start: startCharOffset, end: endCharOffset } = started.malformed;
    throw logsError("MalformedQueryException", message, {
      queryCompileError: { message, location: { startCharOffset, endCharOffset } },
    });
  },
};

/** Queries belong to an account, and not to the group that they read. */
const anywhere = ({ region, caller }: JsonRequest): string =>
  `arn:aws:logs:${region}:${caller.accountId}:log-group:*`;

const invalidToken = () => logsError("InvalidParameterException", "The specified nextToken is invalid.");

/** Rows of a page, and the token of the next: how many rows came before it. */
function pageOf<T>(rows: readonly T[], input: Input, most: number) {
  const token = textOf(input, "nextToken");
  const from = token === "" ? 0 : Number(token);
  if (!/^\d*$/.test(token) || from > rows.length) throw invalidToken();
  const to = from + most;
  return { page: rows.slice(from, to), ...(to < rows.length ? { nextToken: String(to) } : {}) };
}

const results: JsonOperation = {
  name: "GetQueryResults",
  isReadOnly: true,
  input: inputOf({ queryId: STRING, nextToken: STRING, maxItems: INTEGER }, ["queryId"]),
  resource: anywhere,
  async run({ input, application, caller }) {
    const { query, rows } = await application.logs.query(caller.accountId, textOf(input, "queryId"));
    const most = (input.maxItems as number | undefined) ?? ROWS_MAX;
    if (most < 1 || most > ROWS_MAX)
      throw violates(most, "maxItems", `Member must have value from 1 to ${ROWS_MAX}`);
    const { page, ...more } = pageOf(rows, input, most);
    return {
      queryLanguage: LANGUAGE,
      results: page,
      statistics: {
        recordsMatched: query.recordsMatched,
        recordsScanned: query.recordsScanned,
        estimatedRecordsSkipped: query.recordsSkipped,
        bytesScanned: query.bytesScanned,
        estimatedBytesSkipped: 0,
        logGroupsScanned: query.groups.length,
      },
      status: query.status,
      ...more,
    };
  },
};

const stop: JsonOperation = {
  name: "StopQuery",
  isReadOnly: true,
  input: inputOf({ queryId: STRING }, ["queryId"]),
  resource: anywhere,
  run: async ({ input, application, caller }) => ({
    success: await application.logs.stopQuery(caller.accountId, textOf(input, "queryId")),
  }),
};

/** AWS shows the groups and the time of a query before its text. */
const shown = ({ id, groups, text, startUnixMs, endUnixMs, createdUnixMs, status }: LogQueryView) => ({
  queryLanguage: LANGUAGE,
  queryId: id,
  queryString: `${groups.map((group) => `SOURCE "${group}"`).join(" ")} START=${startUnixMs} END=${endUnixMs - 1} | ${text}`,
  status,
  createTime: createdUnixMs,
  ...(groups.length === 1 ? { logGroupName: groups[0] } : {}),
});

const list: JsonOperation = {
  name: "DescribeQueries",
  isReadOnly: true,
  input: inputOf({
    logGroupName: STRING,
    status: STRING,
    maxResults: INTEGER,
    nextToken: STRING,
    queryLanguage: STRING,
  }),
  resource: anywhere,
  async run({ input, application, caller }) {
    const most = (input.maxResults as number | undefined) ?? PAGE_MAX;
    if (most < 1 || most > PAGE_MAX)
      throw violates(most, "maxResults", `Member must have value from 1 to ${PAGE_MAX}`);
    const [group, status] = [textOf(input, "logGroupName"), textOf(input, "status")];
    const language = textOf(input, "queryLanguage") || LANGUAGE;
    const found = (await application.logs.queries(caller.accountId)).filter(
      (query) =>
        (group === "" || query.groups.includes(group)) &&
        (status === "" || query.status === status) &&
        language === LANGUAGE,
    );
    const { page, ...more } = pageOf(found, input, most);
    return { queries: page.map(shown), ...more };
  },
};

/** queryOperations are the operations of Logs Insights. */
export const queryOperations: readonly JsonOperation[] = [start, results, stop, list, getLogRecord];
