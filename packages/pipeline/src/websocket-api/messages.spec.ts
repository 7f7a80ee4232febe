import { describe, expect, it } from "vitest";
import {
  FUNCTION_URI,
  lambda,
  type WebSocketApiParts,
  type WebSocketOutcome,
  WebSocketRunner,
  type World,
  webSocketProblemsOf,
} from "../kit/index.ts";

const twoWay = {
  routeResponseSelectionExpression: "$default",
  routeResponses: { default: { routeResponseKey: "$default" } },
};
const toFunction = { integrationType: "AWS_PROXY", integrationUri: FUNCTION_URI };
const toUrl = (type: string, more: object = {}) => ({
  integrationType: type,
  integrationUri: "http://chat.example/messages",
  integrationMethod: "POST",
  ...more,
});
const mock = (more: object = {}) => ({
  integrationType: "MOCK",
  templateSelectionExpression: "200",
  requestTemplates: { 200: '{"statusCode":200}' },
  integrationResponses: {
    all: { integrationResponseKey: "$default", responseTemplates: { $default: "hi" } },
  },
  ...more,
});

async function send(parts: WebSocketApiParts, message: string, world?: World): Promise<WebSocketOutcome> {
  const { send: sent } = await new WebSocketRunner(parts, world).connect();
  return sent(message);
}

const frame = (message: string) =>
  new RegExp(`^\\{"message": "${message}", "connectionId":"L0SM9cOFvHcCIhw=", "requestId":"[\\w-]{15}="\\}$`);

describe("a message", () => {
  const named = (text: string) => ({
    ...twoWay,
    integration: mock({
      integrationResponses: {
        all: { integrationResponseKey: "$default", responseTemplates: { $default: text } },
      },
    }),
  });
  const routes = {
    join: named("joined"),
    "a/b": named("both"),
    "[x, y]": named("list"),
    $default: named("other"),
  };

  it.each([
    ["$request.body.action", '{"action":"join"}', "joined"],
    ["$request.body.action", '{"action":"JOIN"}', "other"],
    ["$request.body.action", '{"action":"$connect"}', "other"],
    ["$request.body.action", '{"action":"$default"}', "other"],
    ["$request.body.action", "join", "other"],
    ["$request.body.action", '{"action":["x","y"]}', "list"],
    ["${request.body.x}/${request.body.y}", '{"x":"a","y":"b"}', "both"],
    ["join", "anything", "joined"],
    ["\\$default", "anything", "other"],
  ])("goes by %s: %s -> %s", async (routeSelectionExpression, message, response) => {
    expect((await send({ routes, api: { routeSelectionExpression } }, message)).body).toBe(response);
  });

  it("is not read to find its route where there is one route only", async () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    for (const routeSelectionExpression of [
      "$request.body.action",
      "${request.body.action}/${request.body.b}",
    ])
      expect(
        (await send({ routes: { $default: named("only") }, api: { routeSelectionExpression } }, deep)).body,
      ).toBe("only");
  });

  it("that no route takes is refused", async () => {
    const { status, body } = await send({ routes: { join: named("joined") } }, "{}");
    expect([status, body]).toEqual([403, expect.stringMatching(frame("Forbidden"))]);
  });

  it("goes unanswered on a route without a response", async () => {
    expect((await send({ routes: { $default: { integration: mock() } } }, "x")).body).toBe("");
    expect((await send({ routes: { $default: {} } }, "x")).body).toBe("");
  });

  it("is checked against the model that its route selects", async () => {
    const schema = JSON.stringify({ type: "object", required: ["text"] });
    const parts = {
      routes: {
        $default: {
          ...named("ok"),
          modelSelectionExpression: "$request.body.kind",
          requestModels: { note: "Note" },
        },
      },
      api: { models: { Note: { schema } } },
    };
    expect((await send(parts, '{"kind":"note","text":"x"}')).body).toBe("ok");
    for (const wrong of ['{"kind":"note"}', '{"kind":"other"}', "text"])
      expect((await send(parts, wrong)).body).toMatch(
        /^\{"message": "Bad request body", "connectionId":"L0SM9cOFvHcCIhw=", "messageId":"[\w-]{15}="\}$/,
      );
  });

  it("is throttled by the settings of its route, and not metered then", async () => {
    const settings = { throttlingBurstLimit: 0, throttlingRateLimit: 0 };
    const limiter = { take: () => 1000, use: () => true };
    const parts = { routes, stage: { routeSettings: { $default: settings } } };
    const { status, body, call } = await send(parts, "x", { ports: { limiter } });
    expect([status, body]).toEqual([429, expect.stringMatching(frame("Too Many Requests"))]);
    expect(call.route?.messagesOf?.(call)).toBe(0);
  });

  it.each([
    ["x", 2],
    ["x".repeat(32 * 1024), 2],
    ["x".repeat(32 * 1024 + 1), 3],
    ["x".repeat(128 * 1024), 5],
  ])("and its response are metered in units of 32 KB", async (message, units) => {
    const { call } = await send({ routes }, message);
    expect(call.route?.messagesOf?.(call)).toBe(units);
  });
});

