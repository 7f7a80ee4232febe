import { describe, expect, it } from "vitest";
import type { GatewayReply } from "../../kit/calls.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { functionUri } from "../../kit/functions.ts";
import { lambda, mock } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway({ functions: [{ name: "authorizer", timeoutMs: 3_000 }, "shapes"] });

const authorizer = (spec: object) => ({
  kind: "Authorizer",
  id: "auth",
  spec: { name: "auth", authorizerUri: functionUri("authorizer"), ...spec },
});
const protectedBy = (method: object) => ({ ...method, authorizationType: "CUSTOM", authorizerId: "auth" });

/** Returns the authorizer's context, as a template reads it. */
const told = mock(
  '{"principal": "$context.authorizer.principalId", "asked": "$context.authorizer.asked", "flag": "$context.authorizer.flag", "none": "$context.authorizer.none", "event": $context.authorizer.event}',
);

const deploy = (spec: object, options: { api?: object; stage?: object } = {}) =>
  gateway.deploy(
    {
      "GET /pets": protectedBy(told),
      "GET /pets/{id}": protectedBy(told),
      "GET /wild/{proxy+}": protectedBy(mock("ok")),
      "GET /elsewhere": protectedBy(told),
      "POST /pets": protectedBy(lambda("shapes")),
    },
    { definitions: [authorizer(spec)], ...options },
  );
const withToken = (token: string) => ({ headers: { Authorization: token } });
const asked = (reply: GatewayReply) => Number((JSON.parse(reply.body) as { asked: string }).asked);

describe("TOKEN authorizers (rest §9)", () => {
  const NO_CACHE = { type: "TOKEN", authorizerResultTtlInSeconds: 0 };

  it("the event is type, token and the method's ARN with the real path", async () => {
    const api = await deploy(NO_CACHE);
    const reply = await gateway.invoke(api, "/pets/7?x=1", withToken("allow"));
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.body)).toMatchObject({
      principal: "caller",
      flag: "true",
      none: "",
      event: {
        type: "TOKEN",
        authorizationToken: "allow",
        methodArn: `arn:aws:execute-api:us-east-1:000000000000:${api}/prod/GET/pets/7`,
      },
    });
  });

  it.each([
    { what: "no token", headers: {}, status: 401 },
    { what: "an empty token", headers: { Authorization: "" }, status: 401 },
    { what: "a token that the expression does not match", headers: { Authorization: "x" }, status: 401 },
    { what: "a token that it matches in part only", headers: { Authorization: "allow it" }, status: 401 },
    { what: "a good token", headers: { authorization: "allow" }, status: 200 },
  ])("$what: $status, and the function is called only for the valid one", async ({ headers, status }) => {
    const api = await deploy({ ...NO_CACHE, identityValidationExpression: "[a-z-]{4,}" });
    const before = asked(await gateway.invoke(api, "/pets", withToken("allow")));
    const reply = await gateway.invoke(api, "/pets", { headers: headers as Record<string, string> });
    expect(reply.status).toBe(status);
    if (status === 401) {
      expect(reply.body).toBe('{"message":"Unauthorized"}');
      expect(reply.headers["x-amzn-errortype"]).toBe("UnauthorizedException");
    }
    const after = asked(await gateway.invoke(api, "/pets", withToken("allow")));
    expect(after - before).toBe(status === 200 ? 2 : 1);
  });

  it.each([
    { token: "unauthorized", status: 401, body: '{"message":"Unauthorized"}' },
    { token: "throw", status: 500, body: '{"message":null}', type: "AuthorizerFailureException" },
    { token: "slow", status: 500, body: '{"message":null}', type: "AuthorizerFailureException" },
    { token: "nothing", status: 500, body: '{"message":null}', type: "AuthorizerConfigurationException" },
    {
      token: "no-principal",
      status: 500,
      body: '{"message":null}',
      type: "AuthorizerConfigurationException",
    },
    { token: "bad-policy", status: 500, body: '{"message":null}', type: "AuthorizerConfigurationException" },
    { token: "long", status: 500, body: '{"message":null}', type: "AuthorizerConfigurationException" },
    { token: "nested", status: 500, body: '{"message":null}', type: "AuthorizerConfigurationException" },
    {
      token: "deny",
      status: 403,
      body: '{"Message":"User is not authorized to access this resource with an explicit deny"}',
      type: "AccessDeniedException",
    },
    {
      token: "elsewhere",
      status: 403,
      body: '{"Message":"User is not authorized to access this resource"}',
      type: "AccessDeniedException",
    },
  ])("the function says $token: $status $body", async ({ token, status, body, type }) => {
    const api = await deploy(NO_CACHE);
    const reply = await gateway.invoke(api, "/pets", withToken(token));
    expect({ status: reply.status, body: reply.body }).toEqual({ status, body });
    if (type) expect(reply.headers["x-amzn-errortype"]).toBe(type);
  });

  it("policies name resources with * and ?", async () => {
    const api = await deploy(NO_CACHE);
    expect((await gateway.invoke(api, "/wild/a/b", withToken("wild"))).status).toBe(200);
    expect((await gateway.invoke(api, "/pets", withToken("wild"))).status).toBe(403);
  });

  it("a function that cannot be invoked is 500", async () => {
    const api = await deploy({ ...NO_CACHE, authorizerUri: functionUri("absent") });
    const reply = await gateway.invoke(api, "/pets", withToken("allow"));
    expect([reply.status, reply.body]).toEqual([500, '{"message":null}']);
  });

  it("its gateway responses can be customised", async () => {
    const api = await gateway.deploy(
      { "GET /pets": protectedBy(told) },
      {
        definitions: [
          authorizer(NO_CACHE),
          {
            kind: "GatewayResponse",
            id: "UNAUTHORIZED",
            spec: { responseParameters: { "gatewayresponse.header.WWW-Authenticate": "'Bearer'" } },
          },
        ],
      },
    );
    expect((await gateway.invoke(api, "/pets")).headers["www-authenticate"]).toBe("Bearer");
  });
});

