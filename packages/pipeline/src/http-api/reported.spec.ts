import { it } from "vitest";
import { FUNCTION_ARN, FUNCTION_URI, httpRoute, lambda } from "../kit/index.ts";
import { echo, echoed, expectReported, type ReportedCall } from "../reported-call.fixture.ts";

/*
 * What users of other emulators of API Gateway reported as different from AWS: each row is one public report and what AWS does.
 */

const proxied = { integrationType: "AWS_PROXY", integrationUri: FUNCTION_ARN, payloadFormatVersion: "2.0" };
const toPets = (uri: string, more: object = {}) => ({
  integrationType: "HTTP_PROXY",
  integrationMethod: "ANY",
  integrationUri: uri,
  payloadFormatVersion: "1.0",
  ...more,
});
const ORIGIN = "https://localhost:8001";
const CORS = { allowOrigins: [ORIGIN], allowHeaders: ["content-type"], allowMethods: ["*"] };
/** A route with CORS that a function guards by simple responses. */
const guardedBy = (decision: object) => ({
  route: httpRoute("GET /test", proxied, {
    route: { authorizationType: "CUSTOM", authorizerId: "auth01" },
    api: {
      corsConfiguration: CORS,
      authorizers: {
        auth01: {
          name: "a",
          authorizerType: "REQUEST",
          authorizerUri: FUNCTION_URI,
          identitySource: ["$request.header.Authorization"],
          authorizerPayloadFormatVersion: "2.0",
          enableSimpleResponses: true,
        },
      },
    },
  }),
  request: { path: "/test", headers: { Authorization: "token", Origin: ORIGIN } },
  upstream: lambda((event: { type?: string }) => (event.type === "REQUEST" ? decision : echoed(event))),
});

const rows: readonly ReportedCall[] = [
  {
    report: "serverless-offline #990, #1231: an event of format 2.0",
    route: httpRoute("POST /orders/{id}", proxied),
    request: {
      method: "POST",
      path: "/orders/7?a=1&a=2&b=x%20y",
      headers: { "Content-Type": "application/json", Cookie: "c1=1; c2=2" },
      body: '{"a":1}',
    },
    upstream: echo,
    json: {
      version: "2.0",
      routeKey: "POST /orders/{id}",
      rawPath: "/orders/7",
      rawQueryString: "a=1&a=2&b=x%20y",
      cookies: ["c1=1", "c2=2"],
      queryStringParameters: { a: "1,2", b: "x y" },
      pathParameters: { id: "7" },
      body: '{"a":1}',
      isBase64Encoded: false,
    },
  },
  {
    report: "serverless-offline #1097: an object without a status is the body",
    route: httpRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => ({ message: "SUCCESS" })),
    body: '{"message":"SUCCESS"}',
    headers: { "content-type": "application/json" },
  },
  {
    report: "serverless-offline #1097: so is a string",
    route: httpRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => "SUCCESS"),
    body: "SUCCESS",
  },
  {
    report: "serverless-offline #1175, fakecloud #2246: $default has the path of the call",
    route: httpRoute("$default", proxied),
    request: "GET /any/path",
    upstream: echo,
    json: { routeKey: "$default", rawPath: "/any/path", requestContext: { http: { path: "/any/path" } } },
  },
  {
    report: "serverless-offline #1121: a cookie that is no pair is passed on",
    route: httpRoute("GET /", proxied),
    request: { headers: { Cookie: "odd; a=b" } },
    upstream: echo,
    json: { cookies: ["odd", "a=b"] },
  },
  {
    report: "serverless-offline #1475: a simple response that allows",
    ...guardedBy({ isAuthorized: true, context: { who: "me" } }),
    json: { requestContext: { authorizer: { lambda: { who: "me" } } } },
  },
  {
    report: "sam-cli #9087: a refusal has the headers of CORS",
    ...guardedBy({ isAuthorized: false }),
    status: 403,
    body: '{"message":"Forbidden"}',
    headers: { "access-control-allow-origin": ORIGIN },
  },
  {
    report: "sam-cli #4161, #3803: a response to a simple request has the headers of CORS",
    route: httpRoute("GET /test", proxied, { api: { corsConfiguration: CORS } }),
    request: { path: "/test", headers: { Origin: ORIGIN } },
    upstream: lambda(() => ({ ok: true })),
    headers: { "access-control-allow-origin": ORIGIN },
  },
  {
    report: "sam-cli #5860: names of headers are in lower case",
    route: httpRoute("GET /", proxied),
    request: { headers: { "X-Own": "1" } },
    upstream: echo,
    json: { headers: { "x-own": "1", host: "api123.execute-api.example" } },
  },
  {
    report: "sam-cli #1826: base64 of a function is decoded whatever its type",
    route: httpRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => ({
      statusCode: 200,
      headers: { "Content-Type": "application/octet-stream" },
      body: Buffer.from("hello").toString("base64"),
      isBase64Encoded: true,
    })),
    body: "hello",
  },
  {
    report: "sam-cli #3110: a multipart body is base64",
    route: httpRoute("POST /", proxied),
    request: { method: "POST", headers: { "Content-Type": "multipart/form-data; boundary=x" }, body: "--x" },
    upstream: echo,
    json: { body: Buffer.from("--x").toString("base64"), isBase64Encoded: true },
  },
  {
    report: "localstack #12025: overwrite:path takes a parameter of the path",
    route: httpRoute(
      "ANY /api/v1/{proxy+}",
      toPets("http://pets.example", { requestParameters: { "overwrite:path": "/${request.path.proxy}" } }),
    ),
    request: "GET /api/v1/static/a",
    sent: { url: "http://pets.example/static/a" },
  },
  {
    report: "fakecloud #2246: {proxy} in a URI",
    route: httpRoute("ANY /{proxy+}", toPets("http://pets.example/in/{proxy}")),
    request: "DELETE /a/b?c=1",
    sent: { method: "DELETE", url: "http://pets.example/in/a/b?c=1" },
  },
  {
    report: "localstack #10451: :// in a query reaches the upstream",
    route: httpRoute("POST /", toPets("http://pets.example/in")),
    request: { method: "POST", path: "/?to=https://a.example/b&c=1" },
    sent: { url: "http://pets.example/in?to=https://a.example/b&c=1" },
  },
];

it.each(rows)("$report", expectReported);
