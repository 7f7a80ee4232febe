import { expect, it } from "vitest";
import { callOf, FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";

const PLANTED = "planted/secret=0123456789abcdef";
const ENCODED = encodeURIComponent(PLANTED);
const ALLOWED = {
  principalId: "ada",
  context: { backendPassword: PLANTED, plan: "gold" },
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }],
  },
};

it.each([
  ["a header of an authorizer", "TOKEN", "method.request.header.X-Ticket", { "x-ticket": PLANTED }, ""],
  [
    "one of several sources",
    "REQUEST",
    "method.request.header.X-Ticket,method.request.querystring.ticket",
    { "X-Ticket": PLANTED },
    `?ticket=${ENCODED}`,
  ],
  [
    "a session token of a signature",
    "REQUEST",
    "method.request.header.Host",
    {},
    `?X-Amz-Security-Token=${ENCODED}`,
  ],
  [
    "a signature in the query string",
    "REQUEST",
    "method.request.header.Host",
    {},
    `?X-Amz-Signature=${ENCODED}&access_token=${ENCODED}`,
  ],
  [
    "a header and parameters that are named as secrets",
    "REQUEST",
    "method.request.header.Host",
    { "X-Vault-Token": `Bearer ${PLANTED}`, "X-Db-Password": `a ${PLANTED}` },
    `?user%5Bpassword%5D=${ENCODED}&token[]=${ENCODED}`,
  ],
  [
    "what is named as a secret in bodies and stage variables",
    "REQUEST",
    "method.request.header.Host",
    {},
    "",
    { body: JSON.stringify({ password: PLANTED, inner: JSON.stringify({ token: PLANTED }) }) },
  ],
])(
  "%s is in no line of the execution log",
  async (_, type, identitySource, headers, query, more: { readonly body?: string } = {}) => {
    const written: string[] = [];
    const { call } = await callOf(
      restRoute(
        "POST /a",
        {
          integration: {
            type: "HTTP_PROXY",
            httpMethod: "POST",
            uri: "http://pets.example/a",
            requestParameters: {
              "integration.request.header.X-Backend": "stageVariables.apiKey",
              "integration.request.header.X-Own": "context.authorizer.backendPassword",
              "integration.request.header.X-Plan": "context.authorizer.plan",
            },
          },
          authorizationType: "CUSTOM",
          authorizerId: "a1",
        },
        {
          stage: {
            methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } },
            variables: { apiKey: PLANTED },
          },
          definitions: {
            Authorizer: { a1: { name: "a", type, identitySource, authorizerUri: FUNCTION_URI } },
          },
        },
      ),
      { method: "POST", path: `/a${query}`, headers, ...more },
      {
        upstream: (request) =>
          request.url.includes("pets.example")
            ? { status: 200, body: JSON.stringify({ refreshToken: PLANTED }) }
            : lambda(() => ALLOWED)(request),
        ports: { logs: { open: () => (_unixMs, message) => void written.push(message) } },
      },
    );
    expect(call.status).toBe(200);
    expect(written.join("\n")).toContain("Method request headers");
    expect(written.join("\n")).toContain("X-Plan=gold");
    for (const secret of [PLANTED, ENCODED]) expect(written.join("\n")).not.toContain(secret);
  },
);
