import { describe, expect, it } from "vitest";
import { callOf, restRoute, type TestedRequest, type UpstreamResponse } from "../../kit/index.ts";

const mapped = (more: object = {}, responses: object = { "200": {} }) => ({
  integration: {
    type: "HTTP",
    httpMethod: "POST",
    uri: "http://pets.example/base",
    integrationResponses: responses,
    ...more,
  },
});
const POST: TestedRequest = {
  method: "POST",
  path: "/a?q=1",
  headers: { "X-Own": "mine" },
  body: '{"name":"rex"}',
};
const json = (template: string) => ({ requestTemplates: { "application/json": template } });
const sentBy = async (more: object, request: TestedRequest = POST) => {
  const { sent } = await callOf(restRoute("POST /a", mapped(more)), request);
  expect(sent).toHaveLength(1);
  return sent[0] as (typeof sent)[number];
};

describe("the request of an HTTP integration", () => {
  it("has AWS's headers and nothing of the client's", async () => {
    const { url, headers, body } = await sentBy({});
    expect({ url, headers, body }).toEqual({
      url: "http://pets.example/base",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        "user-agent": "AmazonAPIGateway_api123",
        "x-amzn-apigateway-api-id": "api123",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
      },
      body: '{"name":"rex"}',
    });
  });

  it.each([
    ["a header of the request", "method.request.header.X-Own", "mine"],
    ["a query parameter", "method.request.querystring.q", "1"],
    ["a member of the body", "method.request.body.name", "rex"],
    ["a constant", "'fixed'", "fixed"],
    ["a context variable", "context.stage", "test"],
    ["what is not there", "method.request.header.Missing", undefined],
  ])("has a header mapped from %s: %s", async (_what, source, wanted) => {
    const { headers } = await sentBy({
      requestParameters: { "integration.request.header.x-mapped": source },
    });
    expect(headers["x-mapped"]).toBe(wanted);
  });

  it.each([
    ["a body, but none was said", {}, "hi", "application/json"],
    ["a body and said what", { "Content-Type": "text/csv" }, "hi", "text/csv"],
    ["no body, but a type", { "Content-Type": "text/csv" }, "", undefined],
    ["neither", {}, "", undefined],
  ])("has a Content-Type if the client sent %s", async (_what, headers, body, wanted) => {
    const sent = await sentBy({}, { method: "POST", path: "/a", headers, body });
    expect(sent.headers["content-type"]).toBe(wanted);
  });

  it("has a mapped Host, Trailer and Upgrade", async () => {
    const requestParameters = {
      "integration.request.header.Host": "'other.example'",
      "integration.request.header.Trailer": "'x-sum'",
      "integration.request.header.Upgrade": "'HTTP/2.0'",
      "integration.request.header.TE": "'trailers'",
    };
    const { headers, request } = await sentBy({ requestParameters });
    expect(headers).toMatchObject({ host: "other.example", trailer: "x-sum" });
    expect(request.upgrade).toBe("HTTP/2.0");
    expect(headers).not.toHaveProperty("te");
  });

  it.each([
    ["the template's text", json('{"pet": $input.json("$.name")}'), '{"pet": "rex"}'],
    [
      "the body as it came where no template is of its media type",
      { requestTemplates: { "text/xml": "x" } },
      '{"name":"rex"}',
    ],
  ])("has %s as its body", async (_what, more, wanted) => {
    expect((await sentBy(more)).body).toBe(wanted);
  });

  it("has what a template overrides", async () => {
    const template = [
      '#set($context.requestOverride.header.x-new = "1")',
      '#set($context.requestOverride.querystring.z = "2")',
      "{}",
    ].join("");
    const { url, headers, body } = await sentBy(json(template));
    expect({ url, "x-new": headers["x-new"], body }).toEqual({
      url: "http://pets.example/base?z=2",
      "x-new": "1",
      body: "{}",
    });
  });

  it.each([
    ["WHEN_NO_MATCH", 200, 1],
    ["WHEN_NO_TEMPLATES", 415, 0],
    ["NEVER", 415, 0],
  ])("of a media type without a template, %s: %i", async (passthroughBehavior, status, requests) => {
    const route = restRoute(
      "POST /a",
      mapped({ passthroughBehavior, requestTemplates: { "text/xml": "x" } }),
    );
    const outcome = await callOf(route, POST);
    expect([outcome.status, outcome.sent.length]).toEqual([status, requests]);
  });
});

describe("the response of an HTTP integration", () => {
  const responded = (responses: object, upstream: UpstreamResponse) =>
    callOf(restRoute("POST /a", mapped({}, responses)), POST, { upstream: () => upstream });

  it.each([
    [
      "the first whose pattern matches the status",
      { "200": {}, "404": { selectionPattern: "4\\d{2}" } },
      418,
      404,
    ],
    ["the one without a pattern else", { "200": {}, "404": { selectionPattern: "4\\d{2}" } }, 500, 200],
  ])("is %s", async (_what, responses, given, status) => {
    expect((await responded(responses, { status: given })).status).toBe(status);
  });

  it("is 500 where none matches and there is no default", async () => {
    const outcome = await responded({ "404": { selectionPattern: "404" } }, { status: 200 });
    expect(outcome).toMatchObject({ status: 500, body: '{"message": "Internal server error"}' });
  });

  it.each([
    ["a header of the endpoint", "integration.response.header.X-Up", "up"],
    ["a member of its body", "integration.response.body.pets[0]", "rex"],
    ["a constant", "'fixed'", "fixed"],
    ["a context variable", "context.stage", "test"],
  ])("has a header mapped from %s", async (_what, source, wanted) => {
    const responseParameters = { "method.response.header.x-mapped": source };
    const { headers } = await responded(
      { "200": { responseParameters } },
      { headers: { "X-Up": "up", "X-Dropped": "1" }, body: '{"pets":["rex"]}' },
    );
    expect(headers["x-mapped"]).toBe(wanted);
    expect(headers["x-dropped"]).toBeUndefined();
  });

  it("has a body made by its template, which may override the status and headers", async () => {
    const template = [
      "#set($context.responseOverride.status = 202)",
      '#set($context.responseOverride.header.x-new = "1")',
      '{"first": $input.json("$.pets[0]")}',
    ].join("");
    const responses = { "200": { responseTemplates: { "application/json": template } } };
    const outcome = await responded(responses, {
      headers: { "Content-Type": "application/json" },
      body: '{"pets":["rex"]}',
    });
    expect(outcome).toMatchObject({ status: 202, body: '{"first": "rex"}' });
    expect(outcome.headers["x-new"]).toBe("1");
  });
});
