import { describe, expect, it } from "vitest";
import { callOf, restRoute, runningRoute } from "../../kit/index.ts";

const mock = (template: string | undefined, responses: object) => ({
  integration: {
    type: "MOCK",
    requestTemplates: template === undefined ? {} : { "application/json": template },
    integrationResponses: responses,
  },
});
const RESPONSES = {
  "200": { responseTemplates: { "application/json": '{"ok": true}' } },
  "404": { selectionPattern: "404", responseParameters: { "method.response.header.x-why": "'gone'" } },
};

it.each([
  ['{"statusCode": 200}', 200, '{"ok": true}'],
  ['{"statusCode": 404}', 404, ""],
  ["{statusCode: 404}", 404, ""],
  ['{"statusCode": $input.params("s")}', 404, ""],
  ['{"statusCode": 599}', 200, '{"ok": true}'],
  ['{"statusCode": "no"}', 500, '{"message": "Internal server error"}'],
  ["none", 500, '{"message": "Internal server error"}'],
  [undefined, 500, '{"message": "Internal server error"}'],
])("the template %j selects %i", async (template, status, body) => {
  const outcome = await callOf(restRoute("GET /a", mock(template, RESPONSES)), "GET /a?s=404");
  expect({ status: outcome.status, body: outcome.body, sent: outcome.sent }).toEqual({
    status,
    body,
    sent: [],
  });
});

it.each([
  ["own", { "400": { selectionPattern: "4\\d\\d" }, "404": { selectionPattern: "4.*" } }, 404],
  ["first", { "400": { selectionPattern: "4\\d\\d" }, "410": { selectionPattern: "4.*" } }, 400],
])(
  "of several patterns that match, the response of its %s status is selected",
  async (_which, more, status) => {
    const route = restRoute("GET /a", mock('{"statusCode": 404}', { "200": {}, ...more }));
    expect((await callOf(route, "GET /a")).status).toBe(status);
  },
);

describe("a mock whose templates and headers are constants", () => {
  const both = {
    integration: {
      type: "MOCK",
      requestTemplates: { "application/json": '{"statusCode": 200}', "text/plain": '{"statusCode": 404}' },
      integrationResponses: {
        "200": { responseTemplates: { "application/json": '{"ok": true}', "text/xml": "<ok/>" } },
        "404": RESPONSES["404"],
      },
    },
  };
  const typed = (contentType: string) => ({ path: "/a", headers: { "Content-Type": contentType } });
  const accepting = (accept: string) => ({ path: "/a", headers: { Accept: accept } });

  it.each([
    ["no headers", "GET /a", 200, '{"ok": true}'],
    ["another media type", typed("text/plain; charset=utf-8"), 404, ""],
    ["one that has no template", typed("text/html"), 500, '{"message": "Internal server error"}'],
    ["Accept", accepting("text/xml"), 200, "<ok/>"],
    ["an Accept that has no template", accepting("text/html"), 200, '{"ok": true}'],
  ])("replies to a call with %s the same each time", async (_what, request, status, body) => {
    const send = await runningRoute(restRoute("GET /a", both));
    for (const other of ["GET /a", typed("text/plain"), accepting("text/xml")]) await send(other);
    const outcomes = [await send(request), await send(request)];
    expect(outcomes.map((outcome) => [outcome.status, outcome.body])).toEqual([
      [status, body],
      [status, body],
    ]);
    expect(outcomes[0]?.call.requestId).not.toBe(outcomes[1]?.call.requestId);
  });

  it("replies at once to all calls but the first", async () => {
    const send = await runningRoute(restRoute("GET /a", mock('{"statusCode": 200}', RESPONSES)));
    await send("GET /a");
    expect((await send("GET /a")).hasWaited).toBe(false);
  });

  it("still reads the body that a call has, and says in a log how the reply was made", async () => {
    const settings = { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } };
    const route = restRoute("POST /a", mock('{"statusCode": 200}', RESPONSES), {
      stage: { methodSettings: settings },
    });
    const send = await runningRoute(route);
    const [first, second] = [
      await send({ method: "POST", path: "/a", body: "{}" }),
      await send({ method: "POST", path: "/a", body: "{}" }),
    ];
    expect(second.call.requestBytes).toBe(2);
    expect(second.log).toHaveLength(first.log.length);
  });
});

it.each([
  ["a reference", '{"id": "$context.requestId"}', {}],
  ["a mapped header", "{}", { "method.response.header.x-id": "context.requestId" }],
])("a response with %s is made for each call", async (_what, template, responseParameters) => {
  const responses = { "200": { responseTemplates: { "application/json": template }, responseParameters } };
  const send = await runningRoute(restRoute("GET /a", mock('{"statusCode": 200}', responses)));
  const outcomes = [await send("GET /a"), await send("GET /a")];
  for (const { body, headers, call } of outcomes) expect(body + headers["x-id"]).toContain(call.requestId);
});

it("has the headers of the response that is selected", async () => {
  const { headers } = await callOf(restRoute("GET /a", mock('{"statusCode": 404}', RESPONSES)), "GET /a");
  expect(headers["x-why"]).toBe("gone");
});
