import { describe, expect, it } from "vitest";
import {
  FUNCTION_URI,
  lambda,
  restRoute,
  runningRoute,
  type TestedRequest,
  type Upstream,
} from "../../kit/index.ts";

const statement = (Effect: string, Resource = "*") => ({
  Version: "2012-10-17",
  Statement: [{ Effect, Action: "execute-api:Invoke", Resource }],
});
const allowing = { principalId: "me", policyDocument: statement("Allow") };
const TOKEN = { type: "TOKEN", identitySource: "method.request.header.Authorization" };
const CALL: TestedRequest = { path: "/pets/7?q=1", headers: { Authorization: "secret", "X-Own": "1" } };

interface Given {
  readonly authorizer?: object;
  /** What the function does. */
  readonly decide?: Upstream;
  readonly api?: object;
}

/** A running method that a function guards. */
const guarded = ({ authorizer = TOKEN, decide = lambda(() => allowing), api = {} }: Given) =>
  runningRoute(
    restRoute(
      "GET /pets/{id}",
      {
        integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example" },
        authorizationType: "CUSTOM",
        authorizerId: "auth01",
      },
      {
        api,
        stage: { variables: { team: "blue" } },
        definitions: { Authorizer: { auth01: { name: "a", authorizerUri: FUNCTION_URI, ...authorizer } } },
      },
    ),
    { upstream: (request) => (request.url.startsWith("http://lambda.") ? decide(request) : {}) },
  );
const replyTo = async (given: Given, request = CALL) => {
  const { status, body } = await (await guarded(given))(request);
  return {
    status,
    message: body === "" ? "" : Object.values(JSON.parse(body) as Record<string, unknown>)[0],
  };
};
const ARN = "arn:aws:execute-api:us-east-1:000000000000:api123/test/GET/pets/7";

describe("the event of a Lambda authorizer", () => {
  it("TOKEN: has the token and the method's ARN", async () => {
    const { sent } = await (await guarded({}))(CALL);
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual({
      type: "TOKEN",
      authorizationToken: "secret",
      methodArn: ARN,
    });
  });

  it("REQUEST: describes the request, with {} for what is empty", async () => {
    const authorizer = { type: "REQUEST", identitySource: "method.request.header.Authorization" };
    const { sent } = await (await guarded({ authorizer }))(CALL);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      type: "REQUEST",
      methodArn: ARN,
      resource: "/pets/{id}",
      path: "/pets/7",
      httpMethod: "GET",
      headers: { Authorization: "secret", "X-Own": "1" },
      queryStringParameters: { q: "1" },
      pathParameters: { id: "7" },
      stageVariables: { team: "blue" },
      requestContext: { apiId: "api123", stage: "test" },
    });
  });
});

describe("the decision of a Lambda authorizer", () => {
  it.each([
    ["allows", statement("Allow"), 200, ""],
    ["allows this method", statement("Allow", ARN), 200, ""],
    [
      "allows another method",
      statement("Allow", `${ARN}/x`),
      403,
      "User is not authorized to access this resource",
    ],
    [
      "denies",
      statement("Deny"),
      403,
      "User is not authorized to access this resource with an explicit deny",
    ],
  ])("that %s", async (_what, policyDocument, status, message) => {
    const decide = lambda(() => ({ principalId: "me", policyDocument }));
    expect(await replyTo({ decide })).toEqual({ status, message });
  });

  it.each([
    [
      "throws Unauthorized",
      lambda(() => {
        throw new Error("Unauthorized");
      }),
      401,
      "Unauthorized",
    ],
    [
      "throws",
      lambda(() => {
        throw new Error("broken");
      }),
      500,
      null,
    ],
    ["takes too long", () => "timeout" as const, 500, null],
    ["is not there", () => ({ status: 404 }), 500, null],
    ["returns no policy", lambda(() => ({ principalId: "me" })), 500, null],
    ["returns no principal", lambda(() => ({ policyDocument: statement("Allow") })), 500, null],
    ["returns a list in its context", lambda(() => ({ ...allowing, context: { a: [] } })), 500, null],
  ])("of a function that %s", async (_what, decide, status, message) => {
    expect(await replyTo({ decide })).toEqual({ status, message });
  });

  it("gives $context.authorizer its values as strings", async () => {
    const decide = lambda(() => ({ ...allowing, context: { s: "a", n: 1, b: true, nothing: null } }));
    const { call } = await (await guarded({ decide }))(CALL);
    expect(call.authorizer).toMatchObject({ principalId: "me", context: { s: "a", n: "1", b: "true" } });
  });
});

