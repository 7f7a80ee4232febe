import { describe, expect, it } from "vitest";
import { checkRules, importOpenApi, MIGRATION_RULES } from "./index.ts";

const proxy = {
  "x-amazon-apigateway-integration": { type: "http_proxy", httpMethod: "GET", uri: "https://a.example" },
};
const integrated = (integration: object) => ({
  "x-amazon-apigateway-integration": { ...proxy["x-amazon-apigateway-integration"], ...integration },
});
const scheme = (authorizer: object) => ({
  securitySchemes: {
    own: {
      type: "apiKey",
      name: "Authorization",
      in: "header",
      "x-amazon-apigateway-authorizer": authorizer,
    },
  },
});
const authorizerUri =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

function found(definition: object): string[] {
  const text = JSON.stringify({ openapi: "3.0.1", info: { title: "t" }, paths: {}, ...definition }, null, 1);
  const outcome = importOpenApi(text, { apiId: "abcdefghij" });
  checkRules(MIGRATION_RULES, outcome);
  return outcome.findings
    .filter(({ rule }) => rule !== undefined)
    .map(({ level, rule, pointer, message }) => `${level} ${rule} ${pointer} ${message}`);
}
const get = (operation: object, more: object = {}) => ({ paths: { "/a": { get: operation } }, ...more });
const AT = "/paths/~1a/get";
const INTEGRATION = `${AT}/x-amazon-apigateway-integration`;

describe("what a REST API loses as an HTTP API", () => {
  it("is nothing if it only passes calls on", () => {
    expect(found(get(proxy))).toEqual([]);
  });

  it.each<[definition: object, says: string]>([
    [{ openapi: undefined, swagger: "2.0" }, "error http-api-version /swagger"],
    [{ openapi: "3.1.0" }, "error http-api-version /openapi"],
    [get({ ...proxy, security: [{ a: [] }, { b: [] }] }), `error http-api-security ${AT}/security`],
    [get(proxy, { security: [{ a: [], b: [] }] }), "error http-api-security /security"],
    [get({}), `warning http-api-integration ${AT} GET /a has no integration`],
    [
      get({ "x-amazon-apigateway-integration": { type: "mock" } }),
      `warning http-api-integration ${INTEGRATION}/type MOCK: HTTP APIs have no mock`,
    ],
    [get(integrated({ type: "http" })), `warning http-api-integration ${INTEGRATION}/type HTTP:`],
    [
      get(integrated({ type: "aws", uri: "arn:aws:apigateway:us-east-1:sqs:path/000000000000/q" })),
      `warning http-api-integration ${INTEGRATION}/type AWS: HTTP APIs call AWS services with an integration subtype`,
    ],
    [
      get(integrated({ requestParameters: { "integration.request.header.a": "'b'" } })),
      `warning http-api-mapping ${INTEGRATION} requestParameters have no effect`,
    ],
    [
      get(integrated({ tlsConfig: { insecureSkipVerification: true } })),
      `warning http-api-tls ${INTEGRATION}/tlsConfig`,
    ],
    [
      { components: scheme({ type: "token", authorizerUri }) },
      "warning http-api-authorizer /components/securitySchemes/own/x-amazon-apigateway-authorizer/type 'own' is a token authorizer",
    ],
    [
      {
        components: scheme({
          type: "cognito_user_pools",
          providerARNs: ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_x"],
        }),
      },
      "warning http-api-authorizer /components/securitySchemes/own/x-amazon-apigateway-authorizer/type 'own' uses a user pool",
    ],
    [
      { "x-amazon-apigateway-policy": { Statement: [] } },
      "warning http-api-policy /x-amazon-apigateway-policy",
    ],
    [
      get(
        { ...proxy, security: [{ key: [] }] },
        { components: { securitySchemes: { key: { type: "apiKey", name: "x-api-key", in: "header" } } } },
      ),
      `info http-api-api-key ${AT}/security GET /a requires an API key`,
    ],
    [
      get(
        { ...proxy, "x-amazon-apigateway-request-validator": "all" },
        { "x-amazon-apigateway-request-validators": { all: { validateRequestBody: true } } },
      ),
      `info http-api-validation ${AT} GET /a is not validated`,
    ],
    [{ components: { schemas: { A: {} } } }, "info http-api-model /components/schemas/A the model 'A'"],
    [
      get(integrated({ cacheNamespace: "n" })),
      `info http-api-cache ${INTEGRATION}/cacheKeyParameters responses of GET /a`,
    ],
    [
      { "x-amazon-apigateway-binary-media-types": ["*/*"] },
      "info http-api-extension /x-amazon-apigateway-binary-media-types HTTP APIs pass every body unchanged",
    ],
  ])("%j", (definition, says) => {
    expect(found(definition)).toEqual([
      expect.stringMatching(new RegExp(`^${says.replaceAll(/[$.*+?()[\]{}|]/g, "\\$&")}`)),
    ]);
  });
});