describe("REQUEST authorizers (rest §9)", () => {
  it("the event has everything but the body, in the shapes of proxy events, empty maps as {}", async () => {
    const api = await deploy(
      { type: "REQUEST", authorizerResultTtlInSeconds: 0 },
      { stage: { variables: { v: "1" } } },
    );
    const reply = await gateway.invoke(api, "/pets/7", {
      headers: { "X-As": "allow", "x-as": "allow", Host: "h.localhost" },
    });
    const { event } = JSON.parse(reply.body) as { event: Record<string, unknown> };
    expect(event).toMatchObject({
      type: "REQUEST",
      methodArn: `arn:aws:execute-api:us-east-1:000000000000:${api}/prod/GET/pets/7`,
      resource: "/pets/{id}",
      path: "/pets/7",
      httpMethod: "GET",
      headers: { Host: "h.localhost" },
      multiValueHeaders: { Host: ["h.localhost"] },
      queryStringParameters: {},
      multiValueQueryStringParameters: {},
      pathParameters: { id: "7" },
      stageVariables: { v: "1" },
      requestContext: { resourcePath: "/pets/{id}", httpMethod: "GET", stage: "prod", apiId: api },
    });
    expect(Object.keys(event)).not.toContain("body");
  });

  it("any identity source that is missing is 401; without sources and cache the function is called", async () => {
    const sources =
      "method.request.header.X-Who, method.request.querystring.as, stageVariables.v, context.httpMethod";
    const api = await deploy(
      { type: "REQUEST", identitySource: sources },
      { stage: { variables: { v: "1" } } },
    );
    const call = async (path: string, headers: Record<string, string>) =>
      (await gateway.invoke(api, path, { headers })).status;
    expect(await call("/pets?as=allow", { "X-Who": "me" })).toBe(200);
    expect(await call("/pets?as=allow", {})).toBe(401);
    expect(await call("/pets", { "X-Who": "me" })).toBe(401);
    expect(await call("/pets?as=", { "X-Who": "me" })).toBe(401);
    const open = await deploy({ type: "REQUEST", authorizerResultTtlInSeconds: 0 });
    expect((await gateway.invoke(open, "/pets")).status).toBe(200);
  });

  it("without a source for its cache it is refused", async () => {
    await expect(deploy({ type: "REQUEST" })).rejects.toThrow(
      /identitySource: must name at least one source/,
    );
  });
});

