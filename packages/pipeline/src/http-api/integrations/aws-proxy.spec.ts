import { describe, expect, it } from "vitest";
import { callOf, FUNCTION_ARN, FUNCTION_URI, httpRoute, lambda } from "../../kit/index.ts";

const toFunction = (more: object = {}) => ({
  integrationType: "AWS_PROXY",
  integrationUri: FUNCTION_ARN,
  payloadFormatVersion: "2.0",
  ...more,
});
const returning = (output: unknown, more: object = {}) =>
  callOf(httpRoute("GET /a", toFunction(more)), "GET /a", { upstream: lambda(() => output) });

describe("an AWS_PROXY integration", () => {
  it.each([FUNCTION_ARN, FUNCTION_URI])("invokes the function of %s", async (integrationUri) => {
    const { sent } = await returning("ok", { integrationUri });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST http://lambda.us-east-1.example/2015-03-31/functions/${encodeURIComponent(FUNCTION_ARN)}/invocations`,
    ]);
  });

  it("gives it the call as an event of format 2.0", async () => {
    const route = httpRoute("POST /pets/{id}", toFunction(), { stage: { stageVariables: { team: "blue" } } });
    const headers = { "Content-Type": "application/json", Cookie: "a=1; b=2", "X-Own": ["1", "2"] };
    const { sent } = await callOf(
      route,
      { method: "POST", path: "/pets/7?q=a&q=b", headers, body: '{"x":1}' },
      { upstream: lambda(() => "ok") },
    );
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual({
      version: "2.0",
      routeKey: "POST /pets/{id}",
      rawPath: "/pets/7",
      rawQueryString: "q=a&q=b",
      cookies: ["a=1", "b=2"],
      headers: {
        host: "api123.execute-api.example",
        "content-type": "application/json",
        "content-length": "7",
        "x-own": "1,2",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
      },
      queryStringParameters: { q: "a,b" },
      pathParameters: { id: "7" },
      stageVariables: { team: "blue" },
      requestContext: {
        accountId: "000000000000",
        apiId: "api123",
        domainName: "api123.execute-api.example",
        domainPrefix: "api123",
        http: { method: "POST", path: "/pets/7", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "" },
        requestId: expect.any(String),
        routeKey: "POST /pets/{id}",
        stage: "$default",
        time: "02/Jan/2026:03:04:05 +0000",
        timeEpoch: Date.UTC(2026, 0, 2, 3, 4, 5),
      },
      body: '{"x":1}',
      isBase64Encoded: false,
    });
  });

  it("gives it the call as an event of format 1.0", async () => {
    const route = httpRoute("GET /pets/{id}", toFunction({ payloadFormatVersion: "1.0" }));
    const { sent } = await callOf(
      route,
      { path: "/pets/7?q=a&q=b", headers: { "X-Own": ["1", "2"] } },
      { upstream: lambda(() => ({ statusCode: 200 })) },
    );
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      version: "1.0",
      resource: "/pets/{id}",
      path: "/pets/7",
      httpMethod: "GET",
      headers: { "X-Own": "2" },
      multiValueHeaders: { "X-Own": ["1", "2"] },
      queryStringParameters: { q: "b" },
      multiValueQueryStringParameters: { q: ["a", "b"] },
      pathParameters: { id: "7" },
      stageVariables: null,
      requestContext: {
        path: "/pets/7",
        resourceId: "GET /pets/{id}",
        resourcePath: "/pets/{id}",
        identity: { userAgent: "", sourceIp: "192.0.2.1" },
        authorizer: { claims: null, scopes: null },
      },
      body: null,
      isBase64Encoded: false,
    });
    expect(JSON.parse(sent[0]?.body ?? "").requestContext).not.toHaveProperty("deploymentId");
  });

  it.each([
    ["/pets/a%2Fb%40%23c%20d", "/pets/a/b@#c d"],
    ["/pets/%E2%82%AC", "/pets/€"],
    ["/pets/%FFa", "/pets/\ufffda"],
  ])("shows %s decoded", async (path, decoded) => {
    const returned = { upstream: lambda(() => ({ statusCode: 200 })) };
    const eventOf = async (payloadFormatVersion: string) => {
      const { sent } = await callOf(
        httpRoute("GET /pets/{id}", toFunction({ payloadFormatVersion })),
        { path },
        returned,
      );
      return JSON.parse(sent[0]?.body ?? "{}");
    };
    const two = await eventOf("2.0");
    expect([two.rawPath, two.requestContext.http.path]).toEqual([decoded, decoded]);
    const one = await eventOf("1.0");
    expect([one.path, one.requestContext.path]).toEqual([path, decoded]);
  });

  it.each([
    ["application/json", false],
    ["application/json; charset=utf-8", false],
    ["application/problem+json", false],
    ["application/soap+xml", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["text/csv", false],
    ["application/x-www-form-urlencoded", true],
    ["multipart/form-data; boundary=b", true],
    ["application/octet-stream", true],
    ["image/png", true],
    [undefined, true],
  ])("a body of the type %s is in base64: %s", async (type, isBase64Encoded) => {
    for (const payloadFormatVersion of ["1.0", "2.0"]) {
      const { sent } = await callOf(
        httpRoute("POST /a", toFunction({ payloadFormatVersion })),
        {
          method: "POST",
          path: "/a",
          headers: type === undefined ? {} : { "Content-Type": type },
          body: "a=1",
        },
        { upstream: lambda(() => ({ statusCode: 200 })) },
      );
      expect(JSON.parse(sent[0]?.body ?? "{}")).toMatchObject({
        body: isBase64Encoded ? "YT0x" : "a=1",
        isBase64Encoded,
      });
    }
  });

  it("says that a call has no body", async () => {
    const { sent } = await returning("ok");
    const event = JSON.parse(sent[0]?.body ?? "{}");
    expect(event.headers["content-length"]).toBe("0");
    expect(event).not.toHaveProperty("body");
  });

  it.each([
    ["2.0", { "x-own": "a,new", "x-new": "GET /pets/{id}" }, "b=2&a=1"],
    ["1.0", { "x-own": "a,new", "x-new": "GET /pets/{id}" }, undefined],
  ])(
    "gives it the call of format %s as a mapping leaves it",
    async (payloadFormatVersion, headers, query) => {
      const requestParameters = {
        "append:header.x-own": "new",
        "overwrite:header.x-new": "$context.routeKey",
        "remove:header.x-gone": "",
        "overwrite:querystring.a": "1",
        "overwrite:path": "/other/${request.path.id}",
      };
      const { sent } = await callOf(
        httpRoute("GET /pets/{id}", toFunction({ payloadFormatVersion, requestParameters })),
        { path: "/pets/7?a=0&b=2", headers: { "X-Own": "a", "X-Gone": "1" } },
        { upstream: lambda(() => ({ statusCode: 200 })) },
      );
      const event = JSON.parse(sent[0]?.body ?? "{}");
      expect(event.headers).toMatchObject(headers);
      expect(event.headers).not.toHaveProperty("x-gone");
      expect(event.headers).not.toHaveProperty("X-Gone");
      expect(event.rawQueryString).toBe(query);
      expect(event.queryStringParameters).toEqual({ a: "1", b: "2" });
      expect(event.rawPath ?? event.path).toBe("/other/7");
      expect(event.routeKey ?? event.resource).toMatch(/\/pets\/\{id\}$/);
    },
  );

  it("has the single value of a header first, in format 1.0", async () => {
    const { headers } = await returning(
      { statusCode: 200, headers: { "x-own": "1" }, multiValueHeaders: { "X-Own": ["2", "3"] } },
      { payloadFormatVersion: "1.0" },
    );
    expect(headers["x-own"]).toBe("1, 2, 3");
  });

  it.each([
    ["a response", { statusCode: 201, body: "made" }, 201, "made"],
    ["a body in base64", { statusCode: 200, body: "aGk=", isBase64Encoded: true }, 200, "hi"],
    ["a body that is not a string", { statusCode: 200, body: { a: 1 } }, 200, '{"a":1}'],
    ["anything else: a body of JSON", { a: 1 }, 200, '{"a":1}'],
    ["a string: the body", "hello", 200, "hello"],
    ["a status that is none", { statusCode: "no" }, 500, '{"message":"Internal Server Error"}'],
  ])("replies %s of format 2.0", async (_what, output, status, body) => {
    expect(await returning(output)).toMatchObject({ status, body });
  });

  it("replies what the function threw with 500", async () => {
    const upstream = lambda(() => {
      throw new Error("broken");
    });
    const outcome = await callOf(httpRoute("GET /a", toFunction()), "GET /a", { upstream });
    expect(outcome).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  });

  it("sets a cookie for each of its cookies, and maps the response", async () => {
    const responseParameters = { "200": { "overwrite:header.x-new": "$response.header.x-own" } };
    const output = {
      statusCode: 200,
      cookies: ["a=1", "b=2"],
      headers: { "X-Own": "7", Connection: "close" },
    };
    const { headers } = await returning(output, { responseParameters });
    expect(headers).toEqual({
      "x-own": "7",
      "set-cookie": "a=1, b=2",
      "content-type": "text/plain; charset=utf-8",
      "x-new": "7",
      "apigw-requestid": expect.any(String),
    });
  });
});
