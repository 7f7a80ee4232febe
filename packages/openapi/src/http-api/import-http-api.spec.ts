import { describe, expect, it } from "vitest";
import { importHttpApi } from "./import-http-api.ts";

const URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations";
const toFunction = { type: "aws_proxy", httpMethod: "POST", uri: URI, payloadFormatVersion: "2.0" };

/** A definition of paths -> operations, each with a function as integration unless it has another. */
function imported(paths: object, more: object = {}) {
  const { manifest, findings } = importHttpApi(
    JSON.stringify({ openapi: "3.0.1", info: { title: "pets", version: "1" }, paths, ...more }),
    { apiId: "abcdefghij", accountId: "123456789012", region: "eu-west-1" },
  );
  const spec = manifest.spec as unknown as {
    readonly routes: Record<string, { readonly routeKey: string; readonly target?: string }>;
    readonly integrations: Record<string, object>;
    readonly authorizers: Record<string, object>;
  };
  const routes = Object.fromEntries(Object.values(spec.routes).map((route) => [route.routeKey, route]));
  return {
    spec,
    routes,
    integrationOf: (key: string) =>
      spec.integrations[routes[key]?.target?.replace("integrations/", "") ?? ""],
    reported: findings.map(({ level, pointer, message }) => `${level} ${pointer} ${message}`),
  };
}
const operation = (more: object = {}) => ({ "x-amazon-apigateway-integration": toFunction, ...more });

