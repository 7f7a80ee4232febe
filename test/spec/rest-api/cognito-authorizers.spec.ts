import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { startMoto } from "../../kit/moto.ts";
import { lambda, mock } from "../../kit/rest-api.ts";
import { use, useGateway } from "../../kit/use.ts";
import { startUserPool } from "../../kit/user-pool.ts";

const pool = use(startUserPool);
const moto = use(() => startMoto({ checksSignatures: false }));
const gateway = useGateway({
  functions: ["shapes"],
  env: () => ({
    AWS_ENDPOINT_URL_COGNITO_IDP: pool.url,
  }),
});

beforeAll(async () => {
  // A second region's pools are those of moto's.
  await gateway.apply([{ kind: "ServiceEndpoint", id: "cognito-idp.eu-west-1", spec: { url: moto.url } }]);
});

const claimed = mock(
  "$context.authorizer.claims.sub|$context.authorizer.claims['cognito:groups']|$context.authorizer.claims.exp|$context.authorizer.claims.none",
);
const protectedBy = (method: object, more: object = {}) => ({
  ...method,
  authorizationType: "COGNITO_USER_POOLS",
  authorizerId: "auth",
  ...more,
});
const deploy = (spec: object = {}, api: object = {}) =>
  gateway.deploy(
    {
      "GET /a": protectedBy(claimed),
      "GET /scoped": protectedBy(mock("scoped"), { authorizationScopes: ["pets/read", "pets/write"] }),
      "POST /event": protectedBy(lambda("shapes")),
    },
    {
      api,
      definitions: [
        {
          kind: "Authorizer",
          id: "auth",
          spec: { type: "COGNITO_USER_POOLS", name: "auth", providerARNs: [pool.arn], ...spec },
        },
      ],
    },
  );
const call = async (api: string, path: string, token?: string, method = "GET") => {
  const reply = await gateway.invoke(api, path, {
    method,
    headers: token === undefined ? {} : { Authorization: token },
  });
  return { status: reply.status, body: reply.body };
};
const UNAUTHORIZED = { status: 401, body: '{"message":"Unauthorized"}' };

describe("COGNITO_USER_POOLS (rest §9)", () => {
  it("an identity token is accepted, with or without Bearer; its claims are strings, times in Java's form", async () => {
    const api = await deploy();
    const exp = Date.UTC(2100, 0, 2, 3, 4, 5) / 1000;
    const token = await pool.token({ "cognito:groups": ["admin", "dev"], exp });
    const good = { status: 200, body: "s-1|admin,dev|Sat Jan 02 03:04:05 UTC 2100|" };
    expect(await call(api, "/a", token)).toEqual(good);
    expect(await call(api, "/a", `Bearer ${token}`)).toEqual(good);
  });

  it("claims are in the proxy event", async () => {
    const api = await deploy();
    const { body } = await call(api, "/event", await pool.token({ email_verified: true }), "POST");
    const { requestContext } = JSON.parse(body) as { requestContext: { authorizer: object } };
    expect(requestContext.authorizer).toMatchObject({
      claims: { sub: "s-1", aud: "client", email_verified: "true" },
    });
  });

  it("an expired token: 401 The incoming token has expired", async () => {
    const token = await pool.token({ exp: 1_700_000_000 });
    expect(await call(await deploy(), "/a", token)).toEqual({
      status: 401,
      body: '{"message":"The incoming token has expired"}',
    });
  });

  it.each([
    { what: "no token", token: () => undefined },
    { what: "an empty token", token: () => "" },
    { what: "no JWT at all", token: () => "abc" },
    {
      what: "another pool's issuer",
      token: () => pool.token({ iss: "https://cognito-idp.us-east-1.amazonaws.com/other" }),
    },
    { what: "no issuer", token: () => pool.token({ iss: undefined as unknown as string }) },
    { what: "no expiry", token: () => pool.token({ exp: undefined as unknown as number }) },
    {
      what: "a token that is not valid yet",
      token: () => pool.token({ nbf: Math.floor(Date.now() / 1000) + 600 }),
    },
    { what: "an access token where no scope is asked for", token: () => pool.token({ token_use: "access" }) },
    {
      what: "an algorithm of none",
      token: () =>
        new UnsecuredJWT({ iss: pool.issuer, token_use: "id", sub: "x" }).setExpirationTime("1h").encode(),
    },
    {
      what: "the public key used as a secret",
      token: () =>
        new SignJWT({ iss: pool.issuer, token_use: "id" })
          .setProtectedHeader({ alg: "HS256", kid: "first" })
          .setExpirationTime("1h")
          .sign(Buffer.from("x".repeat(64))),
    },
    {
      what: "somebody else's key of the same name",
      token: async () =>
        new SignJWT({ iss: pool.issuer, token_use: "id" })
          .setProtectedHeader({ alg: "RS256", kid: "first" })
          .setExpirationTime("1h")
          .sign((await generateKeyPair("RS256")).privateKey),
    },
    {
      what: "a token that was changed",
      token: async () => {
        const [head, , signature] = (await pool.token()).split(".");
        return `${head}.${Buffer.from(JSON.stringify({ iss: pool.issuer, token_use: "id", exp: 9e9 })).toString("base64url")}.${signature}`;
      },
    },
  ])("$what: 401 Unauthorized", async ({ token }) => {
    expect(await call(await deploy(), "/a", await token())).toEqual(UNAUTHORIZED);
  });

  it.each([
    { claims: { token_use: "access", scope: "pets/read" }, status: 200 },
    { claims: { token_use: "access", scope: "openid pets/write" }, status: 200 },
    { claims: { token_use: "access", scope: "pets/readall" }, status: 401 },
    { claims: { token_use: "access" }, status: 401 },
    { claims: { token_use: "id", scope: "pets/read" }, status: 401 },
  ])("where scopes are required, $claims: $status", async ({ claims, status }) => {
    expect((await call(await deploy(), "/scoped", await pool.token(claims))).status).toBe(status);
  });

  it("identityValidationExpression is for the audience", async () => {
    const api = await deploy({ identityValidationExpression: "client|other" });
    expect((await call(api, "/a", await pool.token())).status).toBe(200);
    expect(await call(api, "/a", await pool.token({ aud: "client2" }))).toEqual(UNAUTHORIZED);
  });

  it("the identity source may be another header", async () => {
    const api = await deploy({ identitySource: "method.request.header.X-Token" });
    const headers = { "X-Token": await pool.token() };
    expect((await gateway.invoke(api, "/a", { headers })).status).toBe(200);
    expect(await call(api, "/a", await pool.token())).toEqual(UNAUTHORIZED);
  });

  it("keys are fetched once", async () => {
    embeddedOnly("each node fetches for itself");
    const own = await startUserPool("us-east-1_Rotating");
    await using _own = own;
    await gateway.apply([{ kind: "ServiceEndpoint", id: "cognito-idp.us-west-2", spec: { url: own.url } }]);
    const arn = own.arn.replace("us-east-1:", "us-west-2:");
    const issuer = own.issuer.replace("us-east-1.", "us-west-2.");
    const api = await deploy({ providerARNs: [pool.arn, arn] });
    for (let i = 0; i < 3; i++)
      expect((await call(api, "/a", await own.token({ iss: issuer, i }))).status).toBe(200);
    expect(own.fetches()).toBe(1);
  });

  it("a pool whose keys cannot be had: 500", async () => {
    await gateway.apply([
      { kind: "ServiceEndpoint", id: "cognito-idp.sa-east-1", spec: { url: "http://127.0.0.1:9" } },
    ]);
    const api = await deploy({ providerARNs: [pool.arn.replace("us-east-1:", "sa-east-1:")] });
    const token = await pool.token({ iss: pool.issuer.replace("us-east-1.", "sa-east-1.") });
    expect(await call(api, "/a", token)).toEqual({ status: 500, body: '{"message":null}' });
  });

  it("a resource policy must allow besides", async () => {
    const statement = (effect: string, resource: string) => ({
      Effect: effect,
      Principal: "*",
      Action: "execute-api:Invoke",
      Resource: resource,
    });
    const on = async (...statements: object[]) => {
      const api = await deploy({}, { policy: { Statement: statements } });
      return (await call(api, "/a", await pool.token())).status;
    };
    expect(await on(statement("Allow", "execute-api:/*"))).toBe(200);
    expect(await on(statement("Allow", "execute-api:/*/GET/other"))).toBe(403);
    expect(await on(statement("Allow", "execute-api:/*"), statement("Deny", "execute-api:/*"))).toBe(403);
    const api = await deploy({}, { policy: { Statement: [statement("Deny", "execute-api:/*")] } });
    expect(await call(api, "/a")).toEqual(UNAUTHORIZED);
  });
});

