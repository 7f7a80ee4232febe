import { expect, it } from "vitest";
import { callOf, FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";

const PLANTED = "planted/secret=0123456789abcdef";
const ENCODED = encodeURIComponent(PLANTED);
const ALLOWED = {
  principalId: "ada",
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
])("%s is in no line of the execution log", async (_, type, identitySource, headers, query) => {
  const written: string[] = [];
  const { call } = await callOf(
    restRoute(
      "GET /a",
      {
        integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example/a" },
        authorizationType: "CUSTOM",
        authorizerId: "a1",
      },
      {
        stage: { methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } } },
        definitions: { Authorizer: { a1: { name: "a", type, identitySource, authorizerUri: FUNCTION_URI } } },
      },
    ),
    { path: `/a${query}`, headers: headers },
    {
      upstream: (request) =>
        request.url.includes("pets.example") ? { status: 200, body: "{}" } : lambda(() => ALLOWED)(request),
      ports: { logs: { open: () => (_unixMs, message) => void written.push(message) } },
    },
  );
  expect(call.status).toBe(200);
  expect(written.join("\n")).toContain("Method request headers");
  for (const secret of [PLANTED, ENCODED]) expect(written.join("\n")).not.toContain(secret);
});