describe("a function behind a route", () => {
  const route = (more: object = {}) => ({ routes: { $default: { integration: toFunction, ...more } } });

  it.each([
    ["the body of its response", lambda(() => ({ statusCode: 200, body: "back" })), "back"],
    ["nothing for an empty body", lambda(() => ({ statusCode: 200 })), ""],
    ["the body whatever the status", lambda(() => ({ statusCode: 501, body: "back" })), "back"],
  ])("sends %s back", async (_what, upstream, body) => {
    expect((await send(route(twoWay), "x", { upstream })).body).toBe(body);
  });

  it.each([
    ["has no status", lambda(() => ({ body: "back" }))],
    ["is no object", lambda(() => "text")],
    [
      "is thrown",
      lambda(() => {
        throw new Error("x");
      }),
    ],
    ["is refused by Lambda", () => ({ status: 403 })],
  ])("fails the message where its response %s, also on a route without response", async (_what, upstream) => {
    expect((await send(route(), "x", { upstream })).body).toMatch(frame("Internal server error"));
  });

  it("that takes too long fails it with a time-out", async () => {
    const { body } = await send(route(), "x", { upstream: () => "timeout" });
    expect(body).toMatch(frame("Endpoint request timed out"));
  });
});

describe("an HTTP integration", () => {
  const upstream = () => ({ status: 201, body: '{"id":7}', headers: { "X-Kind": "new" } });

  it("HTTP_PROXY passes a message on, with what is mapped", async () => {
    const integration = toUrl("HTTP_PROXY", {
      requestParameters: {
        "integration.request.header.X-Connection": "context.connectionId",
        "integration.request.header.X-User": "route.request.body.user",
        "integration.request.querystring.room": "'blue'",
      },
    });
    const { body, sent } = await send(
      { routes: { $default: { integration, ...twoWay } } },
      '{"user":"ada"}',
      {
        upstream,
      },
    );
    expect(body).toBe('{"id":7}');
    expect(sent[0]).toMatchObject({
      method: "POST",
      url: "http://chat.example/messages?room=blue",
      headers: { "x-connection": "L0SM9cOFvHcCIhw=", "x-user": "ada", "content-type": "application/json" },
      body: '{"user":"ada"}',
    });
  });

  it("HTTP maps a message and what comes back", async () => {
    const integration = toUrl("HTTP", {
      templateSelectionExpression: "${request.body.kind}",
      requestTemplates: { note: '{"text":"$input.path(\'$.text\')","by":"$context.connectionId"}' },
      integrationResponses: {
        ok: {
          integrationResponseKey: "/2\\d\\d/",
          templateSelectionExpression: "${integration.response.header.X-Kind}",
          responseTemplates: { new: "made $input.path('$.id')" },
        },
        bad: { integrationResponseKey: "/5\\d\\d/", responseTemplates: { $default: "try later" } },
      },
    });
    const parts = { routes: { $default: { integration, ...twoWay } } };
    const made = await send(parts, '{"kind":"note","text":"hi"}', { upstream });
    expect([made.body, made.sent[0]?.body]).toEqual(["made 7", '{"text":"hi","by":"L0SM9cOFvHcCIhw="}']);
    expect((await send(parts, "{}", { upstream: () => ({ status: 503 }) })).body).toBe("try later");
    expect((await send(parts, "{}", { upstream: () => ({ status: 404 }) })).body).toMatch(
      frame("Internal server error"),
    );
  });

  it("without responses is enough for a route that has none, if it succeeds", async () => {
    const parts = { routes: { $default: { integration: toUrl("HTTP") } } };
    expect((await send(parts, "x", { upstream })).body).toBe("");
    expect((await send(parts, "x", { upstream: () => ({ status: 500 }) })).body).toMatch(
      frame("Internal server error"),
    );
  });

  it("converts base64 to bytes and back", async () => {
    const integration = toUrl("HTTP", {
      contentHandlingStrategy: "CONVERT_TO_BINARY",
      integrationResponses: {
        all: { integrationResponseKey: "$default", contentHandlingStrategy: "CONVERT_TO_TEXT" },
      },
    });
    const bytes = Buffer.from([0, 255, 128]);
    const { body, sent } = await send(
      { routes: { $default: { integration, ...twoWay } } },
      bytes.toString("base64"),
      { upstream: () => ({ body: bytes }) },
    );
    expect(body).toBe(bytes.toString("base64"));
    expect(sent[0]?.request.body).toEqual(bytes);
  });

  it("refuses a message without a template where nothing is passed through", async () => {
    const integration = toUrl("HTTP", { passthroughBehavior: "NEVER" });
    expect((await send({ routes: { $default: { integration } } }, "x")).body).toMatch(
      frame("Unsupported Media Type"),
    );
  });
});

