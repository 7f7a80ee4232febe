import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ACCESS_LOG_VARIABLES, type LoggedProtocol } from "@tollgate/config";
import type { Call } from "../call/call.ts";
import { nullPorts } from "../engine/ports.ts";
import {
  callOf,
  FUNCTION_URI,
  httpRoute,
  lambda,
  restRoute,
  type TestedRequest,
  type Upstream,
  WebSocketRunner,
} from "../kit/index.ts";
import { contextReader } from "../values/context-variables.ts";
import { compileLogFormat } from "./access-log.ts";
import { type LogGroup, type LogSink, noLogs } from "./log-sink.ts";

/** A sink that keeps what it is given. */
function kept() {
  const events: { group: LogGroup; unixMs: number; message: string }[] = [];
  const logs: LogSink = {
    open: (group) => (unixMs, message) => void events.push({ group, unixMs, message }),
  };
  return { events, logs };
}

const namesOf = (protocol: LoggedProtocol, more: readonly string[] = []): readonly string[] =>
  [
    ...[...ACCESS_LOG_VARIABLES].flatMap(([name, of]) => (of.includes(protocol) ? [name] : [])),
    ...more,
  ].sort();
const formatOf = (names: readonly string[]) => names.map((name) => `$context.${name}`).join("|");
/** What changes from run to run. */
const CHANGING: readonly (readonly [RegExp, RegExp, string])[] = [
  [/(requestId|extendedRequestId|messageId)$/, /^([0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{15}=)$/, "(id)"],
  [/[lL]atency$/, /^\d+$/, "(ms)"],
  [/^xrayTraceId$/, /^1-[0-9a-f]{8}-[0-9a-f]{24}$/, "(trace)"],
];

/** The values of a line; what is missing is left out, so that what is there can be read. */
function valuesOf(names: readonly string[], line = ""): Record<string, string> {
  const values = line.split("|");
  const pairs = names.map((name, i) => {
    const value = values[i] ?? "";
    const changing = CHANGING.find(([names, pattern]) => names.test(name) && pattern.test(value));
    return [name, changing ? changing[2] : value] as const;
  });
  expect(values).toHaveLength(names.length);
  return Object.fromEntries(pairs.filter(([, value]) => value !== "-"));
}

/** The page of a protocol's variables: what a call that went well has, and one that failed. vitest --update writes it. */
async function expectPage(
  protocol: LoggedProtocol,
  well: Readonly<Record<string, string>>,
  failed: Readonly<Record<string, string>>,
): Promise<void> {
  const shown = (value = "-") => `\`${value.replaceAll("|", "\\|")}\``;
  const rows = namesOf(protocol).map(
    (name) => `| \`${name}\` | ${shown(well[name])} | ${shown(failed[name])} |`,
  );
  const lines = [
    `# Variables of access logs of ${protocol} APIs`,
    "",
    "[What they are](../log-variables.md).",
    "",
    "| variable | of a call that went well | of one that failed |",
    "|---|---|---|",
    ...rows,
    "",
  ];
  const page = new URL(`../../../docs/log-variables/${protocol.toLowerCase()}.md`, import.meta.url);
  await expect(lines.join("\n")).toMatchFileSnapshot(fileURLToPath(page));
}

const ALLOWED = {
  principalId: "ada",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: "*" }],
  },
  context: { room: "blue", age: 7, accessToken: "planted-token-654321" },
};
/** A function, and an authorizer in front of it. */
const functions =
  (respond: () => unknown): Upstream =>
  (request) => {
    const called = lambda((event: { type?: string }) => (event.type ? ALLOWED : respond()))(request);
    return typeof called === "string"
      ? called
      : { ...called, headers: { ...called.headers, "x-amzn-RequestId": "lambda-1", "x-amz-id-2": "second" } };
  };
const keys = {
  directory: {
    ...nullPorts.directory,
    apiKey: () => ({ id: "key1", enabled: true, usagePlanIds: ["p"], quotaGrants: {} }),
  },
  usagePlan: (accountId: string) => ({
    accountId,
    id: "p",
    apiStages: [{ apiId: "api123", stage: "test", throttle: {} }],
    throttle: undefined,
    quota: undefined,
  }),
};
const REQUEST: TestedRequest = {
  method: "POST",
  path: "/pets/7",
  headers: {
    Authorization: "token-secret",
    "X-Api-Key": "planted-key-123456",
    "User-Agent": "spec",
    Cookie: "c=planted",
  },
  body: "hello",
};

