import { describe, expect, it } from "vitest";
import type { Gateway } from "../../kit/gateway.ts";
import { readBody, startHttpUpstream } from "../../kit/upstream.ts";
import { useGateway, useScope, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  const status = Number(/\/status\/(\d+)/.exec(request.url ?? "")?.[1] ?? 200);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "X-One": "1",
    "X-Many": ["a", "b"],
    Server: "up",
    "WWW-Authenticate": "Basic",
  });
  const { url, method, headers, rawHeaders } = request;
  response.end(JSON.stringify({ url, method, headers, rawHeaders, body: String(await readBody(request)) }));
});
const gateway = useGateway();
const scope = useScope();

interface Seen {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

const http = (integration: object = {}, method: object = {}) => ({
  requestParameters: { "method.request.path.id": true },
  ...method,
  integration: {
    type: "HTTP",
    httpMethod: "POST",
    uri: `${upstream.origin}/up`,
    integrationResponses: { "200": {} },
    ...integration,
  },
});

async function seen(
  method: object,
  path: string,
  options: Parameters<Gateway["invoke"]>[2] = {},
): Promise<Seen> {
  const api = await gateway.deploy({ "ANY /a/{id}": method as Record<string, unknown> });
  const reply = await gateway.invoke(api, path, { method: "POST", ...options });
  expect(reply.status, reply.body).toBe(200);
  return JSON.parse(reply.body) as Seen;
}

describe("request parameters (rest §6)", () => {
  it.each([
    { source: "method.request.path.id", value: "x%2By" },
    { source: "method.request.querystring.q", value: "b c" },
    { source: "method.request.multivaluequerystring.q", value: "a,b c" },
    { source: "method.request.header.X-A", value: "2" },
    { source: "method.request.multivalueheader.X-A", value: "1,2" },
    { source: "method.request.body", value: '{"m":{"n":[1,{"o":"deep"}]},"z":1.0}' },
    { source: "method.request.body.m.n[1].o", value: "deep" },
    { source: "method.request.body.m", value: '{"n":[1,{"o":"deep"}]}' },
    { source: "method.request.body.z", value: "1.0" },
    { source: "context.httpMethod", value: "POST" },
    { source: "context.identity.sourceIp", value: "127.0.0.1" },
    { source: "stageVariables.none", value: undefined },
    { source: "'text'", value: "text" },
    { source: "method.request.header.x-a", value: undefined },
    { source: "method.request.body.zip", value: undefined },
    { source: "context.authorizer.principalId", value: undefined },
  ])("header from $source", async ({ source, value }) => {
    const got = await seen(
      http({ requestParameters: { "integration.request.header.mapped": source } }),
      "/a/x%2By?q=a&q=b+c",
      {
        headers: ["X-A", "1", "X-A", "2", "Content-Type", "application/json"],
        body: '{"m":{"n":[1,{"o":"deep"}]},"z":1.0}',
      },
    );
    expect(got.headers.mapped).toBe(value);
  });

  it("query strings of URI, mapping and client join; the URI's own come first", async () => {
    const parameters = {
      "integration.request.querystring.v": "'bar'",
      "integration.request.querystring.w": "method.request.multivaluequerystring.q",
    };
    expect(
      (
        await seen(
          http({ uri: `${upstream.origin}/up?v=foo`, requestParameters: parameters }),
          "/a/1?q=1&q=2",
        )
      ).url,
    ).toBe("/up?v=foo&v=bar&w=1&w=2");
    const proxy = http({
      type: "HTTP_PROXY",
      requestParameters: { "integration.request.querystring.q": "'mapped'" },
    });
    expect((await seen(proxy, "/a/1?q=client")).url).toBe("/up?q=client&q=mapped");
  });

  it("multi-value targets take all values of their source", async () => {
    const got = await seen(
      http({
        requestParameters: {
          "integration.request.multivaluequerystring.all": "method.request.multivaluequerystring.q",
          "integration.request.multivalueheader.X-All": "method.request.multivalueheader.X-A",
        },
      }),
      "/a/1?q=1&q=2",
      { headers: ["X-A", "a", "X-A", "b"] },
    );
    expect([got.url, got.headers["x-all"]]).toEqual(["/up?all=1&all=2", "a,b"]);
  });

  it("a body that begins like JSON and is not valid JSON is 400; one that does not has no members", async () => {
    const api = await gateway.deploy({
      "POST /a": http(
        { requestParameters: { "integration.request.header.m": "method.request.body.a" } },
        { requestParameters: {} },
      ),
    });
    const broken = await gateway.invoke(api, "/a", { method: "POST", body: '{"a":' });
    expect([broken.status, broken.body, broken.headers["x-amzn-errortype"]]).toEqual([
      400,
      '{"message":"Invalid JSON in request body"}',
      "BadRequestException",
    ]);
    const plain = await gateway.invoke(api, "/a", { method: "POST", body: "plain" });
    expect((JSON.parse(plain.body) as Seen).headers.m).toBeUndefined();
  });

  it("HTTP sends what is mapped and AWS's own headers, nothing of the client", async () => {
    const got = await seen(http(), "/a/1", {
      headers: { "X-Client": "1", "User-Agent": "me", Accept: "text/html", "Content-Type": "text/plain" },
      body: "b",
    });
    expect(Object.keys(got.headers).sort()).toEqual(
      [
        "accept",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-amzn-apigateway-api-id",
        "x-amzn-trace-id",
      ].sort(),
    );
    expect([got.headers.accept, got.headers["content-type"]]).toEqual(["application/json", "text/plain"]);
    expect(got.headers["user-agent"]).toMatch(/^AmazonAPIGateway_specapi\d+$/);
  });

  it.each(["Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id"])(
    "mapping %s is 500",
    async (name) => {
      const api = await gateway.deploy({
        "GET /a": http(
          { requestParameters: { [`integration.request.header.${name}`]: "'1'" } },
          { requestParameters: {} },
        ),
      });
      const reply = await gateway.invoke(api, "/a");
      expect([reply.status, reply.body]).toEqual([500, '{"message": "Internal server error"}']);
    },
  );

  it.each(["Connection", "Proxy-Authenticate", "TE", "Expect"])("mapping %s is dropped", async (name) => {
    const got = await seen(
      http({ requestParameters: { [`integration.request.header.${name}`]: "'mine'" } }),
      "/a/1",
    );
    expect(got.rawHeaders).not.toContain("mine");
  });

  it("a mapped value cannot split the request", async () => {
    const got = await seen(
      http({ requestParameters: { "integration.request.header.m": "method.request.body.a" } }),
      "/a/1",
      { body: '{"a":"x\\r\\nInjected: 1"}' },
    );
    expect([got.headers.m, got.headers.injected]).toEqual(["xInjected: 1", undefined]);
  });
});

describe("request templates and passthroughBehavior (rest §6)", () => {
  const templates = { "application/json": "json", "text/x": "x" };
  it.each([
    { templates, behavior: "WHEN_NO_MATCH", type: "application/json; charset=utf-8", sent: "json" },
    { templates, behavior: "WHEN_NO_MATCH", type: "", sent: "json" },
    { templates, behavior: "WHEN_NO_MATCH", type: "text/plain", sent: "body" },
    { templates, behavior: "WHEN_NO_TEMPLATES", type: "text/plain", sent: 415 },
    { templates: {}, behavior: "WHEN_NO_TEMPLATES", type: "text/plain", sent: "body" },
    { templates: {}, behavior: "NEVER", type: "text/plain", sent: 415 },
    { templates, behavior: "NEVER", type: "text/x", sent: "x" },
    { templates: { ...templates, $default: "any" }, behavior: "NEVER", type: "text/plain", sent: "any" },
  ])("$type with $behavior gives $sent", async ({ templates: requestTemplates, behavior, type, sent }) => {
    const api = await gateway.deploy({
      "POST /a": http({ requestTemplates, passthroughBehavior: behavior }, { requestParameters: {} }),
    });
    const reply = await gateway.invoke(api, "/a", {
      method: "POST",
      body: "body",
      headers: type ? { "Content-Type": type } : {},
    });
    if (typeof sent === "number")
      expect([reply.status, reply.body]).toEqual([sent, '{"message":"Unsupported Media Type"}']);
    else expect((JSON.parse(reply.body) as Seen).body).toBe(sent);
  });

  it("GET, HEAD and OPTIONS integrations send no body", async () => {
    expect(
      (
        await seen(http({ httpMethod: "GET", requestTemplates: { "application/json": "x" } }), "/a/1", {
          body: "{}",
        })
      ).body,
    ).toBe("");
  });

  it("without an own method the client's is sent", async () => {
    expect((await seen(http({ httpMethod: "ANY" }), "/a/1", { method: "PUT" })).method).toBe("PUT");
  });
});

describe("overrides (rest §6, §7)", () => {
  it("requestOverride replaces mapped headers, query parameters and path parts", async () => {
    const template =
      '#set($context.requestOverride.header.m = "over")#set($context.requestOverride.querystring["q"] = "q2")#set($context.requestOverride.path.id = "p2")#set($context.requestOverride.header.added = $input.path("$.a"))body';
    const got = await seen(
      http({
        uri: `${upstream.origin}/up/{id}/{only}`.replace("/{only}", ""),
        requestParameters: {
          "integration.request.header.m": "'mapped'",
          "integration.request.querystring.q": "'q1'",
          "integration.request.path.id": "method.request.path.id",
        },
        requestTemplates: { "application/json": template },
      }),
      "/a/1",
      { body: '{"a":"new"}' },
    );
    expect([got.url, got.headers.m, got.headers.added, got.body]).toEqual([
      "/up/p2?q=q2",
      "over",
      "new",
      "body",
    ]);
  });

  it("the last of two overrides wins", async () => {
    const template =
      '#set($context.requestOverride.header.m = "first")#set($context.requestOverride.header.m = "last")x';
    expect((await seen(http({ requestTemplates: { "application/json": template } }), "/a/1")).headers.m).toBe(
      "last",
    );
  });

  it("a template alone can fill a part of the URI", async () => {
    const got = await seen(
      http({
        uri: `${upstream.origin}/up/{only}`,
        requestTemplates: { "application/json": '#set($context.requestOverride.path.only = "here")x' },
      }),
      "/a/1",
    );
    expect(got.url).toBe("/up/here");
  });

  it.each([
    { status: "201", answers: 201 },
    { status: '"404"', answers: 404 },
    { status: "99", answers: 200 },
    { status: "600", answers: 200 },
    { status: '"abc"', answers: 200 },
  ])("responseOverride.status $status returns $answers", async ({ status, answers }) => {
    const response = `#set($context.responseOverride.status = ${status})#set($context.responseOverride.header.X-Over = "o")#set($context.responseOverride.header.x-mapped = "replaced")body`;
    const api = await gateway.deploy({
      "GET /a": http(
        {
          httpMethod: "GET",
          integrationResponses: {
            "200": {
              responseTemplates: { "application/json": response },
              responseParameters: { "method.response.header.X-Mapped": "'m'" },
            },
          },
        },
        { requestParameters: {} },
      ),
    });
    const reply = await gateway.invoke(api, "/a");
    expect([reply.status, reply.headers["x-over"], reply.headers["x-mapped"], reply.body]).toEqual([
      answers,
      "o",
      "replaced",
      "body",
    ]);
  });

  it("responseOverride of the request template acts without a response template", async () => {
    const api = await gateway.deploy({
      "GET /a": {
        integration: {
          type: "MOCK",
          requestTemplates: {
            "application/json":
              '#set($context.responseOverride.status = 418)#set($context.responseOverride.header.h = "v"){"statusCode": 200}',
          },
          integrationResponses: { "200": {} },
        },
      },
    });
    const reply = await gateway.invoke(api, "/a");
    expect([reply.status, reply.headers.h]).toEqual([418, "v"]);
  });
});

describe("response selection and mapping (rest §7)", () => {
  it.each([
    { status: 200, answers: 200 },
    { status: 404, answers: 444 },
    { status: 503, answers: 555 },
    { status: 301, answers: 200 },
  ])("$status selects $answers", async ({ status, answers }) => {
    const api = await gateway.deploy({
      "GET /a": http(
        {
          httpMethod: "GET",
          uri: `${upstream.origin}/status/${status}`,
          integrationResponses: {
            "200": {},
            "444": { selectionPattern: "4\\d{2}" },
            "555": { selectionPattern: "5(?i:0)[1-9&&[^0]]".replace("&&[^0]", "") },
          },
        },
        { requestParameters: {} },
      ),
    });
    expect((await gateway.invoke(api, "/a")).status).toBe(answers);
  });

  it("the pattern is matched against the whole value", async () => {
    const api = await gateway.deploy({
      "GET /a": http(
        {
          httpMethod: "GET",
          uri: `${upstream.origin}/status/404`,
          integrationResponses: { "200": {}, "500": { selectionPattern: "40" } },
        },
        { requestParameters: {} },
      ),
    });
    expect((await gateway.invoke(api, "/a")).status).toBe(200);
  });

  it("no match and no default is 500", async () => {
    const api = await gateway.deploy({
      "GET /a": http(
        { httpMethod: "GET", integrationResponses: { "200": { selectionPattern: "999" } } },
        { requestParameters: {} },
      ),
    });
    const reply = await gateway.invoke(api, "/a");
    expect([reply.status, reply.body]).toEqual([500, '{"message": "Internal server error"}']);
  });

  it("headers come from headers, body, context, variables and literals, and nothing else of the backend", async () => {
    const parameters = {
      "method.response.header.One": "integration.response.header.X-One",
      "method.response.header.Many": "integration.response.multivalueheader.X-Many",
      "method.response.header.Last": "integration.response.header.X-Many",
      "method.response.header.Method": "integration.response.body.method",
      "method.response.header.Stage": "context.stage",
      "method.response.header.Literal": "'l'",
      "method.response.header.Wrong-Case": "integration.response.header.x-one",
      "method.response.header.Server": "'mine'",
      "method.response.header.Content-Type": "'text/x'",
    };
    const api = await gateway.deploy({
      "GET /a": http(
        { httpMethod: "GET", integrationResponses: { "200": { responseParameters: parameters } } },
        { requestParameters: {} },
      ),
    });
    const { headers } = await gateway.invoke(api, "/a");
    expect(headers).toMatchObject({
      one: "1",
      many: "a,b",
      last: "b",
      method: "GET",
      stage: "prod",
      literal: "l",
      "x-amzn-remapped-server": "mine",
      "content-type": "text/x",
    });
    expect([headers["wrong-case"], headers["x-one"], headers["www-authenticate"]]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(headers["x-amzn-trace-id"]).toMatch(/^Root=1-/);
  });

  it.each([
    { accept: undefined, body: "json" },
    { accept: "text/b", body: "b" },
    { accept: "text/none", body: "json" },
    { accept: "text/b, text/x", body: "json" },
  ])("the template of Accept $accept is $body", async ({ accept, body }) => {
    const api = await gateway.deploy({
      "GET /a": http(
        {
          httpMethod: "GET",
          integrationResponses: {
            "200": { responseTemplates: { "text/b": "b", "application/json": "json" } },
          },
        },
        { requestParameters: {} },
      ),
    });
    const reply = await gateway.invoke(api, "/a", { headers: accept ? { Accept: accept } : {} });
    expect([reply.body, reply.headers["content-type"]]).toEqual([body, "application/json"]);
  });

  it("a body mapping of a body that should be JSON but is not is 500", async () => {
    const plain = scope.use(await startHttpUpstream((_request, response) => void response.end('{"broken')));
    const api = await gateway.deploy({
      "GET /a": http(
        {
          httpMethod: "GET",
          uri: plain.origin,
          integrationResponses: {
            "200": { responseParameters: { "method.response.header.m": "integration.response.body.a" } },
          },
        },
        { requestParameters: {} },
      ),
    });
    const reply = await gateway.invoke(api, "/a");
    expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual([
      500,
      '{"message": "Internal server error"}',
      "InternalFailureException",
    ]);
  });
});

describe("MOCK (rest §5)", () => {
  it.each([
    { template: '{"statusCode": 200}', status: 200 },
    { template: "{statusCode: 200}", status: 200 },
    { template: "{'statusCode': 200,}", status: 200 },
    { template: '{"a": junk, "statusCode": 200, "b": 1}', status: 200 },
    { template: '#if(true){"statusCode": 200}#end', status: 200 },
    { template: '{"statusCode": "200"}', status: 500 },
    { template: "{'statusCode\": 200}", status: 500 },
    { template: '{"statusCode": 200', status: 500 },
    { template: "statusCode: 200", status: 500 },
    { template: "", status: 500 },
  ])("$template returns $status", async ({ template, status }) => {
    const api = await gateway.deploy({
      "GET /a": {
        integration: {
          type: "MOCK",
          requestTemplates: { "application/json": template },
          integrationResponses: { "200": {} },
        },
      },
    });
    const reply = await gateway.invoke(api, "/a");
    expect(reply.status).toBe(status);
    expect(reply.headers["x-amzn-trace-id"]).toBeUndefined();
    if (status === 200) expect([reply.body, reply.headers["content-type"]]).toEqual(["", "application/json"]);
  });

  it("any integer selects", async () => {
    const api = await gateway.deploy({
      "GET /a": {
        integration: {
          type: "MOCK",
          requestTemplates: { "application/json": '{"statusCode": 7}' },
          integrationResponses: { "200": {}, "417": { selectionPattern: "7" } },
        },
      },
    });
    expect((await gateway.invoke(api, "/a")).status).toBe(417);
  });
});