describe("a definition as an HTTP API", () => {
  it("has routes for operations, for any method and for calls that no other route matches", () => {
    const { routes, reported, integrationOf } = imported({
      "/pets": { get: operation({ operationId: "list" }), "x-amazon-apigateway-any-method": operation() },
      "/pets/{proxy+}": { delete: operation() },
      $default: { "x-amazon-apigateway-any-method": operation({ isDefaultRoute: true }) },
    });
    expect(reported).toEqual([]);
    expect(Object.keys(routes).sort()).toEqual([
      "$default",
      "ANY /pets",
      "DELETE /pets/{proxy+}",
      "GET /pets",
    ]);
    expect(routes["GET /pets"]).toMatchObject({ operationName: "list" });
    expect(integrationOf("GET /pets")).toEqual({
      integrationType: "AWS_PROXY",
      integrationMethod: "POST",
      integrationUri: URI,
      payloadFormatVersion: "2.0",
    });
  });

  it("accepts numbers as definitions write them, and parameters of requests and responses", () => {
    const { integrationOf, reported } = imported({
      "/a": {
        get: {
          "x-amazon-apigateway-integration": {
            type: "http_proxy",
            httpMethod: "get",
            uri: "https://example.com",
            payloadFormatVersion: 1,
            timeoutInMillis: "500",
            requestParameters: { "append:header.a": "$request.path" },
            responseParameters: { "200": { "remove:header.b": "''" } },
          },
        },
      },
    });
    expect(reported).toEqual([]);
    expect(integrationOf("GET /a")).toMatchObject({
      integrationMethod: "GET",
      payloadFormatVersion: "1.0",
      timeoutInMillis: 500,
      requestParameters: { "append:header.a": "$request.path" },
      responseParameters: { "200": { "remove:header.b": "''" } },
    });
  });

  it("shares the integrations of its components", () => {
    const shared = {
      "x-amazon-apigateway-integration": { $ref: "#/components/x-amazon-apigateway-integrations/f" },
    };
    const { spec, reported } = imported(
      { "/a": { get: shared, post: shared } },
      { components: { "x-amazon-apigateway-integrations": { f: toFunction } } },
    );
    expect(reported).toEqual([]);
    expect(Object.keys(spec.integrations)).toHaveLength(1);
    expect(Object.keys(spec.routes)).toHaveLength(2);
  });

  it("gets authorizers, scopes and IAM from its security schemes", () => {
    const { routes, spec, reported } = imported(
      {
        "/jwt": { get: operation({ security: [{ jwt: ["read"] }] }) },
        "/own": { get: operation() },
        "/iam": { get: operation({ security: [{ iam: [] }] }) },
        "/open": { get: operation({ security: [{ NONE: [] }] }) },
      },
      {
        security: [{ own: [] }],
        components: {
          securitySchemes: {
            jwt: {
              type: "oauth2",
              "x-amazon-apigateway-authorizer": {
                type: "jwt",
                identitySource: "$request.header.Authorization",
                jwtConfiguration: { issuer: "https://issuer.example", audience: ["a"] },
              },
            },
            own: {
              type: "apiKey",
              "x-amazon-apigateway-authorizer": {
                type: "request",
                identitySource: "$request.header.a, $request.querystring.b",
                authorizerUri: URI,
                authorizerPayloadFormatVersion: 2,
                authorizerResultTtlInSeconds: "60",
                enableSimpleResponses: true,
              },
            },
            iam: { type: "apiKey", "x-amazon-apigateway-authtype": "awsSigv4" },
          },
        },
      },
    );
    expect(reported).toEqual([]);
    expect(routes["GET /jwt"]).toMatchObject({ authorizationType: "JWT", authorizationScopes: ["read"] });
    expect(routes["GET /own"]).toMatchObject({ authorizationType: "CUSTOM" });
    expect(routes["GET /iam"]).toMatchObject({ authorizationType: "AWS_IAM" });
    expect(routes["GET /open"]).not.toHaveProperty("authorizationType");
    expect(Object.values(spec.authorizers)).toEqual([
      {
        name: "jwt",
        authorizerType: "JWT",
        identitySource: ["$request.header.Authorization"],
        jwtConfiguration: { issuer: "https://issuer.example", audience: ["a"] },
      },
      {
        name: "own",
        authorizerType: "REQUEST",
        identitySource: ["$request.header.a", "$request.querystring.b"],
        authorizerUri: URI,
        authorizerPayloadFormatVersion: "2.0",
        authorizerResultTtlInSeconds: 60,
        enableSimpleResponses: true,
      },
    ]);
  });

  it("has its CORS, its tags and its endpoint", () => {
    const { spec, reported } = imported(
      {},
      {
        "x-amazon-apigateway-cors": { allowOrigins: ["*"], maxAge: 5, AllowMethods: ["GET"] },
        tags: [{ name: "team", "x-amazon-apigateway-tag-value": "a" }, { name: "of operations" }],
        servers: [{ "x-amazon-apigateway-endpoint-configuration": { disableExecuteApiEndpoint: true } }],
      },
    );
    expect(spec).toMatchObject({
      corsConfiguration: { allowOrigins: ["*"], maxAge: 5 },
      tags: { team: "a" },
      disableExecuteApiEndpoint: true,
    });
    expect(reported).toEqual([expect.stringContaining("warning /x-amazon-apigateway-cors/AllowMethods")]);
  });

  it.each<[what: string, paths: object, more: object, reported: string]>([
    ["Swagger 2.0", {}, { swagger: "2.0" }, "error /swagger HTTP APIs can be imported from OpenAPI 3.0 only"],
    ["another version", {}, { openapi: "3.1.0" }, "error /openapi version '3.1.0' cannot be imported"],
    [
      "what is not a method",
      { "/a": { fetch: {} } },
      {},
      "warning /paths/~1a/fetch 'fetch' is not a supported method",
    ],
    ["an operation without integration", { "/a": { get: {} } }, {}, "warning /paths/~1a/get has no"],
    [
      "an action of a service without its parameters",
      {
        "/a": {
          get: {
            "x-amazon-apigateway-integration": { type: "aws_proxy", integrationSubtype: "SQS-SendMessage" },
          },
        },
      },
      {},
      "error /paths/~1a/get/x-amazon-apigateway-integration/requestParameters SQS-SendMessage requires the parameters QueueUrl, MessageBody",
    ],
    [
      "an invalid path",
      { "/a{b}": { get: operation() } },
      {},
      "error /paths/~1a{b}/get segment 'a{b}' must be characters without braces",
    ],
    [
      "several requirements",
      { "/a": { get: operation({ security: [{ a: [] }, { b: [] }] }) } },
      {},
      "error /paths/~1a/get/security there are several security requirements",
    ],
    [
      "a mock",
      { "/a": { get: { "x-amazon-apigateway-integration": { type: "mock" } } } },
      {},
      "warning /paths/~1a/get/x-amazon-apigateway-integration/type 'mock' is for REST APIs only and was left out",
    ],
    [
      "an unknown type",
      { "/a": { get: { "x-amazon-apigateway-integration": { type: "proxy" } } } },
      {},
      "error /paths/~1a/get/x-amazon-apigateway-integration/type must be HTTP_PROXY or AWS_PROXY",
    ],
    [
      "an authorizer of a REST API",
      {},
      { components: { securitySchemes: { s: { "x-amazon-apigateway-authorizer": { type: "token" } } } } },
      "error /components/securitySchemes/s/x-amazon-apigateway-authorizer/type 'token' must be jwt or request",
    ],
    [
      "an issuer that is not a URL",
      {},
      {
        components: {
          securitySchemes: {
            s: { "x-amazon-apigateway-authorizer": { type: "jwt", jwtConfiguration: { issuer: "me" } } },
          },
        },
      },
      "error /components/securitySchemes/s/x-amazon-apigateway-authorizer/jwtConfiguration/issuer must be the URL",
    ],
  ])("reports %s at its place", (_what, paths, more, reported) => {
    expect(imported(paths, more).reported).toContainEqual(expect.stringContaining(reported));
  });
});
