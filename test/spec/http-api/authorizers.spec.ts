import { describe, expect, it } from "vitest";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { functionUri } from "../../kit/functions.ts";
import { deployHttpApi, toFunction } from "../../kit/http-api.ts";
import { startIdentityProvider } from "../../kit/identity-provider.ts";
import { type Signer, signed } from "../../kit/signed.ts";
import { use, useGateway } from "../../kit/use.ts";
import { signerOf, userOf } from "../../kit/user.ts";

const provider = use(startIdentityProvider);
const gateway = useGateway({ functions: ["shapes", "http-authorizer"] });

const alice = signerOf("alice");

interface AuthorizedEvent {
  readonly requestContext: { readonly authorizer?: Readonly<Record<string, unknown>> };
}
const authorizerIn = (body: string) => (JSON.parse(body) as AuthorizedEvent).requestContext.authorizer;
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

describe("JWT authorizers (http-api §5)", () => {
  const deploy = (route: object = {}, configuration: object = {}, version = "2.0") =>
    deployHttpApi(gateway, {
      routes: {
        "GET /x": {
          integration: toFunction("shapes", version),
          authorizationType: "JWT",
          authorizerId: "jwt",
          ...route,
        },
      },
      api: {
        authorizers: {
          jwt: {
            name: "jwt",
            authorizerType: "JWT",
            jwtConfiguration: { issuer: provider.issuer, audience: ["tollgate"], ...configuration },
          },
        },
      },
    });

  it("a valid token is accepted, with or without Bearer, and its claims are passed on", async () => {
    const { call } = await deploy();
    const token = await provider.token({ groups: ["a", "b"], scope: "read write" });
    const reply = await call("/x", bearer(token));
    expect(reply.status).toBe(200);
    expect(authorizerIn(reply.body)).toMatchObject({
      jwt: { claims: { sub: "job-1", aud: "tollgate", groups: "[a b]" }, scopes: null },
    });
    expect((await call("/x", { headers: { authorization: token } })).status).toBe(200);
    const scoped = { authorizationScopes: ["read"] };
    expect(
      authorizerIn((await (await deploy(scoped, {}, "1.0")).call("/x", bearer(token))).body),
    ).toMatchObject({
      claims: { sub: "job-1" },
      scopes: ["read", "write"],
    });
  });

  it("none at all is 401", async () => {
    const reply = await (await deploy()).call("/x");
    expect([reply.status, reply.body, reply.headers["www-authenticate"]]).toEqual([
      401,
      '{"message":"Unauthorized"}',
      "Bearer",
    ]);
  });

  const pastS = Math.floor(Date.now() / 1000) - 60;
  it.each([
    ["expired", { exp: pastS }, "the token has expired"],
    ["of another audience", { aud: "others" }, "the token does not have a valid audience"],
    ["of another issuer", { iss: "https://others.example" }, "the token has an invalid issuer"],
    ["of a later time", { nbf: pastS + 600 }, "the token is not valid yet"],
    ["issued later", { iat: pastS + 600 }, "the token is not valid yet"],
  ])("one %s is 401, with the reason", async (_what, claims, why) => {
    const reply = await (await deploy()).call("/x", bearer(await provider.token(claims)));
    expect([reply.status, reply.body]).toEqual([401, '{"message":"Unauthorized"}']);
    expect(reply.headers["www-authenticate"]).toBe(
      `Bearer scope="" error="invalid_token" error_description="${why}"`,
    );
  });

  it("one that is forged, or none, is 401", async () => {
    const { call } = await deploy();
    expect((await call("/x", bearer(await provider.token({}, { isForged: true })))).status).toBe(401);
    expect((await call("/x", bearer("no.token.at-all"))).status).toBe(401);
  });

  it("client_id is used if there is no audience", async () => {
    const { call } = await deploy({}, { audience: ["client"] });
    expect((await call("/x", bearer(await provider.token({ client_id: "client" })))).status).toBe(401);
    const without = await provider.token({ client_id: "client", aud: undefined as never });
    expect((await call("/x", bearer(without))).status).toBe(200);
  });

  it("one of the route's scopes must be there, in scope or scp", async () => {
    const { call } = await deploy({ authorizationScopes: ["pets:read", "pets:write"] });
    expect((await call("/x", bearer(await provider.token({ scope: "pets:write other" })))).status).toBe(200);
    expect((await call("/x", bearer(await provider.token({ scp: ["pets:read"] })))).status).toBe(200);
    const reply = await call("/x", bearer(await provider.token({ scope: "other" })));
    expect([reply.status, reply.body]).toEqual([403, '{"message":"Forbidden"}']);
    expect(reply.headers["www-authenticate"]).toContain('error="insufficient_scope"');
  });
});