async function restLine(
  format: string,
  {
    request = REQUEST,
    respond = (): unknown => ({ statusCode: 201, body: "made" }),
    stage = {},
    method = {},
  } = {},
) {
  const { events, logs } = kept();
  const integration = { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI };
  const authorizer = {
    name: "who",
    type: "TOKEN",
    authorizerUri: FUNCTION_URI,
    identitySource: "method.request.header.Authorization",
  };
  await callOf(
    restRoute(
      "POST /pets/{id}",
      { integration, authorizationType: "CUSTOM", authorizerId: "who", apiKeyRequired: true, ...method },
      {
        definitions: { Authorizer: { who: authorizer } },
        stage: { tracingEnabled: true, accessLogSettings: { format }, ...stage },
      },
    ),
    request,
    { upstream: functions(respond), ports: { ...keys, logs } },
  );
  return events[0];
}

describe("the access log of a REST API", () => {
  const names = namesOf("REST", [
    "authorizer.room",
    "authorizer.age",
    "authorizer.claims",
    "authorizer.nothing",
  ]);
  const format = formatOf(names);

  it("shows the end only of what an authorizer returns under the name of a secret", async () => {
    const line = await restLine("$context.authorizer.accessToken $context.authorizer.room");
    expect(line?.message).toBe(`${"*".repeat(20)}654321 blue`);
  });

  it("has every variable of a call that went well", async () => {
    expect(valuesOf(names, (await restLine(format))?.message)).toEqual({
      accountId: "000000000000",
      apiId: "api123",
      "authorize.latency": "(ms)",
      "authorize.status": "200",
      "authorizer.age": "7",
      "authorizer.integrationLatency": "(ms)",
      "authorizer.integrationStatus": "200",
      "authorizer.latency": "(ms)",
      "authorizer.principalId": "ada",
      "authorizer.requestId": "lambda-1",
      "authorizer.room": "blue",
      "authorizer.status": "200",
      awsEndpointRequestId: "lambda-1",
      awsEndpointRequestId2: "second",
      deploymentId: "deployment1",
      domainName: "api123.execute-api.example",
      domainPrefix: "api123",
      endpointType: "REGIONAL",
      extendedRequestId: "(id)",
      httpMethod: "POST",
      "identity.apiKey": "******************************123456",
      "identity.apiKeyId": "key1",
      "identity.sourceIp": "192.0.2.1",
      "identity.userAgent": "spec",
      "integration.integrationStatus": "200",
      "integration.latency": "(ms)",
      "integration.requestId": "lambda-1",
      "integration.status": "201",
      integrationLatency: "(ms)",
      integrationStatus: "200",
      path: "/test/pets/7",
      protocol: "HTTP/1.1",
      requestId: "(id)",
      requestTime: "02/Jan/2026:03:04:05 +0000",
      requestTimeEpoch: "1767323045000",
      resourceId: "resource1",
      resourcePath: "/pets/{id}",
      responseLatency: "(ms)",
      responseLength: "4",
      stage: "test",
      status: "201",
      xrayTraceId: "(trace)",
    });
  });

  it("says why a function failed", async () => {
    const line = await restLine(format, {
      respond: () => {
        throw new Error("too much");
      },
    });
    expect(valuesOf(names, line?.message)).toMatchObject({
      "error.message": "Internal server error",
      "error.messageString": '"Internal server error"',
      "error.responseType": "INTEGRATION_FAILURE",
      "integration.error": "too much",
      integrationErrorMessage: "too much",
      "integration.integrationStatus": "200",
      status: "502",
    });
  });

  it("has the variables that the page of them shows", async () => {
    const failing = () => {
      throw new Error("too much");
    };
    const failed = await restLine(format, { respond: failing });
    await expectPage(
      "REST",
      valuesOf(names, (await restLine(format))?.message),
      valuesOf(names, failed?.message),
    );
  });

  it("says that nobody was authorized", async () => {
    const request = { ...REQUEST, headers: { "X-Api-Key": "planted-key-123456" } };
    const values = valuesOf(names, (await restLine(format, { request }))?.message);
    expect(values).toMatchObject({
      "authorizer.error": "Unauthorized",
      "authorizer.status": "401",
      "error.responseType": "UNAUTHORIZED",
      status: "401",
    });
    expect(values).not.toHaveProperty(["integration.status"]);
  });

  it("has a line of a call that no method takes", async () => {
    const values = valuesOf(names, (await restLine(format, { request: { path: "/nothing" } }))?.message);
    expect(values).toMatchObject({ "error.responseType": "MISSING_AUTHENTICATION_TOKEN", status: "403" });
    expect(values).not.toHaveProperty("resourcePath");
  });

  it("shows no secret", async () => {
    const all = formatOf([
      ...namesOf("REST"),
      "identity.Authorization",
      "authorizer.Authorization",
      "authorizer.Cookie",
    ]);
    const line = await restLine(`${all} $input.params('Authorization') $method.request.header.Cookie`);
    expect(line?.message).not.toMatch(/token-secret|planted-key|c=planted/);
  });

  it("is in the group of its destination, at the time of the response", async () => {
    const destinationArn = "arn:aws:logs:us-east-1:000000000000:log-group:/my/calls:*";
    const accessLogSettings = { destinationArn, format: "$context.requestId" };
    const event = await restLine("", { stage: { accessLogSettings } });
    expect(event?.group).toEqual({ accountId: "000000000000", name: "/my/calls" });
    expect(event?.unixMs).toBeGreaterThanOrEqual(1_767_323_045_000);
    expect((await restLine("$context.requestId"))?.group.name).toBe("API-Gateway-Access-Logs_api123/test");
  });

  it("has what templates wrote to the overrides", async () => {
    const { events, logs } = kept();
    const integration = {
      type: "MOCK",
      requestTemplates: {
        "application/json":
          '#set($context.requestOverride.header.X-A = "one")#set($context.responseOverride.status = 202){"statusCode": 200}',
      },
      integrationResponses: { "200": {} },
    };
    const format =
      "$context.requestOverride.header.X-A $context.responseOverride.status $context.requestOverride.path.x $context.requestId";
    await callOf(
      restRoute("GET /a", { integration }, { stage: { accessLogSettings: { format } } }),
      "GET /a",
      {
        ports: { logs },
      },
    );
    expect(events[0]?.message).toMatch(/^one 202 - [0-9a-f-]{36}$/);
  });
});

