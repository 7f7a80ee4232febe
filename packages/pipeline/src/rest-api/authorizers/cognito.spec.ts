import type { JWTPayload } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { restRoute, runningRoute, type TokenIssuer, tokenIssuer } from "../../kit/index.ts";

const POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool";
let pool: TokenIssuer;
let stranger: TokenIssuer;
beforeAll(async () => {
  [pool, stranger] = await Promise.all([
    tokenIssuer(POOL),
    tokenIssuer("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"),
  ]);
});

/** A running method that a user pool's tokens open; upstreams are the pool and http://pets.example. */
const guarded = (scopes: readonly string[] = [], more: object = {}) =>
  runningRoute(
    restRoute(
      "GET /a",
      {
        integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example" },
        authorizationType: "COGNITO_USER_POOLS",
        authorizerId: "pool01",
        authorizationScopes: scopes,
      },
      {
        definitions: {
          Authorizer: {
            pool01: {
              name: "pool",
              type: "COGNITO_USER_POOLS",
              providerARNs: ["arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_pool"],
              identitySource: "method.request.header.Authorization",
              ...more,
            },
          },
        },
      },
    ),
    { upstream: (request) => pool.upstream(request), ports: { defaultServiceEndpoints: () => undefined } },
  );
const now = () => Math.trunc(Date.now() / 1000);
const withToken = (token: string) => ({ path: "/a", headers: { Authorization: token } });

describe("a method with a Cognito authorizer", () => {
  it.each<[what: string, scopes: readonly string[], claims: JWTPayload, status: number]>([
    ["an identity token", [], { token_use: "id" }, 200],
    ["an access token", [], { token_use: "access" }, 401],
    [
      "an access token with one of its scopes",
      ["pets/read"],
      { token_use: "access", scope: "x pets/read" },
      200,
    ],
    ["an access token without its scopes", ["pets/read"], { token_use: "access", scope: "x" }, 401],
    ["an identity token where scopes are asked for", ["pets/read"], { token_use: "id" }, 401],
    ["an expired token", [], { token_use: "id", exp: now() - 10 }, 401],
  ])("replies to %s, scopes %j", async (_what, scopes, claims, status) => {
    const call = await guarded(scopes);
    expect((await call(withToken(await pool.issue(claims)))).status).toBe(status);
  });

  it.each([
    ["nothing", () => "", '{"message":"Unauthorized"}'],
    ["what is not a token", () => "abc", '{"message":"Unauthorized"}'],
    ["a token of another pool", () => stranger.issue({ token_use: "id" }), '{"message":"Unauthorized"}'],
    [
      "a token of its pool that another signed",
      () => stranger.issue({ iss: POOL, token_use: "id" }),
      '{"message":"Unauthorized"}',
    ],
    [
      "an expired token",
      () => pool.issue({ token_use: "id", exp: now() - 10 }),
      '{"message":"The incoming token has expired"}',
    ],
  ])("refuses %s with 401", async (_what, token, body) => {
    const outcome = await (await guarded())(withToken(await token()));
    expect({ status: outcome.status, body: outcome.body }).toEqual({ status: 401, body });
  });

  it("takes a token with and without its scheme, and checks it once", async () => {
    const call = await guarded();
    const token = await pool.issue({ token_use: "id" });
    const outcomes = [await call(withToken(token)), await call(withToken(`Bearer ${token}`))];
    expect(outcomes.map(({ status, sent }) => [status, sent.map(({ url }) => url)])).toEqual([
      [200, [`${POOL}/.well-known/jwks.json`, "http://pets.example/"]],
      [200, ["http://pets.example/"]],
    ]);
  });

  it("shows the claims as strings, times in Java's form", async () => {
    const claims = {
      token_use: "id",
      sub: "1",
      groups: ["a", "b"],
      iat: 1_700_000_000,
      n: 2,
      is: true,
      o: { a: 1 },
    };
    const { call } = await (await guarded())(withToken(await pool.issue(claims)));
    expect(call.authorizer?.claims).toMatchObject({
      sub: "1",
      groups: "a,b",
      iat: "Tue Nov 14 22:13:20 UTC 2023",
      n: "2",
      is: "true",
      o: '{"a":1}',
    });
  });

  it.each([
    ["app-.*", 200],
    ["web-.*", 401],
  ])(
    "checks the audience against identityValidationExpression %s: %i",
    async (identityValidationExpression, status) => {
      const call = await guarded([], { identityValidationExpression });
      expect((await call(withToken(await pool.issue({ token_use: "id", aud: "app-1" })))).status).toBe(
        status,
      );
    },
  );

  it("is 500 where the keys of the pool cannot be read", async () => {
    const call = await guarded();
    const broken = pool;
    pool = { ...pool, upstream: () => "connect" };
    const outcome = await call(withToken(await broken.issue({ token_use: "id" })));
    pool = broken;
    expect({ status: outcome.status, body: outcome.body }).toEqual({ status: 500, body: '{"message":null}' });
  });
});
