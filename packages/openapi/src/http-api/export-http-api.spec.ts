import { describe, expect, it } from "vitest";
import { type HttpApi, kinds } from "@tollgate/config";
import { exportHttpApi } from "./export-http-api.ts";
import { importHttpApi } from "./import-http-api.ts";

const INVOCATION = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations";

const api = kinds.Api.spec.parse({
  protocolType: "HTTP",
  name: "pets",
  description: "All pets",
  version: "2",
  tags: { team: "a" },
  disableExecuteApiEndpoint: true,
  corsConfiguration: { allowOrigins: ["https://example.com"], maxAge: 5 },
  authorizers: {
    jwt: {
      name: "tokens",
      authorizerType: "JWT",
      identitySource: ["$request.header.Authorization"],
      jwtConfiguration: { issuer: "https://issuer.example", audience: ["a"] },
    },
    own: {
      name: "own",
      authorizerType: "REQUEST",
      authorizerUri: INVOCATION,
      authorizerPayloadFormatVersion: "2.0",
      identitySource: ["$request.header.a", "$request.querystring.b"],
      authorizerResultTtlInSeconds: 60,
      enableSimpleResponses: true,
    },
  },
  integrations: {
    page: {
      integrationType: "HTTP_PROXY",
      integrationMethod: "GET",
      integrationUri: "https://example.com/{id}",
      requestParameters: { "append:header.a": "$request.path.id" },
      responseParameters: { "200": { "remove:header.b": "''" } },
      timeoutInMillis: 500,
    },
    queue: {
      integrationType: "AWS_PROXY",
      integrationSubtype: "SQS-SendMessage",
      credentialsArn: "arn:aws:iam::123456789012:role/caller",
      requestParameters: { QueueUrl: "https://sqs.example/q", MessageBody: "$request.body" },
    },
    f: { integrationType: "AWS_PROXY", integrationUri: INVOCATION, payloadFormatVersion: "2.0" },
  },
  routes: {
    get: {
      routeKey: "GET /pets/{id}",
      target: "integrations/page",
      operationName: "getPet",
      authorizationType: "JWT",
      authorizerId: "jwt",
      authorizationScopes: ["read"],
    },
    any: {
      routeKey: "ANY /pets/{id}",
      target: "integrations/f",
      authorizationType: "CUSTOM",
      authorizerId: "own",
    },
    signed: { routeKey: "DELETE /pets", target: "integrations/f", authorizationType: "AWS_IAM" },
    send: { routeKey: "POST /pets", target: "integrations/queue" },
    rest: { routeKey: "$default", target: "integrations/f" },
  },
}) as HttpApi;

const source = { apiId: "abcdefghij", region: "eu-west-1", stageName: "dev", version: "v", api };

/** Routes by their keys, with what they name by id in place of the ids. */
const resolved = ({ routes, integrations, authorizers }: HttpApi) =>
  Object.fromEntries(
    Object.values(routes).map(({ target = "", authorizerId = "", ...route }) => [
      route.routeKey,
      {
        ...route,
        integration: integrations[target.replace("integrations/", "")],
        authorizer: authorizers[authorizerId],
      },
    ]),
  );

describe("an HTTP API as a definition", () => {
  it("is the same API after an import", () => {
    const text = JSON.stringify(exportHttpApi(source, true));
    const { manifest, findings } = importHttpApi(text, { apiId: "abcdefghij" });
    expect(findings).toEqual([]);
    const imported = kinds.Api.spec.parse(manifest.spec) as HttpApi;
    expect(resolved(imported)).toEqual(resolved(api));
    const { routes: _r, integrations: _i, authorizers: _a, ...own } = api;
    expect(imported).toMatchObject(own);
  });

  it("has the place of its stage, and declares the variables of its paths", () => {
    expect(exportHttpApi(source, true)).toMatchObject({
      openapi: "3.0.1",
      info: { title: "pets", description: "All pets", version: "2" },
      servers: [
        {
          url: "https://abcdefghij.execute-api.eu-west-1.amazonaws.com/{basePath}",
          variables: { basePath: { default: "dev" } },
        },
      ],
      paths: {
        "/pets/{id}": {
          parameters: [{ name: "id", in: "path", required: true }],
          get: {
            operationId: "getPet",
            responses: { default: { description: "Default response for GET /pets/{id}" } },
          },
        },
        "/$default": { "x-amazon-apigateway-any-method": { isDefaultRoute: true } },
      },
      "x-amazon-apigateway-importexport-version": "1.0",
    });
    expect(exportHttpApi({ ...source, stageName: undefined }, true)).toMatchObject({
      servers: [{ url: "https://abcdefghij.execute-api.eu-west-1.amazonaws.com" }],
    });
  });

  it("has no extensions if they are not asked for", () => {
    const text = JSON.stringify(exportHttpApi(source, false));
    expect(text).not.toContain("x-amazon-");
    expect(text).not.toContain("isDefaultRoute");
    expect(JSON.parse(text)).toMatchObject({ paths: { "/pets/{id}": { get: {} }, "/pets": { delete: {} } } });
  });
});
