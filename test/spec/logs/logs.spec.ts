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

it("the AWS CLI reads a group", async () => {
  const program = join(await awsCli(), "aws");
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
    AWS_DEFAULT_REGION: "us-east-1",
  };
  const { stdout } = await run(
    program,
    [
      "logs",
      "filter-log-events",
      "--log-group-name",
      "/my/functions",
      "--endpoint-url",
      gateway.controlUrl,
      "--output",
      "text",
    ],
    { env },
  );
  expect(stdout).toContain("event 4");
});
