import { beforeAll, describe, expect, it } from "vitest";
import { httpRoute, restRoute, runningRoute, type TokenIssuer, tokenIssuer } from "../kit/index.ts";
import { RuntimeState } from "../runtime/runtime-state.ts";

const ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool";
let ours: TokenIssuer;
let theirs: TokenIssuer;
beforeAll(async () => {
  // Two accounts have endpoints of their own for one user pool, with other keys.
  [ours, theirs] = await Promise.all([tokenIssuer(ISSUER), tokenIssuer(ISSUER)]);
});

const accountAt = (url: string) => ({
  serviceEndpoints: { "cognito-idp.eu-west-1": { url, profile: undefined } },
});

const rest = (url: string) =>
  restRoute(
    "GET /a",
    {
      integration: {
        type: "MOCK",
        requestTemplates: { "application/json": '{"statusCode": 200}' },
        integrationResponses: { "200": {} },
      },
      authorizationType: "COGNITO_USER_POOLS",
      authorizerId: "pool01",
    },
    {
      account: accountAt(url),
      definitions: {
        Authorizer: {
          pool01: {
            name: "pool",
            type: "COGNITO_USER_POOLS",
            providerARNs: ["arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_pool"],
            identitySource: "method.request.header.Authorization",
          },
        },
      },
    },
  );

const http = (url: string) =>
  httpRoute(
    "GET /a",
    { integrationType: "HTTP_PROXY", integrationUri: "http://pets.example", payloadFormatVersion: "1.0" },
    {
      account: accountAt(url),
      route: { authorizationType: "JWT", authorizerId: "jwt01" },
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
  );

describe("a token that is verified", () => {
  it.each([
    ["REST", rest],
    ["HTTP", http],
  ])("with the keys of one account says nothing to another: %s APIs", async (_, routeAt) => {
    const state = new RuntimeState({ responseCacheBytes: 1_000 });
    const keysAt = (issuer: TokenIssuer) => ({
      upstream: (request: Parameters<TokenIssuer["upstream"]>[0]) => issuer.upstream(request),
      ports: { state },
    });
    const ourRoute = await runningRoute(routeAt("http://ours.example"), keysAt(ours));
    const theirRoute = await runningRoute(routeAt("http://theirs.example"), keysAt(theirs));
    const token = await ours.issue({ aud: "pets", token_use: "id" });
    const request = { path: "/a", headers: { Authorization: token } };
    expect((await ourRoute(request)).status).toBe(200);
    expect((await theirRoute(request)).status).toBe(401);
  });
});

describe("a token", () => {
  it.each([
    ["REST", rest],
    ["HTTP", http],
  ])("that comes beside another is not taken, whichever is good: %s APIs", async (_, routeAt) => {
    const call = await runningRoute(routeAt("http://ours.example"), {
      upstream: (request) => ours.upstream(request),
    });
    const good = await ours.issue({ aud: "pets", token_use: "id" });
    const forged = await theirs.issue({ aud: "pets", token_use: "id" });
    const statuses = [];
    for (const tokens of [[good], [good, forged], [forged, good], [good, ""]])
      statuses.push((await call({ path: "/a", headers: { Authorization: tokens } })).status);
    expect(statuses).toEqual([200, 401, 401, 401]);
  });
});
