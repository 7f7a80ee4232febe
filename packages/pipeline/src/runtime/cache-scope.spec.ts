import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  FUNCTION_URI,
  httpRoute,
  lambda,
  randomOf,
  restRoute,
  runningRoute,
  type TestedRoute,
  type TokenIssuer,
  tokenIssuer,
} from "../kit/index.ts";
import { cacheKey } from "./cache-scope.ts";
import { RuntimeState } from "./runtime-state.ts";

const ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool";
const POOL = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_pool";
const HEADER = "method.request.header.Authorization";
const MOCK = {
  type: "MOCK",
  requestTemplates: { "application/json": '{"statusCode": 200}' },
  integrationResponses: { "200": {} },
};
let token: string;
let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await tokenIssuer(ISSUER);
  // One token for all: a later one expires later, and is another one.
  token = await issuer.issue({ aud: "pets", token_use: "id" });
});

/** What a variant changes of a route and what is around it. */
interface Variant {
  readonly accountId?: string;
  readonly apiId?: string;
  readonly stage?: object;
  readonly api?: object;
  readonly integration?: object;
  readonly authorizer?: object;
  readonly endpoint?: string;
}

const around = ({ accountId, apiId, stage, api, endpoint = "http://one.example" }: Variant) => ({
  ...(accountId === undefined ? {} : { accountId }),
  ...(apiId === undefined ? {} : { apiId }),
  stage: stage ?? {},
  api: api ?? {},
  account: {
    serviceEndpoints: {
      "lambda.*": { url: endpoint, profile: undefined },
      "cognito-idp.*": { url: endpoint, profile: undefined },
    },
  },
});

const restGuarded = (type: string, authorizationType: string, own: object) => (variant: Variant) =>
  restRoute(
    "GET /a",
    { integration: MOCK, authorizationType, authorizerId: "auth01" },
    {
      ...around(variant),
      definitions: { Authorizer: { auth01: { name: "a", type, ...own, ...variant.authorizer } } },
    },
  );
const httpGuarded = (authorizerType: string, authorizationType: string, own: object) => (variant: Variant) =>
  httpRoute(
    "GET /a",
    { integrationType: "HTTP_PROXY", integrationUri: "http://pets.example", payloadFormatVersion: "1.0" },
    {
      ...around(variant),
      route: { authorizationType, authorizerId: "auth01" },
      api: {
        authorizers: { auth01: { name: "a", authorizerType, ...own, ...variant.authorizer } },
      },
    },
  );
const cachedResponse = (variant: Variant) =>
  restRoute(
    "GET /a",
    { integration: { ...MOCK, ...variant.integration } },
    {
      ...around(variant),
      stage: {
        cacheClusterEnabled: true,
        cacheClusterSize: "0.5",
        methodSettings: { "*/*": { cachingEnabled: true } },
        ...variant.stage,
      },
    },
  );

/** The keys under which routes keep what they found for one and the same request. */
async function keysOf(routes: readonly TestedRoute[]): Promise<string[]> {
  const state = new RuntimeState({ responseCacheBytes: 1_000_000 });
  const kept = [
    vi.spyOn(state.authorizerResults, "remembered"),
    vi.spyOn(state.verifiedTokens, "remembered"),
    vi.spyOn(state.responses, "get"),
  ];
  const decide = lambda(() => ({
    principalId: "me",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }],
    },
  }));
  for (const route of routes) {
    const call = await runningRoute(route, {
      ports: { state },
      upstream: (request) =>
        request.url.includes("/functions/") ? decide(request) : issuer.upstream(request),
    });
    const { status, body } = await call({ path: "/a", headers: { Authorization: token } });
    expect(status, body).toBe(200);
  }
  return kept.flatMap(({ mock }) => mock.calls.map(([key]) => key));
}

const everywhere: Readonly<Record<string, Variant>> = {
  "as it is": {},
  "another account": { accountId: "111111111111" },
  "another API": { apiId: "other12345" },
};
const variables = (name: string) => ({ [name]: { team: "red" } });