describe("the access log of an HTTP API", () => {
  const names = namesOf("HTTP", ["authorizer.claims.sub"]);
  const integration = {
    integrationType: "AWS_PROXY",
    integrationUri: FUNCTION_URI,
    payloadFormatVersion: "2.0",
  };

  async function lineOf(respond: () => unknown, path = "/pets/7"): Promise<Record<string, string>> {
    const { events, logs } = kept();
    const stage = { accessLogSettings: { format: formatOf(names) } };
    await callOf(
      httpRoute("POST /pets/{id}", integration, { stage }),
      { method: "POST", path, headers: { "User-Agent": "spec" }, body: "hello" },
      { upstream: functions(respond), ports: { logs } },
    );
    return valuesOf(names, events[0]?.message);
  }

  it("has every variable of a call that went well", async () => {
    expect(await lineOf(() => ({ statusCode: 201, body: "made" }))).toEqual({
      accountId: "000000000000",
      apiId: "api123",
      awsEndpointRequestId: "lambda-1",
      awsEndpointRequestId2: "second",
      dataProcessed: "9",
      domainName: "api123.execute-api.example",
      domainPrefix: "api123",
      extendedRequestId: "(id)",
      httpMethod: "POST",
      "identity.sourceIp": "192.0.2.1",
      "identity.userAgent": "spec",
      "integration.integrationStatus": "200",
      "integration.latency": "(ms)",
      "integration.requestId": "lambda-1",
      "integration.status": "201",
      integrationLatency: "(ms)",
      integrationStatus: "200",
      path: "/pets/7",
      protocol: "HTTP/1.1",
      requestId: "(id)",
      requestTime: "02/Jan/2026:03:04:05 +0000",
      requestTimeEpoch: "1767323045000",
      responseLatency: "(ms)",
      responseLength: "4",
      routeKey: "POST /pets/{id}",
      stage: "$default",
      status: "201",
    });
  });

  it("has the variables that the page of them shows", async () => {
    const failed = await lineOf(() => {
      throw new Error("too much");
    });
    await expectPage("HTTP", await lineOf(() => ({ statusCode: 201, body: "made" })), failed);
  });

  it("has no route of a call that none takes", async () => {
    const values = await lineOf(() => ({}), "/nothing");
    expect(values).toMatchObject({ status: "404", "error.message": "Not Found" });
    expect(values).not.toHaveProperty("routeKey");
  });
});

