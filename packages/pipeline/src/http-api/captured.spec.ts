import { expect, it } from "vitest";
import { FUNCTION_ARN, httpRoute, lambda } from "../kit/index.ts";
import { echo, expectReported, type ReportedCall } from "../reported-call.fixture.ts";

/*
 * What captures of AWS and recordings of its responses show: each row is one of them, with where it is from.
 */

const function2 = { integrationType: "AWS_PROXY", integrationUri: FUNCTION_ARN, payloadFormatVersion: "2.0" };
const function1 = { ...function2, payloadFormatVersion: "1.0" };
const pets = {
  integrationType: "HTTP_PROXY",
  integrationMethod: "ANY",
  integrationUri: "http://pets.example",
  payloadFormatVersion: "1.0",
};
const ENCODED = "/a%2Fb%40c%23d";
const DECODED = "/a/b@c#d";

const rows: readonly ReportedCall[] = [
  {
    report: "fastify/aws-lambda-fastify #169, honojs/hono #2156: paths of events 2.0 are decoded in full",
    route: httpRoute("$default", function2),
    request: `GET ${ENCODED}?q=%40`,
    upstream: echo,
    json: {
      rawPath: DECODED,
      rawQueryString: "q=%40",
      requestContext: { http: { path: DECODED } },
    },
  },
  {
    report: "fastify/aws-lambda-fastify #169: a call without a body has its length",
    route: httpRoute("GET /", function2),
    request: "GET /",
    upstream: echo,
    json: { headers: { "content-length": "0" } },
  },
  {
    report: "aws/aws-lambda-dotnet's captures: an event 1.0",
    route: httpRoute("GET /pets/{id}", function1),
    request: "GET /pets/a%40b",
    upstream: echo,
    json: {
      version: "1.0",
      resource: "/pets/{id}",
      path: "/pets/a%40b",
      requestContext: {
        resourceId: "GET /pets/{id}",
        path: "/pets/a@b",
        identity: { userAgent: "" },
      },
    },
  },
  {
    report: "aws/aws-lambda-dotnet's captures: of a header in both maps the single value comes first",
    route: httpRoute("GET /", function1),
    request: "GET /",
    upstream: lambda(() => ({
      statusCode: 200,
      headers: { "X-Own": "one" },
      multiValueHeaders: { "X-Own": ["two", "three"] },
      body: "",
    })),
    headers: { "x-own": "one, two, three" },
  },
  {
    report: "middyjs/middy #603: a form is base64",
    route: httpRoute("POST /", function2),
    request: {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "a=1",
    },
    upstream: echo,
    json: { body: "YT0x", isBase64Encoded: true },
  },
  {
    report: "middyjs/middy #603: so is a body without a type",
    route: httpRoute("POST /", function2),
    request: { method: "POST", body: "a=1" },
    upstream: echo,
    json: { body: "YT0x", isBase64Encoded: true },
  },
  {
    report: "ustayready/fireprox #39: what is in front is kept in events",
    route: httpRoute("GET /", function2),
    request: { headers: { "X-Forwarded-For": "203.0.113.7" } },
    upstream: echo,
    json: {
      headers: { "x-forwarded-for": "203.0.113.7, 192.0.2.1" },
      requestContext: { http: { sourceIp: "192.0.2.1" } },
    },
  },
  {
    report: "captures of HTTP backends: Forwarded is appended to",
    route: httpRoute("GET /", pets),
    request: { headers: { Forwarded: "for=203.0.113.7" } },
    sent: {
      headers: {
        forwarded: expect.stringMatching(
          /^for=203\.0\.113\.7, by=[^;]+;for=192\.0\.2\.1;host=api123\.execute-api\.example;proto=https$/,
        ) as unknown,
      },
    },
  },
  {
    report: "aws/aws-cdk #17255: parameters are mapped for functions, too",
    route: httpRoute("GET /", {
      ...function2,
      requestParameters: { "overwrite:header.x-own": "$context.stage", "append:querystring.q": "1" },
      responseParameters: { "200": { "overwrite:statuscode": "201" } },
    }),
    request: "GET /",
    upstream: echo,
    status: 201,
    json: { headers: { "x-own": "$default" }, queryStringParameters: { q: "1" } },
  },
  {
    report: "aws/aws-sam-cli #2590: an error of a function",
    route: httpRoute("GET /", function2),
    request: "GET /",
    upstream: lambda(() => {
      throw new Error("Boom");
    }),
    status: 500,
    body: '{"message":"Internal Server Error"}',
    headers: { "content-type": "application/json" },
  },
  {
    report: "dherault/serverless-offline #1213: without CORS, OPTIONS is a method like others",
    route: httpRoute("OPTIONS /", function2),
    request: {
      method: "OPTIONS",
      headers: { Origin: "https://app.example", "Access-Control-Request-Method": "GET" },
    },
    upstream: lambda(() => ({ statusCode: 202, body: "own" })),
    status: 202,
    body: "own",
    without: ["access-control-allow-origin", "access-control-allow-credentials"],
  },
  {
    report: "dherault/serverless-offline #1578: an event 2.0 has its method in its context",
    route: httpRoute("GET /", function2),
    request: "GET /",
    upstream: echo,
    json: { requestContext: { http: { method: "GET" } } },
  },
];

it.each(rows)("$report", expectReported);