describe("the authorizer's cache (rest §9)", () => {
  const cached = { type: "TOKEN", authorizerResultTtlInSeconds: 300 };
  const count = async (api: string, path: string, token: string) =>
    asked(await gateway.invoke(api, path, withToken(token)));

  it("caches the result of a token for all methods, and calls the function for another token", async () => {
    embeddedOnly("each node keeps what authorizers said for itself");
    const api = await deploy(cached);
    const first = await count(api, "/pets", "allow a");
    expect(await count(api, "/pets/9", "allow a")).toBe(first);
    expect(await count(api, "/pets", "allow b")).toBe(first + 1);
  });

  it("a cached policy that names one method denies another until it expires", async () => {
    embeddedOnly("each node keeps what authorizers said for itself");
    const api = await deploy(cached);
    expect((await gateway.invoke(api, "/pets/1", withToken("this"))).status).toBe(200);
    expect((await gateway.invoke(api, "/pets/2", withToken("this"))).status).toBe(403);
    expect((await gateway.invoke(api, "/pets/1", withToken("this"))).status).toBe(200);
  });

  it("the key of a REQUEST authorizer is all its sources in order", async () => {
    embeddedOnly("each node keeps what authorizers said for itself");
    const api = await deploy({
      type: "REQUEST",
      identitySource: "method.request.header.X-A,method.request.header.X-B",
      authorizerResultTtlInSeconds: 300,
    });
    const call = async (a: string, b: string) =>
      asked(await gateway.invoke(api, "/pets", { headers: { "X-A": a, "X-B": b } }));
    const first = await call("1", "2");
    expect(await call("1", "2")).toBe(first);
    expect(await call("2", "1")).toBe(first + 1);
    expect(await call("1", "2")).toBe(first);
  });

  it("is not used where the TTL is 0, and one above 3600 is refused", async () => {
    const api = await deploy({ type: "TOKEN", authorizerResultTtlInSeconds: 0 });
    const first = await count(api, "/pets", "allow");
    expect(await count(api, "/pets", "allow")).toBe(first + 1);
    await expect(deploy({ type: "TOKEN", authorizerResultTtlInSeconds: 3601 })).rejects.toThrow(/3600/);
  });

  it("keeps no failure", async () => {
    const api = await deploy(cached);
    const first = await count(api, "/pets", "allow");
    for (const token of ["unauthorized", "throw", "unauthorized"])
      await gateway.invoke(api, "/pets", withToken(token));
    expect(await count(api, "/pets", "allow other")).toBe(first + 4);
  });

  it("FlushStageAuthorizersCache forgets it", async () => {
    embeddedOnly("each node keeps what authorizers said for itself");
    const api = await deploy(cached);
    const first = await count(api, "/pets", "allow");
    expect(await count(api, "/pets", "allow")).toBe(first);
    const { revision } = await gateway.deployments.flushStageAuthorizersCache({
      apiId: api,
      stageName: "prod",
    });
    await gateway.wait(revision);
    expect(await count(api, "/pets", "allow")).toBe(first + 1);
  });
});

