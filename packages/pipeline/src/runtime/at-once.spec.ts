import { describe, expect, it } from "vitest";
import {
  FUNCTION_URI,
  httpRoute,
  lambda,
  restRoute,
  runningRoute,
  type TestedRoute,
  tokenIssuer,
  type Upstream,
} from "../kit/index.ts";

const ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool";
const POOL = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_pool";
const HEADER = "method.request.header.Authorization";
const MOCK = {
  type: "MOCK",
  requestTemplates: { "application/json": '{"statusCode": 200}' },
  integrationResponses: { "200": {} },
};
const LAMBDA = { authorizationType: "CUSTOM", authorizerId: "auth" };
const USER_POOL = { authorizationType: "COGNITO_USER_POOLS", authorizerId: "auth" };
const issuer = await tokenIssuer(ISSUER);
const token = await issuer.issue({ aud: "pets", token_use: "id" });

const allow = {
  principalId: "me",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:*/GET/*" }],
  },
};
const upstream: Upstream = (request) =>
  request.url.includes("lambda") ? lambda(() => allow)(request) : issuer.upstream(request);

const authorized = (method: object, authorizer: object, api: object = {}) =>
  restRoute(
    "GET /a",
    { integration: MOCK, ...method },
    { api, definitions: { Authorizer: { auth: { name: "auth", identitySource: HEADER, ...authorizer } } } },
  );
const byFunction = { type: "TOKEN", authorizerUri: FUNCTION_URI };
const policy = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/test/GET/*" },
  ],
};
const cached = restRoute(
  "GET /a",
  { integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: "http://pets.example" } },
  { stage: { cacheClusterEnabled: true, methodSettings: { "a/GET": { cachingEnabled: true } } } },
);
const httpApi = (authorizer: object, authorizationType: string) =>
  httpRoute(
    "GET /a",
    { integrationType: "HTTP_PROXY", integrationUri: "http://pets.example", payloadFormatVersion: "1.0" },
    {
      route: { authorizationType, authorizerId: "auth", authorizationScopes: ["none"] },
      api: {
        authorizers: {
          auth: { name: "auth", identitySource: ["$request.header.Authorization"], ...authorizer },
        },
      },
    },
  );

describe("what is at hand is decided at once, without a turn of the event loop", () => {
  it.each([
    ["a result of a TOKEN authorizer", authorized(LAMBDA, byFunction), 200],
    ["one of a REQUEST authorizer", authorized(LAMBDA, { ...byFunction, type: "REQUEST" }), 200],
    ["one beside a policy of the API", authorized(LAMBDA, byFunction, { policy }), 200],
    [
      "a token of a user pool",
      authorized(USER_POOL, { type: "COGNITO_USER_POOLS", providerARNs: [POOL] }),
      200,
    ],
    ["a response in the cache", cached, 200],
    [
      "a JWT, here without the scope that is asked for",
      httpApi({ authorizerType: "JWT", jwtConfiguration: { issuer: ISSUER, audience: ["pets"] } }, "JWT"),
      403,
    ],
  ] as [string, TestedRoute, number][])("%s", async (_what, route, status) => {
    const send = await runningRoute(route, { upstream });
    const request = { path: "/a", headers: { Authorization: token } };
    const outcomes = [await send(request), await send(request)];
    expect(outcomes.map((outcome) => [outcome.status, outcome.hasWaited])).toEqual([
      [status, true],
      [status, false],
    ]);
  });
});
