import { describe, expect, it } from "vitest";
import { callOf, problemsOf, restRoute, type TestedRequest, type UpstreamResponse } from "../../kit/index.ts";

const toPets = (more: object = {}) => ({
  integration: { type: "HTTP_PROXY", httpMethod: "ANY", uri: "http://pets.example/base", ...more },
});
const sentBy = async (key: string, more: object, request: string | TestedRequest, around = {}) => {
  const { sent } = await callOf(restRoute(key, toPets(more), around), request);
  expect(sent).toHaveLength(1);
  return sent[0] as (typeof sent)[number];
};

describe("the request of an HTTP_PROXY integration", () => {
  it.each([
    ["the URI as it is", "GET /a", {}, "GET /a", "GET http://pets.example/base"],
    [
      "the client's query behind that of the URI",
      "GET /a",
      { uri: "http://pets.example/?k=1" },
      "GET /a?b=2&b=3",
      "GET http://pets.example/?k=1&b=2&b=3",
    ],
    ["the client's method for ANY", "ANY /a", {}, "PATCH /a", "PATCH http://pets.example/base"],
    ["its own method else", "ANY /a", { httpMethod: "PUT" }, "PATCH /a", "PUT http://pets.example/base"],
    [
      "path parts from its request parameters",
      "GET /{id}",
      {
        uri: "http://pets.example/p/{id}",
        requestParameters: { "integration.request.path.id": "method.request.path.id" },
      },
      "GET /7",
      "GET http://pets.example/p/7",
    ],
    [
      "a greedy part with its slashes",
      "GET /{proxy+}",
      {
        uri: "http://pets.example/{proxy}",
        requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
      },
      "GET /a/b%20c",
      "GET http://pets.example/a/b%20c",
    ],
    [
      "mapped query parameters, encoded",
      "GET /a",
      { requestParameters: { "integration.request.querystring.q": "'a b&'" } },
      "GET /a",
      "GET http://pets.example/base?q=a%20b%26",
    ],
  ])("has %s", async (_what, key, more, request, wanted) => {
    const { method, url } = await sentBy(key, more, request);
    expect(`${method} ${url}`).toBe(wanted);
  });

  it("has stage variables in its URI", async () => {
    const uri = "http://${stageVariables.host}/x";
    const { url } = await sentBy("GET /a", { uri }, "GET /a", {
      stage: { variables: { host: "red.example" } },
    });
    expect(url).toBe("http://red.example/x");
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
      "x-forwarded-for": "198.51.100.6, 192.0.2.1",
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-amzn-apigateway-api-id": "api123",
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
    });
  });

  it("has mapped headers instead of the client's", async () => {
    const requestParameters = { "integration.request.header.X-Own": "'mapped'" };
    const { headers } = await sentBy(
      "GET /a",
      { requestParameters },
      { path: "/a", headers: { "x-own": "sent" } },
    );
    expect(headers["x-own"]).toBe("mapped");
  });

  it("has the body as it came", async () => {
    const { body } = await sentBy("POST /a", {}, { method: "POST", path: "/a", body: "hello" });
    expect(body).toBe("hello");
  });
});

describe("the response of an HTTP_PROXY integration", () => {
  const responded = (upstream: () => UpstreamResponse | "timeout" | "connect" | "network") =>
    callOf(restRoute("GET /a", toPets()), "GET /a", { upstream });

  it("is the upstream's, with reserved headers renamed and those of the connection left out", async () => {
    const headers = {
      "X-Own": "1",
      Server: "s",
      Date: "d",
      "Content-Length": "2",
      "Keep-Alive": "timeout=1",
      Via: "v",
    };
    const outcome = await responded(() => ({ status: 201, headers, body: "ok" }));
    expect(outcome).toMatchObject({ status: 201, body: "ok" });
    expect(outcome.headers).toEqual({
      "x-own": "1",
      "x-amzn-remapped-server": "s",
      "x-amzn-remapped-date": "d",
      "x-amzn-remapped-content-length": "2",
      "x-amzn-requestid": expect.any(String),
      "x-amz-apigw-id": expect.any(String),
    });
  });

  it.each([
    ["timeout", 504, "Endpoint request timed out"],
    ["connect", 500, "Internal server error"],
    ["network", 500, "Network error communicating with endpoint"],
  ] as const)("is a gateway response where the upstream fails by %s", async (failure, status, message) => {
    const outcome = await responded(() => failure);
    expect({ status: outcome.status, body: JSON.parse(outcome.body) }).toEqual({ status, body: { message } });
  });
});

describe("an HTTP_PROXY integration that cannot work", () => {
  it.each([
    [
      "a part of its URI has no source",
      { uri: "http://pets.example/{id}" },
      "integration.uri",
      { code: "URI_PART_UNSOURCED", params: { name: "id" } },
    ],
    [
      "it has a VPC link without an id",
      { connectionType: "VPC_LINK" },
      "integration.connectionId",
      { code: "VPC_LINK_REQUIRED" },
    ],
    [
      "it maps an unknown context variable",
      { requestParameters: { "integration.request.header.x": "context.nothing" } },
      "integration.requestParameters.integration.request.header.x",
      { code: "CONTEXT_VARIABLE_UNKNOWN", params: { name: "nothing" } },
    ],
  ])("is a problem where %s", async (_what, more, path, fact) => {
    expect(await problemsOf(restRoute("GET /a", toPets(more)))).toMatchObject([
      { path: `Resource/resource1.methods.GET.${path}`, ...fact },
    ]);
  });
});
