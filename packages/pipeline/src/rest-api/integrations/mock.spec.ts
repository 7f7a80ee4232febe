import { expect, it } from "vitest";
import { callOf, restRoute } from "../../kit/index.ts";

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

it("has the headers of the response that is selected", async () => {
  const { headers } = await callOf(restRoute("GET /a", mock('{"statusCode": 404}', RESPONSES)), "GET /a");
  expect(headers["x-why"]).toBe("gone");
});
