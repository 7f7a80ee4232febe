import { describe, expect, it } from "vitest";
import {
  FUNCTION_URI,
  httpRoute,
  lambda,
  runningRoute,
  type TestedRequest,
  type Upstream,
} from "../../kit/index.ts";

const statement = (Effect: string, Resource = "*") => ({
  Version: "2012-10-17",
  Statement: [{ Effect, Action: "execute-api:Invoke", Resource }],
});
const SIMPLE = { authorizerPayloadFormatVersion: "2.0", enableSimpleResponses: true };
const POLICY = { authorizerPayloadFormatVersion: "2.0", enableSimpleResponses: false };
const CALL: TestedRequest = { path: "/pets/7?q=1", headers: { Authorization: "secret" } };
const ARN = "arn:aws:execute-api:us-east-1:000000000000:api123/$default/GET/pets/7";

/** A running route that a function guards. */
const guarded = (authorizer: object, decide: Upstream) =>
  runningRoute(
    httpRoute(
      "GET /pets/{id}",
      {
        integrationType: "HTTP_PROXY",
        integrationMethod: "GET",
        integrationUri: "http://pets.example",
        payloadFormatVersion: "1.0",
      },
      {
        route: { authorizationType: "CUSTOM", authorizerId: "auth01" },
        api: {
          authorizers: {
            auth01: {
              name: "a",
              authorizerType: "REQUEST",
              authorizerUri: FUNCTION_URI,
              identitySource: ["$request.header.Authorization"],
              ...authorizer,
            },
          },
        },
      },
    ),
    { upstream: (request) => (request.url.startsWith("http://lambda.") ? decide(request) : {}) },
  );

describe("the event of a Lambda authorizer", () => {
  it("format 2.0 has its sources as a list", async () => {
    const { sent } = await (
      await guarded(
        SIMPLE,
        lambda(() => ({ isAuthorized: true })),
      )
    )(CALL);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      version: "2.0",
      type: "REQUEST",
      routeArn: ARN,
      identitySource: ["secret"],
      routeKey: "GET /pets/{id}",
      rawPath: "/pets/7",
      headers: { authorization: "secret" },
      pathParameters: { id: "7" },
    });
  });

  it("format 1.0 has its sources in one string", async () => {
    const decide = lambda(() => ({ principalId: "me", policyDocument: statement("Allow") }));
    const { sent } = await (await guarded({ authorizerPayloadFormatVersion: "1.0" }, decide))(CALL);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      version: "1.0",
      type: "REQUEST",
      methodArn: ARN,
      identitySource: "secret",
      authorizationToken: "secret",
      resource: "/pets/{id}",
      httpMethod: "GET",
    });
  });
});

describe("the decision of a Lambda authorizer", () => {
  it.each([
    ["simple", SIMPLE, { isAuthorized: true }, 200],
    ["simple", SIMPLE, { isAuthorized: false }, 403],
    ["simple", SIMPLE, { isAuthorized: "yes" }, 500],
    ["simple", SIMPLE, { isAuthorized: true, context: [] }, 500],
    ["a policy", POLICY, { principalId: "me", policyDocument: statement("Allow") }, 200],
    ["a policy", POLICY, { principalId: "me", policyDocument: statement("Allow", ARN) }, 200],
    ["a policy", POLICY, { principalId: "me", policyDocument: statement("Allow", `${ARN}/x`) }, 403],
    ["a policy", POLICY, { principalId: "me", policyDocument: statement("Deny") }, 403],
    ["a policy", POLICY, { isAuthorized: true }, 500],
  ])("in a response that is %s", async (_what, authorizer, output, status) => {
    expect(
      (
        await (
          await guarded(
            authorizer,
            lambda(() => output),
          )
        )(CALL)
      ).status,
    ).toBe(status);
  });

  it.each([
    [
      "throws",
      lambda(() => {
        throw new Error("broken");
      }),
      500,
      "Internal Server Error",
    ],
    [
      "throws Unauthorized",
      lambda(() => {
        throw new Error("Unauthorized");
      }),
      401,
      "Unauthorized",
    ],
    ["takes too long", () => "timeout" as const, 500, "Internal Server Error"],
  ])("of a function that %s", async (_what, decide, status, message) => {
    const outcome = await (await guarded(SIMPLE, decide))(CALL);
    expect([outcome.status, JSON.parse(outcome.body)]).toEqual([status, { message }]);
  });

  it("keeps the types of its context for events, and shows strings in $context", async () => {
    const decide = lambda(() => ({ isAuthorized: true, context: { n: 1, list: ["a"] } }));
    const { call } = await (await guarded(SIMPLE, decide))(CALL);
    expect(call.authorizer).toMatchObject({
      values: { n: 1, list: ["a"] },
      context: { n: "1", list: '["a"]' },
    });
  });
});

describe("who a caller is", () => {
  it("401 without asking, where a source is missing", async () => {
    const { status, sent } = await (await guarded(SIMPLE, () => ({})))({ path: "/pets/7" });
    expect({ status, sent }).toEqual({ status: 401, sent: [] });
  });

  it.each([
    ["the same", 60, { ...CALL, path: "/pets/8" }, 1],
    ["another", 60, { ...CALL, headers: { Authorization: "other" } }, 2],
    ["the same, but nothing is kept", 0, CALL, 2],
  ])("is asked for once as long as the result is kept: %s", async (_what, ttl, second, asked) => {
    const authorizer = { ...SIMPLE, authorizerResultTtlInSeconds: ttl };
    const call = await guarded(
      authorizer,
      lambda(() => ({ isAuthorized: true })),
    );
    const sent = [...(await call(CALL)).sent, ...(await call(second)).sent];
    expect(sent.filter(({ url }) => url.startsWith("http://lambda."))).toHaveLength(asked);
  });
});

it("a response larger than Lambda allows, 6 MB, is not read", async () => {
  const run = await guarded(
    SIMPLE,
    lambda(() => ({ isAuthorized: true, context: { text: "x".repeat(6 * 1024 * 1024) } })),
  );
  expect((await run(CALL)).status).toBe(500);
});