describe("the result of an authorizer", () => {
  it("is in the proxy event: principalId, context as strings, integrationLatency", async () => {
    const api = await deploy({ type: "TOKEN", authorizerResultTtlInSeconds: 0 });
    const reply = await gateway.invoke(api, "/pets", { method: "POST", ...withToken("allow") });
    const { requestContext } = JSON.parse(reply.body) as {
      requestContext: { authorizer: Record<string, unknown> };
    };
    expect(requestContext.authorizer).toMatchObject({
      principalId: "caller",
      flag: "true",
      integrationLatency: expect.any(Number),
    });
  });
});

describe("with a resource policy", () => {
  const policy = (effect: string) => ({
    policy: {
      Statement: [
        { Effect: effect, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" },
      ],
    },
  });
  const nobody = {
    policy: {
      Statement: [
        {
          Effect: "Allow",
          Principal: "*",
          Action: "execute-api:Invoke",
          Resource: "execute-api:/*/GET/nowhere",
        },
      ],
    },
  };

  it.each([
    { authorizer: "allow", api: policy("Allow"), status: 200 },
    { authorizer: "allow", api: nobody, status: 200 },
    { authorizer: "allow", api: policy("Deny"), status: 403 },
    { authorizer: "elsewhere", api: policy("Allow"), status: 200 },
    { authorizer: "elsewhere", api: nobody, status: 403 },
    { authorizer: "deny", api: policy("Allow"), status: 403 },
  ])(
    "authorizer says $authorizer, policy $api.policy.Statement.0.Effect: $status",
    async ({ authorizer: as, api, status }) => {
      const id = await deploy({ type: "TOKEN", authorizerResultTtlInSeconds: 0 }, { api });
      expect((await gateway.invoke(id, "/pets", withToken(as))).status).toBe(status);
    },
  );

  it("an explicit deny comes before the function is called", async () => {
    const api = await deploy({ type: "TOKEN", authorizerResultTtlInSeconds: 0 }, { api: policy("Deny") });
    const reply = await gateway.invoke(api, "/pets", withToken("throw"));
    expect([reply.status, reply.body]).toEqual([
      403,
      `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:${api}/prod/GET/pets with an explicit deny"}`,
    ]);
  });
});

describe("what is refused at Apply or deployment", () => {
  it.each([
    {
      what: "a method without its authorizer",
      methods: { "GET /a": { ...mock("x"), authorizationType: "CUSTOM" } },
      problem: /valid authorizer/,
    },
    {
      what: "an authorizer that is not there",
      methods: { "GET /a": protectedBy(mock("x")) },
      definitions: [],
      problem: /there is no Authorizer 'auth'/,
    },
    {
      what: "an authorizer of another type",
      methods: { "GET /a": { ...protectedBy(mock("x")), authorizationType: "COGNITO_USER_POOLS" } },
      problem: /has the type TOKEN, but COGNITO_USER_POOLS requires/,
    },
    {
      what: "an expression that could explode",
      methods: { "GET /a": protectedBy(mock("x")) },
      definitions: [authorizer({ type: "TOKEN", identityValidationExpression: "(?=a)b" })],
      problem: /identityValidationExpression/,
    },
    {
      what: "scopes without a user pool",
      methods: { "GET /a": { ...mock("x"), authorizationScopes: ["a"] } },
      problem: /authorizationScopes/,
    },
  ])("$what", async ({ methods, definitions = [authorizer({ type: "TOKEN" })], problem }) => {
    await expect(gateway.deploy(methods, { definitions })).rejects.toThrow(problem);
  });
});

it("an ARN of more than 1,600 characters is 414", async () => {
  const api = await deploy({ type: "TOKEN", authorizerResultTtlInSeconds: 0 });
  const prefix = `arn:aws:execute-api:us-east-1:000000000000:${api}/prod/GET/wild/`.length;
  const call = (length: number) =>
    gateway.invoke(api, `/wild/${"a".repeat(length - prefix)}`, withToken("allow"));
  expect((await call(1600)).status).toBe(200);
  const reply = await call(1601);
  expect([reply.status, reply.body]).toEqual([414, '{"message":"Request URI too long"}']);
});