describe("the access log of a WebSocket API", () => {
  const names = namesOf("WEBSOCKET");

  /** The lines of a connection with one message. */
  async function linesOf(respond: () => unknown): Promise<Record<string, string>[]> {
    const { events, logs } = kept();
    const runner = new WebSocketRunner(
      {
        routes: {
          $connect: {},
          $default: { integration: { integrationType: "AWS_PROXY", integrationUri: FUNCTION_URI } },
          $disconnect: {},
        },
        stage: { accessLogSettings: { format: formatOf(names) } },
      },
      { upstream: functions(respond), ports: { logs } },
    );
    const { send, close } = await runner.connect({ headers: { "User-Agent": "spec" } });
    await send("hello");
    await close({ code: 1000, reason: "" });
    return events.map(({ message }) => valuesOf(names, message));
  }
  const made = () => ({ statusCode: 201, body: "x" });

  it("has the variables that the page of them shows", async () => {
    const failing = () => {
      throw new Error("too much");
    };
    const [well, failed] = [(await linesOf(made))[1], (await linesOf(failing))[1]];
    await expectPage("WEBSOCKET", well ?? {}, failed ?? {});
  });

  it("has a line for each event of a connection", async () => {
    const lines = await linesOf(made);
    expect(lines.map(({ eventType, routeKey }) => [eventType, routeKey])).toEqual([
      ["CONNECT", "$connect"],
      ["MESSAGE", "$default"],
      ["DISCONNECT", "$disconnect"],
    ]);
    expect(lines[1]).toEqual({
      apiId: "api123",
      connectedAt: "1767323045000",
      connectionId: "L0SM9cOFvHcCIhw=",
      domainName: "api123.execute-api.example",
      eventType: "MESSAGE",
      extendedRequestId: "(id)",
      "identity.sourceIp": "192.0.2.1",
      "identity.userAgent": "spec",
      "integration.integrationStatus": "200",
      "integration.latency": "(ms)",
      "integration.requestId": "lambda-1",
      "integration.status": "201",
      integrationLatency: "(ms)",
      integrationStatus: "200",
      messageDirection: "IN",
      messageId: "(id)",
      requestId: "(id)",
      requestTime: "02/Jan/2026:03:04:05 +0000",
      requestTimeEpoch: "1767323045000",
      routeKey: "$default",
      stage: "test",
      status: "200",
    });
  });
});

describe("a format", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a form of AWS's formats
  const BRACED = "${context.requestId}";
  const call = { requestId: "r1", extendedRequestId: "e1", userAgent: 'a"b\r\nc\u2028', status: 200 } as Call;

  it.each([
    ["$context.requestId", "r1"],
    [BRACED, "r1"],
    ["$context.requestId.", "r1."],
    ['{"id":"$context.requestId","none":"$context.error.message"}', '{"id":"r1","none":"-"}'],
    ["$context.requestId $context.nothing $context", "r1 - $context"],
    ["$context.requestId $context.routeKey", "r1 -"],
    ["$context.requestId\n", "r1"],
    ["$context.requestId\t$context.identity.userAgent", 'r1\ta"b\\u000d\\u000ac\u2028'],
    ["<id>$context.requestId</id>", "<id>r1</id>"],
    ["$context.identity.userAgent", 'a"b\\u000d\\u000ac\u2028'],
  ])("%s", (format, line) => {
    expect(compileLogFormat(format, "REST", contextReader)(call)).toBe(line);
  });

  it("costs a route nothing where nobody wants its lines, or there is none", async () => {
    const integration = { type: "MOCK", integrationResponses: { "200": {} } };
    const stage = { accessLogSettings: { format: "$context.requestId" } };
    const silent = await callOf(restRoute("GET /a", { integration }, { stage }), "GET /a", {
      ports: { logs: noLogs },
    });
    expect(silent.call.route?.observers).toEqual([]);
    const { logs } = kept();
    const bare = await callOf(restRoute("GET /a", { integration }), "GET /a", { ports: { logs } });
    expect(bare.call.route?.observers).toEqual([]);
  });
});