describe("tokens of an emulator that others wrote", () => {
  const idp = async <T>(action: string, parameters: object): Promise<T> => {
    const response = await fetch(moto.url, {
      method: "POST",
      headers: {
        "x-amz-target": `AWSCognitoIdentityProviderService.${action}`,
        "content-type": "application/x-amz-json-1.1",
        authorization:
          "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=x",
      },
      body: JSON.stringify(parameters),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as T;
  };

  it("moto's user logs in and calls", async () => {
    const { UserPool } = (await idp("CreateUserPool", { PoolName: "p" })) as {
      UserPool: { Id: string; Arn: string };
    };
    const { UserPoolClient } = await idp<{ UserPoolClient: { ClientId: string } }>("CreateUserPoolClient", {
      UserPoolId: UserPool.Id,
      ClientName: "c",
      ExplicitAuthFlows: ["ADMIN_NO_SRP_AUTH"],
    });
    const user = { UserPoolId: UserPool.Id, Username: "u" };
    await idp("AdminCreateUser", user);
    await idp("AdminSetUserPassword", { ...user, Password: "Aa1!aaaa", Permanent: true });
    const { AuthenticationResult: tokens } = await idp<{
      AuthenticationResult: { IdToken: string; AccessToken: string };
    }>("AdminInitiateAuth", {
      UserPoolId: UserPool.Id,
      ClientId: UserPoolClient.ClientId,
      AuthFlow: "ADMIN_NO_SRP_AUTH",
      AuthParameters: { USERNAME: "u", PASSWORD: "Aa1!aaaa" },
    });
    const api = await gateway.deploy(
      {
        "GET /id": protectedBy(mock("$context.authorizer.claims['cognito:username']")),
        "GET /access": protectedBy(mock("in"), { authorizationScopes: ["aws.cognito.signin.user.admin"] }),
      },
      {
        definitions: [
          {
            kind: "Authorizer",
            id: "auth",
            spec: { type: "COGNITO_USER_POOLS", name: "auth", providerARNs: [UserPool.Arn] },
          },
        ],
      },
    );
    expect(await call(api, "/id", tokens.IdToken)).toEqual({ status: 200, body: "u" });
    expect(await call(api, "/id", tokens.AccessToken)).toEqual(UNAUTHORIZED);
    expect(await call(api, "/access", tokens.AccessToken)).toEqual({ status: 200, body: "in" });
    expect(await call(api, "/access", tokens.IdToken)).toEqual(UNAUTHORIZED);
  });
});
