import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../../kit/cache.ts";
import { tollgate } from "../../kit/cli.ts";
import { awsCli } from "../../kit/python.ts";
import { mock } from "../../kit/rest-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const apigateway = useBoto(gateway);
const logs = () => apigateway.as("logs");

const FORMAT = '{"id":"$context.requestId","status":"$context.status","path":"$context.path"}';
const group = (name: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${name}`;
const SECRETS = { headers: { Authorization: "Bearer planted-token-123456", Cookie: "sid=planted-cookie-1" } };
const WAIT = { timeout: 90_000, interval: 50 };

/** The messages of a group, once there are as many. */
const messagesOf = (logGroupName: string, count: number, more: object = {}): Promise<string[]> =>
  vi.waitFor(async () => {
    const { events } = await logs().call("filter_log_events", { logGroupName, ...more });
    expect(events.length).toBeGreaterThanOrEqual(count);
    return events.map(({ message }: { message: string }) => message);
  }, WAIT);

describe("what calls leave behind", () => {
  let api = "";
  beforeAll(async () => {
    const cloudwatchRoleArn = "arn:aws:iam::000000000000:role/logs";
    await gateway.apply([{ kind: "Account", id: "account", spec: { cloudwatchRoleArn } }]);
    api = await gateway.deploy(
      {
        "GET /fine": mock("fine"),
        "GET /broken": { integration: { type: "MOCK", requestTemplates: { "application/json": "none" } } },
      },
      {
        stage: {
          accessLogSettings: { destinationArn: group("/calls/of-pets"), format: FORMAT },
          methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } },
        },
      },
    );
    await gateway.invoke(api, "/fine", SECRETS);
    await gateway.invoke(api, "/broken", SECRETS);
  });

  it("is a line of the access log each", async () => {
    const lines = (await messagesOf("/calls/of-pets", 2)).map(
      (line) => JSON.parse(line) as Record<string, string>,
    );
    expect(lines.map(({ path, status }) => [path, status])).toEqual(
      expect.arrayContaining([
        ["/prod/fine", "200"],
        ["/prod/broken", "500"],
      ]),
    );
    const failed = await messagesOf("/calls/of-pets", 1, { filterPattern: '{ $.status = "5*" }' });
    expect(failed.every((line) => line.includes("/prod/broken"))).toBe(true);
  });

  it("are the steps of the execution log, without secrets", async () => {
    const lines = await messagesOf(`API-Gateway-Execution-Logs_${api}/prod`, 20);
    expect(
      lines.filter((line) => /^\([0-9a-f-]{36}\) Starting execution for request: /.test(line)),
    ).toHaveLength(2);
    expect(lines.some((line) => line.includes("Method request headers: {"))).toBe(true);
    expect(lines.join("\n")).not.toContain("planted");
  });

  it("are shown by tollgate logs", async () => {
    await messagesOf("/calls/of-pets", 2);
    await messagesOf(`API-Gateway-Execution-Logs_${api}/prod`, 1, { filterPattern: '"Execution failed"' });
    const filtered = ["logs", api, "--stage", "prod", "--filter", '{ $.status = "5*" }'];
    const access = await tollgate(filtered, gateway.cliEnv);
    expect(access.stdout, access.stderr).toMatch(
      /^\S+Z \{"id":"[0-9a-f-]{36}","status":"500","path":"\/prod\/broken"\}\n$/,
    );
    const execution = await tollgate(["logs", api, "--stage", "prod", "--execution"], gateway.cliEnv);
    expect(execution.stdout).toContain("Execution failed due to configuration error");
    const missing = await tollgate(["logs", api, "--stage", "nothing"], gateway.cliEnv);
    expect([missing.exitCode, missing.stderr]).toEqual([
      1,
      expect.stringContaining("has no stage 'nothing'"),
    ]);
    const quiet = await tollgate(["logs", "tollgate01", "--stage", "dev", "--execution"], gateway.cliEnv);
    expect([quiet.exitCode, quiet.stderr]).toEqual([
      1,
      expect.stringContaining("execution logs begin with the first call where the stage's loggingLevel is"),
    ]);
  });
});

describe("log groups by boto3", () => {
  const logGroupName = "/my/functions";

  it("are created, described, changed and deleted", async () => {
    await logs().call("create_log_group", { logGroupName, tags: { team: "pets" } });
    expect(await logs().refused("create_log_group", { logGroupName })).toMatchObject({
      code: "ResourceAlreadyExistsException",
      message: "The specified log group already exists",
    });
    await logs().call("put_retention_policy", { logGroupName, retentionInDays: 7 });
    expect(await logs().refused("put_retention_policy", { logGroupName, retentionInDays: 8 })).toMatchObject({
      code: "InvalidParameterException",
    });
    const { logGroups } = await logs().call("describe_log_groups", { logGroupNamePrefix: "/my/" });
    expect(logGroups).toMatchObject([
      { logGroupName, retentionInDays: 7, arn: `${group(logGroupName)}:*`, logGroupArn: group(logGroupName) },
    ]);
    await logs().call("tag_resource", { resourceArn: group(logGroupName), tags: { stage: "test" } });
    await logs().call("untag_resource", { resourceArn: group(logGroupName), tagKeys: ["team"] });
    expect((await logs().call("list_tags_for_resource", { resourceArn: group(logGroupName) })).tags).toEqual({
      stage: "test",
    });
    await logs().call("delete_retention_policy", { logGroupName });
    await logs().call("delete_log_group", { logGroupName });
    expect(await logs().refused("delete_log_group", { logGroupName })).toMatchObject({
      code: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
  });

  it("have events page by page, in both directions", async () => {
    await logs().call("create_log_group", { logGroupName });
    const logStreamName = "a";
    await logs().call("create_log_stream", { logGroupName, logStreamName });
    const now = Date.now();
    const logEvents = Array.from({ length: 5 }, (_, i) => ({
      timestamp: now - 100 + i,
      message: `event ${i}`,
    }));
    const put = await logs().call("put_log_events", { logGroupName, logStreamName, logEvents });
    expect(put).not.toHaveProperty("rejectedLogEventsInfo");
    const of = { logGroupName, logStreamName, limit: 2 };
    const first = await logs().call("get_log_events", { ...of, startFromHead: true });
    expect(first.events.map(({ message }: { message: string }) => message)).toEqual(["event 0", "event 1"]);
    const second = await logs().call("get_log_events", {
      ...of,
      startFromHead: true,
      nextToken: first.nextForwardToken,
    });
    expect(second.events.map(({ message }: { message: string }) => message)).toEqual(["event 2", "event 3"]);
    const newest = await logs().call("get_log_events", of);
    expect(newest.events.map(({ message }: { message: string }) => message)).toEqual(["event 3", "event 4"]);
    const end = await logs().call("get_log_events", { ...of, nextToken: newest.nextForwardToken });
    expect([end.events, end.nextForwardToken]).toEqual([[], newest.nextForwardToken]);
    const pages = await logs().pages("filter_log_events", 2, { logGroupName, filterPattern: "event -3" });
    expect(pages.flatMap(({ events }) => events.map(({ message }: { message: string }) => message))).toEqual([
      "event 0",
      "event 1",
      "event 2",
      "event 4",
    ]);
    expect((await logs().call("describe_log_streams", { logGroupName })).logStreams).toMatchObject([
      { logStreamName, firstEventTimestamp: now - 100, lastEventTimestamp: now - 96 },
    ]);
    expect(
      await logs().refused("filter_log_events", { logGroupName, filterPattern: "{ $.a = " }),
    ).toMatchObject({
      code: "InvalidParameterException",
      message: expect.stringContaining("Invalid filter pattern: "),
    });
  });
});

describe("queries of Logs Insights", () => {
  const logGroupName = "/my/calls";
  const now = Date.now();
  const range = { startTime: Math.floor(now / 1000) - 60, endTime: Math.ceil(now / 1000) + 60 };
  beforeAll(async () => {
    await logs().call("create_log_group", { logGroupName });
    await logs().call("create_log_stream", { logGroupName, logStreamName: "s" });
    const logEvents = [200, 200, 404, 500].map((status, i) => ({
      timestamp: now + i,
      message: JSON.stringify({ status, path: `/pets/${i}` }),
    }));
    await logs().call("put_log_events", { logGroupName, logStreamName: "s", logEvents });
  });

  /** The result of a query, once it is complete. */
  const resultOf = (queryId: string) =>
    vi.waitFor(async () => {
      const result = await logs().call("get_query_results", { queryId });
      expect(result.status).toBe("Complete");
      return result;
    }, WAIT);

  it("have rows and statistics", async () => {
    const queryString = "filter status >= 400 | stats count(*) as calls by status | sort status desc";
    const { queryId } = await logs().call("start_query", { logGroupName, queryString, ...range });
    expect(await resultOf(queryId)).toMatchObject({
      queryLanguage: "CWLI",
      results: [
        [
          { field: "status", value: "500" },
          { field: "calls", value: "1" },
        ],
        [
          { field: "status", value: "404" },
          { field: "calls", value: "1" },
        ],
      ],
      statistics: {
        recordsMatched: 2,
        recordsScanned: 4,
        bytesScanned: 4 * '{"status":200,"path":"/pets/0"}'.length,
      },
    });
    const { queries } = await logs().call("describe_queries", { logGroupName, status: "Complete" });
    expect(queries).toMatchObject([
      {
        queryId,
        status: "Complete",
        queryString: expect.stringMatching(/^SOURCE "\/my\/calls" START=\d+000 END=\d+999 \| filter/),
      },
    ]);
    expect(await logs().call("stop_query", { queryId })).toMatchObject({ success: false });
  });

  it("show events, the newest first", async () => {
    const logGroupIdentifiers = [group(logGroupName)];
    const { queryId } = await logs().call("start_query", {
      logGroupIdentifiers,
      queryString: "limit 1",
      ...range,
    });
    expect((await resultOf(queryId)).results).toEqual([
      [
        { field: "@timestamp", value: new Date(now + 3).toISOString().replace("T", " ").replace("Z", "") },
        { field: "@message", value: '{"status":500,"path":"/pets/3"}' },
        { field: "@ptr", value: expect.stringMatching(/^[\w-]+$/) },
      ],
    ]);
  });

  it.each([
    ["fields a |", "MalformedQueryException", "a command ("],
    [
      "limit 1",
      "ResourceNotFoundException",
      "Log group '/not/there' does not exist for account ID '000000000000'",
    ],
  ])("%j is refused with %s", async (queryString, code, message) => {
    const name = code === "MalformedQueryException" ? logGroupName : "/not/there";
    expect(await logs().refused("start_query", { logGroupName: name, queryString, ...range })).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it("that are not there are refused", async () => {
    expect(await logs().refused("get_query_results", { queryId: "none" })).toMatchObject({
      code: "ResourceNotFoundException",
    });
  });
});

it("a live tail of boto3 has what is stored meanwhile", async () => {
  const [logGroupName, logStreamName] = ["/my/tailed", "s"];
  await logs().call("create_log_group", { logGroupName });
  await logs().call("create_log_stream", { logGroupName, logStreamName });
  const { responseStream: stream } = await logs().call("start_live_tail", {
    logGroupIdentifiers: [group(logGroupName)],
    logEventFilterPattern: "wanted",
  });
  const next = () => logs().call("next_event", { stream });
  expect(await next()).toMatchObject({
    sessionStart: { logGroupIdentifiers: [group(logGroupName)], logEventFilterPattern: "wanted" },
  });
  const timestamp = Date.now();
  const logEvents = ["wanted", "other"].map((message) => ({ timestamp, message }));
  await logs().call("put_log_events", { logGroupName, logStreamName, logEvents });
  const found = await vi.waitFor(async () => {
    const { sessionUpdate } = await next();
    expect(sessionUpdate.sessionResults).not.toEqual([]);
    return sessionUpdate;
  }, WAIT);
  expect(found).toMatchObject({
    sessionMetadata: { sampled: false },
    sessionResults: [
      { message: "wanted", logStreamName, logGroupIdentifier: `000000000000:${logGroupName}`, timestamp },
    ],
  });
  await logs().call("leave_stream", { stream });
  const missing = { logGroupIdentifiers: [group("/not/there")] };
  expect(await logs().refused("start_live_tail", missing)).toMatchObject({
    code: "ResourceNotFoundException",
  });
});

describe("the AWS CLI", () => {
  const aws = async (...args: readonly string[]): Promise<string> => {
    const env = {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
      AWS_DEFAULT_REGION: "us-east-1",
    };
    const common = ["--endpoint-url", gateway.controlUrl, "--output", "text"];
    return (await run(join(await awsCli(), "aws"), ["logs", ...args, ...common], { env })).stdout;
  };

  it("reads a group", async () => {
    expect(await aws("filter-log-events", "--log-group-name", "/my/functions")).toContain("event 4");
  });

  it("queries a group", async () => {
    const [from, to] = [Math.floor(Date.now() / 1000) - 600, Math.ceil(Date.now() / 1000) + 60].map(
      String,
    ) as [string, string];
    const text = "parse 'event *' as n | stats sum(n) as total";
    const times = ["--start-time", from, "--end-time", to];
    const id = await aws(
      "start-query",
      "--log-group-name",
      "/my/functions",
      ...times,
      "--query-string",
      text,
      "--query",
      "queryId",
    );
    await vi.waitFor(async () => {
      expect(await aws("get-query-results", "--query-id", id.trim(), "--query", "results[0][0].value")).toBe(
        "10\n",
      );
    }, WAIT);
  });
});
