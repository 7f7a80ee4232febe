import { describe, expect, it } from "vitest";
import { deployHttpApi, toFunction } from "../../kit/http-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway({ functions: ["shapes", "authorizer"] });

type Json = Readonly<Record<string, unknown>>;
const shapes = (version = "2.0", more: object = {}) => ({ integration: toFunction("shapes", version, more) });
const eventOf = (body: string) => JSON.parse(body) as Json;

describe("payload 2.0 (http-api §3)", () => {
  it("is the event that AWS documents, without what is empty", async () => {
    const { apiId, call } = await deployHttpApi(gateway, { routes: { "GET /pets": shapes() } });
    const reply = await call("/pets", { headers: { "User-Agent": "test" } });
    expect(eventOf(reply.body)).toEqual({
      version: "2.0",
      routeKey: "GET /pets",
      rawPath: "/pets",
      rawQueryString: "",
      headers: {
        host: `${apiId}.execute-api.local`,
        connection: "close",
        "content-length": "0",
        "user-agent": "test",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": String(gateway.httpPort),
        "x-forwarded-proto": "http",
      },
      requestContext: {
        accountId: "000000000000",
        apiId,
        domainName: `${apiId}.execute-api.local`,
        domainPrefix: apiId,
        http: {
          method: "GET",
          path: "/pets",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "test",
        },
        requestId: reply.headers["apigw-requestid"],
        routeKey: "GET /pets",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    });
  });

  it("has cookies apart, repeats joined, decoded path variables and the stage in the path", async () => {
    const { apiId } = await deployHttpApi(gateway, {
      routes: { "POST /pets/{id}/{proxy+}": shapes() },
      stageName: "dev",
      stage: { stageVariables: { colour: "red" } },
    });
    const reply = await gateway.call(`/_aws/execute-api/${apiId}/dev/pets/a%20b/x/y?q=1&q=2&z=%26`, {
      method: "POST",
      headers: ["Cookie", "a=1; b=2", "X-Multi", "1", "X-Multi", "2", "Content-Type", "application/json"],
      body: '{"a":1}',
    });
    expect(eventOf(reply.body)).toMatchObject({
      rawPath: "/dev/pets/a b/x/y",
      rawQueryString: "q=1&q=2&z=%26",
      cookies: ["a=1", "b=2"],
      headers: { "x-multi": "1,2" },
      queryStringParameters: { q: "1,2", z: "&" },
      pathParameters: { id: "a b", proxy: "x/y" },
      stageVariables: { colour: "red" },
      body: '{"a":1}',
      isBase64Encoded: false,
      requestContext: { stage: "dev", http: { path: "/dev/pets/a b/x/y" } },
    });
    expect(eventOf(reply.body).headers).not.toHaveProperty("cookie");
  });

  it.each([
    ["application/json", false],
    ["application/vnd.api+json; charset=utf-8", false],
    ["text/csv", false],
    ["application/octet-stream", true],
    ["image/png", true],
  ])("a body of %s is base64: %s", async (type, isBase64Encoded) => {
    const { call } = await deployHttpApi(gateway, { routes: { $default: shapes() } });
    const reply = await call("/x", { method: "POST", headers: { "Content-Type": type }, body: "abc" });
    expect(eventOf(reply.body)).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? "YWJj" : "abc" });
    expect(eventOf(reply.body).routeKey).toBe("$default");
  });
});

