import type { JWTPayload } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { RouteContext } from "../../call/route-context.ts";
import { httpRoute, runningRoute, type TokenIssuer, tokenIssuer } from "../../kit/index.ts";
import { describeAsRest, describeHttpCall } from "../event.ts";

const ISSUER = "https://issuer.example";
let issuer: TokenIssuer;
let stranger: TokenIssuer;
beforeAll(async () => {
  [issuer, stranger] = await Promise.all([tokenIssuer(ISSUER), tokenIssuer("https://other.example")]);
});

/** A running route that tokens for the audience "pets" open. */
const guarded = (scopes: readonly string[] = []) =>
  runningRoute(
    httpRoute(
      "GET /a",
      {
        integrationType: "HTTP_PROXY",
        integrationMethod: "GET",
        integrationUri: "http://pets.example",
        payloadFormatVersion: "1.0",
      },
      {
        route: { authorizationType: "JWT", authorizerId: "jwt01", authorizationScopes: scopes },
        api: {
          authorizers: {
            jwt01: {
              name: "jwt",
              authorizerType: "JWT",
              identitySource: ["$request.header.Authorization"],
              jwtConfiguration: { issuer: ISSUER, audience: ["pets"] },
            },
          },
        },
      },
    ),
    { upstream: (request) => issuer.upstream(request) },
  );
const now = () => Math.trunc(Date.now() / 1000);
const withToken = (token: string) => ({ path: "/a", headers: { Authorization: token } });
const challenge = (description: string) =>
  `Bearer scope="" error="invalid_token" error_description="${description}"`;

describe("a route with a JWT authorizer", () => {
  it.each<[what: string, claims: JWTPayload, description: string]>([
    ["another audience", { aud: "other" }, "the token does not have a valid audience"],
    ["no audience", {}, "the token does not have a valid audience"],
    [
      "an audience that is not it, and a client that is",
      { aud: "other", client_id: "pets" },
      "the token does not have a valid audience",
    ],
    ["another issuer", { aud: "pets", iss: "https://other.example" }, "the token has an invalid issuer"],
    ["an end that has passed", { aud: "pets", exp: now() - 10 }, "the token has expired"],
    ["a start in the future", { aud: "pets", nbf: now() + 60 }, "the token is not valid yet"],
    ["a time of issue in the future", { aud: "pets", iat: now() + 60 }, "the token is not valid yet"],
  ])("refuses a token with %s", async (_what, claims, description) => {
    const outcome = await (await guarded())(withToken(await issuer.issue(claims)));
    expect([outcome.status, outcome.body, outcome.headers["www-authenticate"]]).toEqual([
      401,
      '{"message":"Unauthorized"}',
      challenge(description),
    ]);
  });

  it.each([
    ["nothing", () => "", "Bearer"],
    ["what is not a token", () => "abc", challenge("the token is invalid")],
    [
      "a token that another signed",
      () => stranger.issue({ iss: ISSUER, aud: "pets" }),
      challenge("the token is invalid"),
    ],
    [
      "a token of an unknown key",
      () => issuer.issue({ aud: "pets" }, { kid: "other" }),
      challenge("unable to find a signing key that matches the token"),
    ],
  ])("refuses %s", async (_what, token, wanted) => {
    const { status, headers } = await (await guarded())(withToken(await token()));
    expect([status, headers["www-authenticate"]]).toEqual([401, wanted]);
  });

  it.each<[claims: JWTPayload]>([[{ aud: "pets" }], [{ aud: ["other", "pets"] }], [{ client_id: "pets" }]])(
    "takes a token of %j",
    async (claims) => {
      expect((await (await guarded())(withToken(await issuer.issue(claims)))).status).toBe(200);
    },
  );

  it.each<[claims: JWTPayload, status: number]>([
    [{ scope: "x read" }, 200],
    [{ scp: ["x", "read"] }, 200],
    [{ scp: "read" }, 200],
    [{ scope: "x" }, 403],
    [{}, 403],
  ])("with the scope read: %j is %i", async (claims, status) => {
    const outcome = await (await guarded(["read"]))(
      withToken(await issuer.issue({ aud: "pets", ...claims })),
    );
    expect(outcome.status).toBe(status);
    if (status === 403)
      expect(outcome.headers["www-authenticate"]).toBe(
        'Bearer scope="read" error="insufficient_scope" error_description="insufficient scope"',
      );
  });

  it.each<[routeScopes: readonly string[], shown: readonly string[] | null]>([
    [[], null],
    [["read"], ["x", "read"]],
  ])("with the scopes %j, its events show %j of a token", async (routeScopes, shown) => {
    const { call } = await (await guarded(routeScopes))(
      withToken(await issuer.issue({ aud: "pets", scope: "x read" })),
    );
    const context = call.route?.context as RouteContext;
    expect(describeHttpCall(call, context).requestContext.authorizer).toMatchObject({
      jwt: { scopes: shown },
    });
    expect(describeAsRest(call, context).requestContext.authorizer).toMatchObject({ scopes: shown });
  });

  it("takes a token with and without its scheme, asks for the issuer's keys once, and checks a token once", async () => {
    const call = await guarded();
    const token = await issuer.issue({ aud: "pets" });
    const outcomes = [await call(withToken(token)), await call(withToken(`bearer ${token}`))];
    expect(outcomes.map(({ status, sent }) => [status, sent.map(({ url }) => url)])).toEqual([
      [
        200,
        [
          `${ISSUER}/.well-known/openid-configuration`,
          `${ISSUER}/.well-known/jwks.json`,
          "http://pets.example/",
        ],
      ],
      [200, ["http://pets.example/"]],
    ]);
  });

  it("shows the claims as strings, times as they are and lists as [a b]", async () => {
    const claims = { aud: "pets", groups: ["a", "b"], iat: 1_700_000_000 };
    const { call } = await (await guarded())(withToken(await issuer.issue(claims)));
    expect(call.authorizer?.claims).toMatchObject({ aud: "pets", groups: "[a b]", iat: "1700000000" });
  });

  it("says that the keys of the issuer cannot be read", async () => {
    const working = issuer;
    const call = await guarded();
    issuer = { ...issuer, upstream: () => "connect" };
    const { status, headers } = await call(withToken(await working.issue({ aud: "pets" })));
    issuer = working;
    expect([status, headers["www-authenticate"]]).toEqual([
      401,
      expect.stringContaining("unable to read the keys of the issuer: no keys at"),
    ]);
  });
});