describe("what is kept is found again only by the same account, API and config", () => {
  it.each([
    [
      "the result of a TOKEN authorizer",
      restGuarded("TOKEN", "CUSTOM", { authorizerUri: FUNCTION_URI, identitySource: HEADER }),
      {
        "other stage variables": { stage: variables("variables") },
        "after its cache was flushed": { stage: { authorizerCacheEpoch: 7 } },
        "the same function elsewhere": { endpoint: "http://two.example" },
        "another function": { authorizer: { authorizerUri: FUNCTION_URI.replace(":f/", ":g/") } },
        "as another role": { authorizer: { authorizerCredentials: "arn:aws:iam::000000000000:role/r" } },
        "another pattern": { authorizer: { identityValidationExpression: ".+" } },
        "kept for another time": { authorizer: { authorizerResultTtlInSeconds: 5 } },
      },
    ],
    [
      "the result of a REQUEST authorizer",
      restGuarded("REQUEST", "CUSTOM", { authorizerUri: FUNCTION_URI, identitySource: HEADER }),
      { "more sources": { authorizer: { identitySource: `${HEADER},context.httpMethod` } } },
    ],
    [
      "the result of an HTTP API's function",
      httpGuarded("REQUEST", "CUSTOM", {
        authorizerUri: FUNCTION_URI,
        identitySource: ["$request.header.Authorization"],
        authorizerResultTtlInSeconds: 300,
      }),
      {
        "other stage variables": { stage: variables("stageVariables") },
        "the same function elsewhere": { endpoint: "http://two.example" },
        "another format": { authorizer: { authorizerPayloadFormatVersion: "1.0" } },
      },
    ],
    [
      "a token of a user pool",
      restGuarded("COGNITO_USER_POOLS", "COGNITO_USER_POOLS", {
        providerARNs: [POOL],
        identitySource: HEADER,
      }),
      {
        "keys from elsewhere": { endpoint: "http://two.example" },
        "more pools": { authorizer: { providerARNs: [POOL, POOL.replace("_pool", "_two")] } },
        "after its cache was flushed": { stage: { authorizerCacheEpoch: 7 } },
      },
    ],
    [
      "a token of an issuer",
      httpGuarded("JWT", "JWT", { jwtConfiguration: { issuer: ISSUER, audience: ["pets"] } }),
      {
        "keys from elsewhere": { endpoint: "http://two.example" },
        "another audience": { authorizer: { jwtConfiguration: { issuer: ISSUER, audience: ["pets", "b"] } } },
      },
    ],
    [
      "a response",
      cachedResponse,
      {
        "other stage variables": { stage: variables("variables") },
        "after its cache was flushed": { stage: { cacheEpoch: 7 } },
        "another template": {
          integration: { requestTemplates: { "application/json": '{"statusCode":200}' } },
        },
        "another namespace": { integration: { cacheNamespace: "one" } },
        "a namespace that looks like a key": { integration: { cacheNamespace: 'resource1"]["GET' } },
        "other binary types": { api: { binaryMediaTypes: ["image/png"] } },
      },
    ],
  ] as [string, (variant: Variant) => TestedRoute, Record<string, Variant>][])(
    "%s",
    async (_what, routeOf, own) => {
      const variants = Object.values({ ...everywhere, ...own });
      const keys = await keysOf(variants.map(routeOf));
      expect(keys).toHaveLength(variants.length);
      expect(new Set(keys).size).toBe(variants.length);
      expect(await keysOf([routeOf({}), routeOf({})])).toEqual([keys[0], keys[0]]);
    },
  );

  it("parts of a key cannot be taken for others", () => {
    const keys = [[], [""], ["", ""], ["a", "b"], ["a,b"], [["a", "b"]], ['a","b'], [null], ["null"]];
    expect(new Set(keys.map((parts) => cacheKey("scope", parts))).size).toBe(keys.length);
  });

  it("a key is the same whichever keys were made before it", () => {
    const random = randomOf(7);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    // Of one length and with few characters, so that many share a place.
    const text = () => pick(["aaaa", "aaba", "abaa", "baaa", "", "a".repeat(5_000), "ä\u{1f600}"]);
    const parts = () => pick([[text()], [[text(), text()]], ["GET", [], [text(), null]], [], [[], text()]]);
    for (let i = 0; i < 2_000; i++) {
      const [scope, given] = [pick(["one", "two", ""]), parts()];
      expect(cacheKey(scope, given)).toBe(scope + JSON.stringify(given));
    }
  });
});