describe("payload 1.0", () => {
  it("is the REST event with version 1.0", async () => {
    const { apiId } = await deployHttpApi(gateway, {
      routes: { "GET /pets/{id}": shapes("1.0") },
      stageName: "dev",
    });
    const reply = await gateway.call(`/_aws/execute-api/${apiId}/dev/pets/7?a=1`);
    expect(eventOf(reply.body)).toMatchObject({
      version: "1.0",
      resource: "/pets/{id}",
      path: "/dev/pets/7",
      httpMethod: "GET",
      queryStringParameters: { a: "1" },
      multiValueQueryStringParameters: { a: ["1"] },
      pathParameters: { id: "7" },
      stageVariables: null,
      requestContext: {
        apiId,
        resourceId: "GET /pets/{id}",
        resourcePath: "/pets/{id}",
        path: "/dev/pets/7",
        stage: "dev",
        authorizer: { claims: null, scopes: null },
        extendedRequestId: reply.headers["apigw-requestid"],
      },
      body: null,
      isBase64Encoded: false,
    });
  });

  it.each(["{}", '"text"', '{"statusCode": "no"}', "throw"])(
    "%s is not a valid response: 500",
    async (wanted) => {
      const { call } = await deployHttpApi(gateway, { routes: { "GET /x": shapes("1.0") } });
      const reply = await call("/x", { headers: { "x-return": wanted } });
      expect([reply.status, reply.body]).toEqual([500, '{"message":"Internal Server Error"}']);
    },
  );
});

describe("responses of format 2.0", () => {
  const answer = async (wanted: unknown, more: object = {}) => {
    const { call } = await deployHttpApi(gateway, { routes: { "GET /x": shapes("2.0", more) } });
    return call("/x", {
      headers: { "x-return": typeof wanted === "string" ? wanted : JSON.stringify(wanted) },
    });
  };

  it("with a status are parsed, each cookie becomes a header", async () => {
    const reply = await answer({
      statusCode: 201,
      headers: { "X-One": "1", "Content-Type": "text/html" },
      body: "PGI+",
      isBase64Encoded: true,
      cookies: ["a=1", "b=2; Path=/"],
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toBe("<b>");
    expect(reply.headers).toMatchObject({
      "x-one": "1",
      "content-type": "text/html",
      "set-cookie": ["a=1", "b=2; Path=/"],
    });
  });

  it("are text/plain by default", async () => {
    expect((await answer({ statusCode: 200, body: "x" })).headers["content-type"]).toBe(
      "text/plain; charset=utf-8",
    );
  });

  it.each([
    [{ a: 1 }, '{"a":1}'],
    [[1, 2], "[1,2]"],
    ['"hello"', "hello"],
  ])("without a status are the body: %j", async (wanted, body) => {
    const reply = await answer(wanted);
    expect([reply.status, reply.headers["content-type"], reply.body]).toEqual([
      200,
      "application/json",
      body,
    ]);
  });

  it.each([
    "throw",
    '{"statusCode": 100}',
    '{"statusCode": 200, "cookies": "a"}',
    '{"statusCode": 200, "headers": {"a": "1\\r\\nb: 2"}}',
  ])("%s is 500", async (wanted) => {
    const reply = await answer(wanted);
    expect([reply.status, reply.body]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it("are mapped by their status", async () => {
    const reply = await answer(
      { statusCode: 404, body: '{"why":"gone"}' },
      {
        responseParameters: {
          "404": { "overwrite:statuscode": "410", "append:header.x-why": "$response.body.why" },
        },
      },
    );
    expect([reply.status, reply.headers["x-why"], reply.body]).toEqual([410, "gone", '{"why":"gone"}']);
  });
});

describe("functions", () => {
  it("may be named by their ARN, with stage variables in it", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /x": {
          integration: {
            integrationType: "AWS_PROXY",
            payloadFormatVersion: "2.0",
            integrationUri: "arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.name}",
          },
        },
      },
      stage: { stageVariables: { name: "shapes" } },
    });
    expect(eventOf((await call("/x")).body).version).toBe("2.0");
  });

  it("that take too long are 503, that do not exist 500", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /slow": shapes("2.0", { timeoutInMillis: 50 }),
        "GET /none": { integration: toFunction("nobody") },
      },
    });
    const slow = await call("/slow", { headers: { "x-return": "slow" } });
    expect([slow.status, slow.body]).toEqual([503, '{"message":"Service Unavailable"}']);
    expect((await call("/none")).status).toBe(500);
  });
});
