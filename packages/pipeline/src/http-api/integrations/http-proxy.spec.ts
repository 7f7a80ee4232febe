import { describe, expect, it } from "vitest";
import { callOf, httpRoute, problemsOf, type TestedRequest, type UpstreamResponse } from "../../kit/index.ts";

const toPets = (more: object = {}) => ({
  integrationType: "HTTP_PROXY",
  integrationMethod: "ANY",
  integrationUri: "http://pets.example/base",
  payloadFormatVersion: "1.0",
  ...more,
});
const sentBy = async (key: string, more: object, request: string | TestedRequest, around = {}) => {
  const { sent } = await callOf(httpRoute(key, toPets(more), around), request);
  expect(sent).toHaveLength(1);
  return sent[0] as (typeof sent)[number];
};

describe("the request of an HTTP_PROXY integration", () => {
  it.each([
    ["the URI as it is", "GET /a", {}, "GET /a", "GET http://pets.example/base"],
    ["the client's query", "GET /a", {}, "GET /a?b=2&b=3", "GET http://pets.example/base?b=2&b=3"],
    ["the path of the call for $default", "$default", {}, "GET /x/y", "GET http://pets.example/base/x/y"],
    ["the client's method for ANY", "ANY /a", {}, "PATCH /a", "PATCH http://pets.example/base"],
    [
      "its own method else",
      "ANY /a",
      { integrationMethod: "PUT" },
      "PATCH /a",
      "PUT http://pets.example/base",
    ],
    [
      "parts of the route's path, of one segment",
      "GET /{id}",
      { integrationUri: "http://pets.example/p/{id}" },
      "GET /a%2Fb",
      "GET http://pets.example/p/a%2Fb",
    ],
    [
      "parts of the route's path, of many segments",
      "GET /{proxy+}",
      { integrationUri: "http://pets.example/{proxy}" },
      "GET /a/b%20c",
      "GET http://pets.example/a/b%20c",
    ],
    [
      "an overwritten path",
      "GET /a",
      { requestParameters: { "overwrite:path": "/new/$request.querystring.x" } },
      "GET /a?x=1",
      "GET http://pets.example/new/$request.querystring.x?x=1",
    ],
    [
      "a path of text and variables",
      "GET /a",
      { requestParameters: { "overwrite:path": "/new/${request.querystring.x}" } },
      "GET /a?x=1",
      "GET http://pets.example/new/1?x=1",
    ],
    [
      "query parameters appended, overwritten and removed",
      "GET /a",
      {
        requestParameters: {
          "append:querystring.a": "2",
          "overwrite:querystring.b": "$context.routeKey",
          "remove:querystring.c": "",
        },
      },
      "GET /a?a=1&b=1&c=1",
      "GET http://pets.example/base?a=1&a=2&b=GET%20%2Fa",
    ],
  ])("has %s", async (_what, key, more, request, wanted) => {
    const { method, url } = await sentBy(key, more, request);
    expect(`${method} ${url}`).toBe(wanted);
  });

  it("has the client's headers without those of the connection, and what the gateway says of the call", async () => {
    const { headers } = await sentBy(
      "GET /a",
      {},
      {
        path: "/a",
        headers: {
          "X-Own": ["1", "2"],
          Connection: "X-Hop",
          "X-Hop": "1",
          "X-Forwarded-For": "198.51.100.6",
          TE: "trailers",
        },
      },
    );
    expect(headers).toEqual({
      "x-own": "1, 2",
      forwarded: "by=_gateway;for=192.0.2.1;host=api123.execute-api.example;proto=https",
      via: "HTTP/1.1 AmazonAPIGateway",
      "x-forwarded-for": "198.51.100.6, 192.0.2.1",
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
    });
  });

  it.each([
    ["append:header.x-own", "mapped", "sent,mapped"],
    ["overwrite:header.x-own", "$request.body.colour", "red"],
    ["overwrite:header.x-own", "$stageVariables.team", "blue"],
    ["remove:header.x-own", "", undefined],
  ])("has the header that %s makes of %j", async (target, source, wanted) => {
    const { headers } = await sentBy(
      "POST /a",
      { requestParameters: { [target]: source } },
      { method: "POST", path: "/a", headers: { "X-Own": "sent" }, body: '{"colour":"red"}' },
      { stage: { stageVariables: { team: "blue" } } },
    );
    expect(headers["x-own"]).toBe(wanted);
  });

  it("does not take X-HTTP-Method-Override for the method", async () => {
    const request = { method: "POST", path: "/a", headers: { "X-HTTP-Method-Override": "DELETE" } };
    expect((await sentBy("ANY /a", {}, request)).method).toBe("POST");
  });
});

describe("the response of an HTTP_PROXY integration", () => {
  const responded = (more: object, upstream: () => UpstreamResponse | "timeout" | "connect" | "network") =>
    callOf(httpRoute("GET /a", toPets(more)), "GET /a", { upstream });

  it("is the upstream's without the headers of its connection", async () => {
    const headers = { "X-Own": "1", Server: "s", Date: "d", "Keep-Alive": "timeout=1" };
    const outcome = await responded({}, () => ({ status: 201, headers, body: "ok" }));
    expect(outcome).toMatchObject({ status: 201, body: "ok" });
    expect(outcome.headers).toEqual({
      "x-own": "1",
      server: "s",
      date: "d",
      "apigw-requestid": expect.any(String),
    });
  });

  it.each([
    ["overwrite:header.x-own", "$response.body.colour", 200, "red"],
    ["append:header.x-own", "2", 200, "1,2"],
    ["remove:header.x-own", "", 200, undefined],
    ["overwrite:statuscode", "202", 202, "1"],
  ])("is mapped by its status: %s with %j", async (target, source, status, own) => {
    const responseParameters = { "200": { [target]: source }, "201": { "overwrite:statuscode": "500" } };
    const outcome = await responded({ responseParameters }, () => ({
      headers: { "X-Own": "1" },
      body: '{"colour":"red"}',
    }));
    expect({ status: outcome.status, own: outcome.headers["x-own"] }).toEqual({ status, own });
  });

  it.each([
    ["timeout", 503, "Service Unavailable"],
    ["connect", 503, "Service Unavailable"],
    ["network", 502, "Bad Gateway"],
  ] as const)("is an error where the upstream fails by %s", async (failure, status, message) => {
    const outcome = await responded({}, () => failure);
    expect({ status: outcome.status, body: JSON.parse(outcome.body) }).toEqual({ status, body: { message } });
  });
});

describe("an HTTP_PROXY integration that cannot work", () => {
  it.each([
    [
      "a part of its URI is not in the route's path",
      { integrationUri: "http://pets.example/{id}" },
      "integrationUri",
      { code: "URI_PART_NOT_IN_ROUTE", params: { name: "id", routePath: "/a" } },
    ],
    [
      "a mapping names nothing",
      { requestParameters: { "append:header.x": "$request.nothing" } },
      "requestParameters.append:header.x",
      { code: "EXPRESSION_INVALID", params: { expression: "$request.nothing" } },
    ],
  ])("is a problem where %s", async (_what, more, path, fact) => {
    expect(await problemsOf(httpRoute("GET /a", toPets(more)))).toMatchObject([
      { path: `Api/api123.integrations.integration1.${path}`, ...fact },
    ]);
  });
});