/** For a pattern that remembers the last 900 characters, each of these is a state of its own. */
const MANY_STATES_TEXT = (() => {
  let seed = 1;
  return Array.from({ length: 8_000 }, () => "ab"[(seed = (seed * 48_271) % 2_147_483_647) % 2]).join("");
})();

describe("who a caller is", () => {
  it.each([
    ["the header is missing", TOKEN, { path: "/pets/7" }],
    ["the header is empty", TOKEN, { path: "/pets/7", headers: { Authorization: "" } }],
    ["the token does not match", { ...TOKEN, identityValidationExpression: "x-.*" }, CALL],
    [
      "the token takes too long to match a large pattern",
      { ...TOKEN, identityValidationExpression: "[ab]*a[ab]{900}" },
      { path: "/pets/7", headers: { Authorization: MANY_STATES_TEXT } },
    ],
    [
      "one of the sources is missing",
      { type: "REQUEST", identitySource: "method.request.header.Authorization,method.request.querystring.z" },
      CALL,
    ],
  ])("401 without asking, where %s", async (_what, authorizer, request) => {
    const { status, sent } = await (await guarded({ authorizer }))(request);
    expect({ status, sent }).toEqual({ status: 401, sent: [] });
  });

  it.each([
    ["the same", {}, { ...CALL, path: "/pets/8?q=1" }, 1],
    ["another", {}, { ...CALL, headers: { Authorization: "other" } }, 2],
    ["the same, but nothing is kept", { authorizerResultTtlInSeconds: 0 }, CALL, 2],
  ])("is asked for once as long as the result is kept: %s", async (_what, more, second, asked) => {
    const authorizer = { type: "REQUEST", identitySource: "method.request.header.Authorization", ...more };
    const call = await guarded({ authorizer });
    const sent = [...(await call(CALL)).sent, ...(await call(second)).sent];
    expect(sent.filter(({ url }) => url.startsWith("http://lambda."))).toHaveLength(asked);
  });
});

describe("with the API's own policy", () => {
  const policy = (Effect: string) => ({
    Version: "2012-10-17",
    Statement: [{ Effect, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" }],
  });
  it.each([
    ["Deny", "Allow", 403, 0],
    ["Allow", "Deny", 403, 1],
    ["Allow", "Allow", 200, 1],
  ])("%s there and %s here is %i, the function is asked %i times", async (ofApi, own, status, asked) => {
    const decide = lambda(() => ({ principalId: "me", policyDocument: statement(own) }));
    const outcome = await (await guarded({ decide, api: { policy: policy(ofApi) } }))(CALL);
    const asks = outcome.sent.filter(({ url }) => url.startsWith("http://lambda."));
    expect([outcome.status, asks.length]).toEqual([status, asked]);
  });
});

describe("a policy that a function made of the ARN that it got", () => {
  const own = lambda((event: { methodArn: string }) => ({
    principalId: "me",
    policyDocument: statement(event.methodArn.endsWith("/8") ? "Deny" : "Allow", event.methodArn),
  }));
  it.each(["/pets/%3F", "/pets/%2A", "/pets/*"])("is about %s only", async (path) => {
    const call = await guarded({ decide: own });
    const headers = { Authorization: "secret" };
    expect((await call({ path, headers })).status).toBe(200);
    expect((await call({ path: "/pets/8", headers })).status).toBe(403);
  });

  it("may name a path with characters that are encoded in requests", async () => {
    const named = lambda(() => ({
      principalId: "me",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          ...statement("Allow").Statement,
          ...statement("Deny", ARN.replace(/7$/, "a%3Ab")).Statement,
        ],
      },
    }));
    const call = await guarded({ decide: named });
    for (const path of ["/pets/a%3Ab", "/pets/a:b"])
      expect((await call({ path, headers: { Authorization: "secret" } })).status).toBe(403);
  });
});