describe("Lambda authorizers", () => {
  const deploy = (spec: object = {}) =>
    deployHttpApi(gateway, {
      routes: {
        "GET /x": { integration: toFunction("shapes"), authorizationType: "CUSTOM", authorizerId: "own" },
        "GET /y": { integration: toFunction("shapes"), authorizationType: "CUSTOM", authorizerId: "own" },
      },
      api: {
        authorizers: {
          own: {
            name: "own",
            authorizerType: "REQUEST",
            authorizerUri: functionUri("http-authorizer"),
            identitySource: ["$request.header.Authorization"],
            enableSimpleResponses: true,
            ...spec,
          },
        },
      },
    });
  const as = (wish: string) => ({ headers: { Authorization: wish } });
  interface Told {
    readonly lambda: {
      readonly asked: number;
      readonly event: Readonly<Record<string, unknown>>;
      readonly flag: boolean;
    };
  }
  const told = (body: string) => (authorizerIn(body) as unknown as Told).lambda;

  it("are called with format 2.0 and may return simple responses; the types of context values are kept", async () => {
    const { apiId, call } = await deploy();
    const reply = await call("/x?a=1", as("allow"));
    expect(reply.status).toBe(200);
    const { event, flag } = told(reply.body);
    expect(flag).toBe(true);
    expect(event).toMatchObject({
      version: "2.0",
      type: "REQUEST",
      routeArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/$default/GET/x`,
      identitySource: ["allow"],
      routeKey: "GET /x",
      rawPath: "/x",
      queryStringParameters: { a: "1" },
    });
  });

  it.each([
    ["deny", 403, "Forbidden"],
    ["malformed", 500, "Internal Server Error"],
    ["throw", 500, "Internal Server Error"],
  ])("%s is %s", async (wish, status, message) => {
    const reply = await (await deploy()).call("/x", as(wish));
    expect([reply.status, reply.body]).toEqual([status, JSON.stringify({ message })]);
  });

  it("a missing identity source is 401 without a question", async () => {
    const reply = await (await deploy()).call("/x");
    expect([reply.status, reply.body]).toEqual([401, '{"message":"Unauthorized"}']);
  });

  it("may return policies", async () => {
    const { call } = await deploy({ enableSimpleResponses: false });
    expect((await call("/x", as("policy"))).status).toBe(200);
    expect((await call("/x", as("policy-deny"))).status).toBe(403);
  });

  it("are called with format 1.0 if they are configured so", async () => {
    const { apiId, call } = await deploy({
      enableSimpleResponses: false,
      authorizerPayloadFormatVersion: "1.0",
    });
    const reply = await call("/x", as("policy"));
    expect(told(reply.body).event).toMatchObject({
      version: "1.0",
      type: "REQUEST",
      methodArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/$default/GET/x`,
      identitySource: "policy",
      resource: "/x",
    });
  });

  it("results are cached by the values of the sources, for all routes unless the route is one of the sources", async () => {
    embeddedOnly("each node keeps what authorizers said for itself");
    const asked = async (call: Awaited<ReturnType<typeof deploy>>["call"], path: string) =>
      told((await call(path, as("allow"))).body).asked;
    const kept = await deploy({ authorizerResultTtlInSeconds: 60 });
    const first = await asked(kept.call, "/x");
    expect(await asked(kept.call, "/y")).toBe(first);
    const byRoute = await deploy({
      authorizerResultTtlInSeconds: 60,
      identitySource: ["$request.header.Authorization", "$context.routeKey"],
    });
    const other = await asked(byRoute.call, "/x");
    expect(await asked(byRoute.call, "/y")).not.toBe(other);
    expect(await asked(byRoute.call, "/x")).toBe(other);
  });
});

describe("IAM", () => {
  it("accepts signed calls that the policies allow; all others are 403", async () => {
    await gateway.apply([
      userOf("alice", alice, [
        {
          Effect: "Allow",
          Action: "execute-api:Invoke",
          Resource: "arn:aws:execute-api:*:*:*/prod/GET/x",
        },
      ]),
    ]);
    const route = { integration: toFunction("shapes"), authorizationType: "AWS_IAM" };
    const { apiId } = await deployHttpApi(gateway, {
      routes: { "GET /x": route, "GET /y": route },
      stageName: "prod",
    });
    const root = `/_aws/execute-api/${apiId}/prod`;
    const call = (path: string, signer?: Signer) =>
      gateway.call(root + path, signer ? signed(signer, root + path) : {});
    const reply = await call("/x", alice);
    expect(reply.status).toBe(200);
    expect(authorizerIn(reply.body)).toMatchObject({
      iam: {
        accessKey: alice.accessKeyId,
        accountId: "000000000000",
        userArn: expect.stringContaining("alice"),
      },
    });
    for (const refused of [
      await call("/y", alice),
      await call("/x"),
      await call("/x", { ...alice, secretAccessKey: "wrong" }),
    ])
      expect([refused.status, refused.body]).toEqual([403, '{"message":"Forbidden"}']);
  });
});
