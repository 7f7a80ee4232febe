import { describe, expect, it } from "vitest";
import { callOf, FUNCTION_ARN, FUNCTION_URI, lambda, restRoute } from "../../kit/index.ts";

const toFunction = (more: object = {}) => ({
  integration: { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI, ...more },
});
const MALFORMED = '{"message": "Internal server error"}';

describe("an AWS_PROXY integration", () => {
  it("gives the function the call as an event of format 1.0", async () => {
    const route = restRoute("POST /pets/{id}", toFunction(), { stage: { variables: { team: "blue" } } });
    const { sent } = await callOf(
      route,
      {
        method: "POST",
        path: "/pets/7?q=a&q=b",
        headers: { "X-Own": ["1", "2"], "user-agent": "me" },
        body: "hi",
      },
      { upstream: lambda(() => ({})) },
    );
    expect(sent[0]?.url).toBe(
      `http://lambda.us-east-1.example/2015-03-31/functions/${encodeURIComponent(FUNCTION_ARN)}/invocations`,
    );
    const { multiValueHeaders, requestContext, ...event } = JSON.parse(sent[0]?.body ?? "") as Record<
      string,
      object
    >;
    expect(event).toEqual({
      resource: "/pets/{id}",
      path: "/pets/7",
      httpMethod: "POST",
      headers: {
        Host: "api123.execute-api.example",
        "User-Agent": "me",
        "X-Own": "2",
        "X-Amzn-Trace-Id": expect.stringMatching(/^Root=1-/),
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
      },
      queryStringParameters: { q: "b" },
      multiValueQueryStringParameters: { q: ["a", "b"] },
      pathParameters: { id: "7" },
      stageVariables: { team: "blue" },
      body: "hi",
      isBase64Encoded: false,
    });
    expect(multiValueHeaders).toMatchObject({ "X-Own": ["1", "2"], "User-Agent": ["me"] });
    expect(requestContext).toMatchObject({
      resourcePath: "/pets/{id}",
      httpMethod: "POST",
      path: "/test/pets/7",
      stage: "test",
      accountId: "000000000000",
      apiId: "api123",
      identity: { sourceIp: "192.0.2.1", userAgent: "me", userArn: null },
    });
  });

  it.each([
    ["a response", { statusCode: 201, body: "made" }, 201, "made"],
    ["200 where there is no status", { body: "made" }, 200, "made"],
    ["a status in a string", { statusCode: "204" }, 204, ""],
    ["an unknown member", { statusCode: 200, colour: "red" }, 502, MALFORMED],
    ["a body that is not a string", { statusCode: 200, body: {} }, 502, MALFORMED],
    ["a status outside of 200 to 599", { statusCode: 99 }, 502, MALFORMED],
    ["a header that splits the message", { headers: { "x\r\ny": "1" } }, 502, MALFORMED],
    ["a string", "hello", 502, MALFORMED],
  ])("replies to %s", async (_what, output, status, body) => {
    const outcome = await callOf(restRoute("GET /a", toFunction()), "GET /a", {
      upstream: lambda(() => output),
    });
    expect({ status: outcome.status, body: outcome.body }).toEqual({ status, body });
  });

  it.each([
    ["image/*", "image/png", "hi"],
    ["*/*", "text/html", "hi"],
    ["image/*", "text/html", "aGk="],
  ])("binary media types %s, Accept %s: a body in base64 becomes %s", async (binary, accept, body) => {
    const route = restRoute("GET /a", toFunction(), { api: { binaryMediaTypes: [binary] } });
    const upstream = lambda(() => ({ body: "aGk=", isBase64Encoded: true }));
    const outcome = await callOf(route, { path: "/a", headers: { Accept: accept } }, { upstream });
    expect(outcome.body).toBe(body);
  });

  it("has the headers of the function, with reserved ones renamed", async () => {
    const output = { headers: { "X-Own": "1", Date: "d" }, multiValueHeaders: { "x-list": ["1", "2"] } };
    const { headers } = await callOf(restRoute("GET /a", toFunction()), "GET /a", {
      upstream: lambda(() => output),
    });
    expect(headers).toMatchObject({
      "x-own": "1",
      "x-list": "1, 2",
      "x-amzn-remapped-date": "d",
      "content-type": "application/json",
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
    });
  });

  it.each([
    [
      "throws",
      lambda(() => {
        throw new Error("broken");
      }),
      502,
    ],
    ["is not there", () => ({ status: 404 }), 500],
    ["cannot be reached", () => "connect" as const, 500],
    ["takes too long", () => "timeout" as const, 504],
  ])("refuses a call whose function %s", async (_what, upstream, status) => {
    const outcome = await callOf(restRoute("GET /a", toFunction()), "GET /a", { upstream });
    expect(outcome.status).toBe(status);
    expect(outcome.headers).not.toHaveProperty("x-amzn-trace-id");
    expect(outcome.headers["x-amzn-errortype"]).toBe("InternalServerErrorException");
    if (status !== 504) expect(outcome.body).toBe(MALFORMED);
  });
});