describe("an AWS integration", () => {
  const toService = (uri: string, more: object = {}) => ({
    ...twoWay,
    integration: {
      integrationType: "AWS",
      integrationMethod: "POST",
      integrationUri: `arn:aws:apigateway:us-east-1:${uri}`,
      integrationResponses: { all: { integrationResponseKey: "$default" } },
      ...more,
    },
  });
  const credentials = () => ({
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "secret",
    sessionToken: undefined,
  });

  it.each([
    ["sqs:path/000000000000/queue", "http://sqs.us-east-1.example/000000000000/queue", undefined],
    ["sns:action/Publish", "http://sns.us-east-1.example/?Action=Publish", undefined],
    [
      "kinesis:action/PutRecord",
      "http://kinesis.us-east-1.example/?Action=PutRecord",
      "Kinesis_20131202.PutRecord",
    ],
    [
      "states:action/StartExecution",
      "http://states.us-east-1.example/?Action=StartExecution",
      "AWSStepFunctions.StartExecution",
    ],
    [
      "dynamodb:action/PutItem",
      "http://dynamodb.us-east-1.example/?Action=PutItem",
      "DynamoDB_20120810.PutItem",
    ],
  ])("of %s is sent to it, signed, with what is mapped", async (uri, url, target) => {
    const route = toService(uri, {
      requestTemplates: { $default: '{"by":"$context.connectionId","m":$input.json(\'$.m\')}' },
    });
    const { body, sent } = await send({ routes: { $default: route } }, '{"m":1}', {
      upstream: () => ({ body: '{"ok":true}' }),
      ports: { credentials },
    });
    expect(body).toBe('{"ok":true}');
    expect(sent[0]).toMatchObject({ method: "POST", url, body: '{"by":"L0SM9cOFvHcCIhw=","m":1}' });
    expect(sent[0]?.headers["x-amz-target"]).toBe(target);
    expect(sent[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
  });

  it("of a function chooses the response by its error message", async () => {
    const route = toService(FUNCTION_URI.replace(/^arn:aws:apigateway:us-east-1:/, ""), {
      integrationResponses: {
        ok: { integrationResponseKey: "$default", responseTemplates: { $default: "fine" } },
        bad: { integrationResponseKey: "/.*too much.*/", responseTemplates: { $default: "later" } },
      },
    });
    const parts = { routes: { $default: route } };
    expect((await send(parts, "{}", { upstream: lambda(() => ({ a: 1 })) })).body).toBe("fine");
    const failing = lambda(() => {
      throw new Error("it is too much");
    });
    expect((await send(parts, "{}", { upstream: failing })).body).toBe("later");
  });
});

describe("bytes that are no text", () => {
  const bytes = Buffer.from([0, 255, 128]);
  const upstream = () => ({ body: bytes });
  const all = (more: object = {}) => ({
    integrationResponses: { all: { integrationResponseKey: "$default", ...more } },
  });
  const service = {
    integrationType: "AWS",
    integrationMethod: "GET",
    integrationUri: "arn:aws:apigateway:us-east-1:s3:path/bucket/key",
  };
  it.each([
    ["HTTP_PROXY", toUrl("HTTP_PROXY"), bytes],
    ["HTTP", toUrl("HTTP", all()), bytes],
    [
      "HTTP as text",
      toUrl("HTTP", all({ contentHandlingStrategy: "CONVERT_TO_TEXT" })),
      bytes.toString("base64"),
    ],
    ["AWS", { ...service, ...all() }, bytes],
    [
      "AWS as text",
      { ...service, ...all({ contentHandlingStrategy: "CONVERT_TO_TEXT" }) },
      bytes.toString("base64"),
    ],
    [
      "MOCK",
      mock(
        all({
          contentHandlingStrategy: "CONVERT_TO_BINARY",
          responseTemplates: { $default: bytes.toString("base64") },
        }),
      ),
      bytes,
    ],
  ])("that %s responds with reach the sender", async (_what, integration, wanted) => {
    const outcome = await send({ routes: { $default: { integration, ...twoWay } } }, "x", { upstream });
    expect(outcome.bytes).toEqual(Buffer.from(wanted));
    expect(outcome.isText).toBe(typeof wanted === "string");
  });

  it("are what an upstream gets of a message in base64", async () => {
    for (const type of ["HTTP_PROXY", "HTTP"]) {
      const integration = toUrl(type, { contentHandlingStrategy: "CONVERT_TO_BINARY", ...all() });
      const { sent } = await send({ routes: { $default: { integration } } }, bytes.toString("base64"));
      expect(sent[0]?.request.body).toEqual(bytes);
    }
  });

  it("fail a message that says to be base64 and is not", async () => {
    const integration = toUrl("HTTP", { contentHandlingStrategy: "CONVERT_TO_BINARY", ...all() });
    expect((await send({ routes: { $default: { integration } } }, "%%%")).body).toMatch(
      frame("Internal server error"),
    );
  });
});

describe("a private upstream", () => {
  const vpcLinks = { link01: ["http://10.0.0.5:8080"] };
  it.each(["HTTP", "HTTP_PROXY"])(
    "is reached by %s through a VPC link, with the Host of the URI",
    async (type) => {
      const integration = toUrl(type, {
        connectionType: "VPC_LINK",
        connectionId: "link01",
        integrationResponses: { all: { integrationResponseKey: "$default" } },
      });
      const parts = { routes: { $default: { integration, ...twoWay } }, account: { vpcLinks } };
      const { body, sent } = await send(parts, "x", { upstream: () => ({ body: "private" }) });
      expect(body).toBe("private");
      expect([sent[0]?.url, sent[0]?.headers.host]).toEqual([
        "http://10.0.0.5:8080/messages",
        "chat.example",
      ]);
    },
  );

  it.each([[{ connectionType: "VPC_LINK" }, "VPC_LINK_REQUIRED"]])(
    "whose link is not there is reported: %j",
    (connection, code) => {
      const problems = webSocketProblemsOf({
        routes: { $default: { integration: toUrl("HTTP", connection) } },
      });
      expect(problems.map((problem) => problem.code)).toEqual([code]);
    },
  );
});

describe("a model that cannot be used", () => {
  const route = {
    integration: mock(),
    modelSelectionExpression: "a",
    requestModels: { a: "Broken" },
    ...twoWay,
  };
  const api = { models: { Broken: { schema: '{"type":7}' } } };

  it("keeps the API from being deployed, unless it says not to check", async () => {
    expect(webSocketProblemsOf({ routes: { $default: route }, api })).toHaveLength(1);
    const unchecked = { routes: { $default: route }, api: { ...api, disableSchemaValidation: true } };
    expect(webSocketProblemsOf(unchecked)).toEqual([]);
    expect((await send(unchecked, "{}")).body).toContain("Bad request body");
  });
});

describe("what cannot be compiled is reported", () => {
  it.each<[WebSocketApiParts, string]>([
    [{ api: { routeSelectionExpression: "$request.cookie.a" } }, "must be request.body"],
    [
      { routes: { $default: { integration: { integrationType: "HTTP" } } } },
      "is required by an integration of type HTTP",
    ],
    [{ routes: { $default: { integration: mock({ requestTemplates: { 200: "#if" } }) } } }, "#if"],
    [
      {
        routes: {
          $default: { integration: mock({ integrationResponses: { a: { integrationResponseKey: "/(/" } } }) },
        },
      },
      "'('",
    ],
    [
      { routes: { $default: { integration: toUrl("HTTP", { integrationUri: "http://a/{b}" }) } } },
      "'{b}' has no source",
    ],
    [
      {
        routes: {
          $default: {
            integration: toUrl("HTTP", {
              requestParameters: { "integration.request.header.a": "route.request.cookie.b" },
            }),
          },
        },
      },
      "must be route.request",
    ],
    [
      { routes: { $default: { modelSelectionExpression: "a", requestModels: { a: "Missing" } } } },
      "Invalid model identifier specified: Missing",
    ],
  ])("%#", (parts, message) => {
    const problems = webSocketProblemsOf(parts);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
  });
});
