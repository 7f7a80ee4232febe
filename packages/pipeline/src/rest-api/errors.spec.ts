import { describe, expect, it } from "vitest";
import { callOf, restRoute } from "../kit/index.ts";

/** Calls what no method takes, which is MISSING_AUTHENTICATION_TOKEN, of an API with these gateway responses. */
const refused = async (responses: Readonly<Record<string, object>>, headers: Record<string, string> = {}) => {
  const method = { integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example" } };
  const route = restRoute("GET /a", method, {
    stage: { variables: { team: "blue" } },
    definitions: { GatewayResponse: responses },
  });
  return callOf(route, { path: "/other?q=1", headers });
};
const TOKEN = "MISSING_AUTHENTICATION_TOKEN";

describe("a gateway response", () => {
  it("has AWS's form where the API does not say otherwise", async () => {
    const { status, body, headers } = await refused({});
    expect({ status, body, type: headers["content-type"], error: headers["x-amzn-errortype"] }).toEqual({
      status: 403,
      body: '{"message":"Missing Authentication Token"}',
      type: "application/json",
      error: "MissingAuthenticationTokenException",
    });
  });

  it.each([
    ["its own", { [TOKEN]: { statusCode: "404" }, DEFAULT_4XX: { statusCode: "418" } }, 404],
    [
      "that of its class else",
      { DEFAULT_4XX: { statusCode: "418" }, DEFAULT_5XX: { statusCode: "599" } },
      418,
    ],
    ["AWS's else", { DEFAULT_5XX: { statusCode: "599" } }, 403],
  ])("has the status that %s gives", async (_what, responses, status) => {
    expect((await refused(responses)).status).toBe(status);
  });

  it.each([
    ["a constant", "'fixed'", "fixed"],
    ["a context variable", "context.error.responseType", TOKEN],
    ["a stage variable", "stageVariables.team", "blue"],
    ["a header of the request", "method.request.header.X-Own", "mine"],
    ["a query parameter", "method.request.querystring.q", "1"],
    ["nothing", "method.request.header.Missing", undefined],
  ])("has a header made of %s", async (_what, source, wanted) => {
    const responseParameters = { "gatewayresponse.header.x-mapped": source };
    const { headers } = await refused({ [TOKEN]: { responseParameters } }, { "X-Own": "mine" });
    expect(headers["x-mapped"]).toBe(wanted);
  });

  it.each([
    ['{"m": $context.error.messageString}', '{"m": "Missing Authentication Token"}'],
    ["${context.stage} of $stageVariables.team.", "test of blue."],
    ["$input.path('$') $unknown", "$input.path('$') $unknown"],
  ])("has a body of plain substitution: %s", async (template, wanted) => {
    const { body } = await refused({ [TOKEN]: { responseTemplates: { "application/json": template } } });
    expect(body).toBe(wanted);
  });

  it.each([
    ["text/html", "<p>no</p>", "text/html"],
    ["application/json", "{}", "application/json"],
    ["image/png", "{}", "application/json"],
  ])("takes the template of the media type that %s accepts", async (accept, body, type) => {
    const responseTemplates = { "application/json": "{}", "text/html": "<p>no</p>" };
    const outcome = await refused({ [TOKEN]: { responseTemplates } }, { Accept: accept });
    expect([outcome.body, outcome.headers["content-type"]]).toEqual([body, type]);
  });
});
