import { describe, expect, it } from "vitest";
import { kinds } from "@tollgate/config";
import { type AuthorizerSpec, HTTP_AUTHORIZER_RULES, WEBSOCKET_AUTHORIZER_RULES } from "./authorizer.ts";
import {
  HTTP_INTEGRATION_RULES,
  type IntegrationSpec,
  WEBSOCKET_INTEGRATION_RULES,
} from "./integration-rules.ts";
import { checkRoute, type RouteSpec } from "./route.ts";
import { check, type Rule } from "./rule.ts";
import type { ApiSpec } from "./shelf.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:pets";
const INVOCATION = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;

const sentenceOf = <T>(value: T, rules: readonly Rule<T>[]): string | undefined => {
  try {
    check(value, rules);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

const http = kinds.Api.spec.parse({
  protocolType: "HTTP",
  name: "pets",
  authorizers: {
    jwt: {
      name: "jwt",
      authorizerType: "JWT",
      jwtConfiguration: { issuer: "https://issuer.example", audience: ["a"] },
    },
    function: { name: "function", authorizerType: "REQUEST", authorizerUri: INVOCATION },
  },
  integrations: { i: { integrationType: "AWS_PROXY", integrationUri: FUNCTION } },
  routes: { here: { routeKey: "GET /here/{id}" } },
});
const webSocket = kinds.Api.spec.parse({
  protocolType: "WEBSOCKET",
  name: "chat",
  routes: { c: { routeKey: "$connect" } },
});

function refusalOf(route: Partial<RouteSpec>, api: ApiSpec, id: string | null = null) {
  try {
    checkRoute({ route: { routeKey: "GET /pets", ...route }, api, id }, id ?? "new");
    return undefined;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

describe("of a route AWS refuses", () => {
  const FORM =
    'BadRequestException: The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"';
  const JWT =
    "BadRequestException: Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.";
  const CUSTOM =
    "BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.";
  const SCOPES =
    "BadRequestException: Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types";
  it.each<[route: Partial<RouteSpec>, sentence: string]>([
    [{ routeKey: "TRACE /a" }, FORM],
    [{ routeKey: "/a" }, FORM],
    [{ routeKey: "$other" }, FORM],
    [
      { apiKeyRequired: true },
      "BadRequestException: ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route null",
    ],
    [{ authorizationType: "JWT" }, JWT],
    [{ authorizationType: "JWT", authorizerId: "function" }, JWT],
    [{ authorizationType: "CUSTOM" }, CUSTOM],
    [{ authorizationType: "CUSTOM", authorizerId: "jwt" }, CUSTOM],
    [{ authorizationScopes: ["read"] }, SCOPES],
    [
      { target: "none" },
      "BadRequestException: Unexpected or malformed target in route null. Correct format should be integrations/<integration_id>.",
    ],
    [{ target: "integrations/none" }, "NotFoundException: Invalid Integration identifier specified none"],
    [
      { routeKey: "GET /here/{id}" },
      "ConflictException: Route with key GET /here/{id} already exists for this API",
    ],
    [
      { routeKey: "GET /here/{name}" },
      'ConflictException: The provided route key "GET /here/{name}" has a conflicting variable on the same hierarchical level as "GET /here/{id}"',
    ],
    [
      { requestModels: { $default: "Pet" } },
      "BadRequestException: requestModels is not supported for APIs with a protocol type of HTTP",
    ],
  ])("of an HTTP API %j", (route, sentence) => {
    expect(refusalOf(route, http)).toBe(sentence);
  });

  it.each<[route: Partial<RouteSpec>, sentence: string]>([
    [{ routeKey: "$other" }, "BadRequestException: The provided route key is not formatted properly"],
    [
      { routeKey: "send", authorizationType: "AWS_IAM" },
      "BadRequestException: Currently, authorization is restricted to the $connect route only",
    ],
    [{ routeKey: "$connect" }, "ConflictException: Route with key $connect already exists for this API"],
    [{ routeKey: "send", authorizationScopes: ["a"] }, SCOPES],
  ])("of a WebSocket API %j", (route, sentence) => {
    expect(refusalOf(route, webSocket)).toBe(sentence);
  });

  it("names the route that is changed", () => {
    expect(refusalOf({ target: "none" }, http, "here")).toContain("in route here.");
    expect(refusalOf({ routeKey: "GET /here/{id}" }, http, "here")).toBeUndefined();
  });
});

describe("of an integration AWS refuses", () => {
  const proxy: IntegrationSpec = {
    integrationType: "HTTP_PROXY",
    integrationMethod: "ANY",
    integrationUri: "https://example.com",
    payloadFormatVersion: "1.0",
  };
  const invocation: IntegrationSpec = {
    integrationType: "AWS_PROXY",
    integrationUri: FUNCTION,
    payloadFormatVersion: "2.0",
  };
  const FRAME = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ";
  it.each<[integration: IntegrationSpec, sentence: string | undefined]>([
    [proxy, undefined],
    [invocation, undefined],
    [
      { ...proxy, integrationType: "MOCK" },
      "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)",
    ],
    [
      { integrationType: "AWS_PROXY", integrationUri: FUNCTION },
      "PayloadFormatVersion is a required parameter for integration",
    ],
    [{ ...invocation, payloadFormatVersion: "3.0" }, "Unsupported PayloadFormatVersion: 3.0"],
    [
      { ...proxy, payloadFormatVersion: "2.0" },
      "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY",
    ],
    [
      { integrationType: "HTTP_PROXY", integrationUri: "https://example.com", payloadFormatVersion: "1.0" },
      "HttpMethod parameter method must be specified for integrationType HTTPPROXY",
    ],
    [{ ...proxy, timeoutInMillis: 49 }, "Timeout should be between 50 ms and 30000 ms"],
    [{ ...proxy, timeoutInMillis: 30_001 }, "Timeout should be between 50 ms and 30000 ms"],
    [
      { ...proxy, connectionType: "VPC_LINK" },
      "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK",
    ],
    [
      { ...proxy, connectionType: "VPC_LINK", connectionId: "l", integrationUri: "example.com" },
      "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.",
    ],
    [
      { ...proxy, requestParameters: { "badaction:header.x": "1" } },
      `${FRAME}[Invalid Request Actioned Parameter destination specified: badaction:header.x]`,
    ],
    [{ ...proxy, responseParameters: { "199": {} } }, `${FRAME}[Status Code 199 is not valid.]`],
    [
      { ...proxy, responseParameters: { "200": { "overwrite:path": "1" } } },
      `${FRAME}[Invalid Response Actioned Parameter destination specified: overwrite:path]`,
    ],
  ])("of an HTTP API %j", (integration, sentence) => {
    expect(sentenceOf(integration, HTTP_INTEGRATION_RULES)).toBe(sentence);
  });

  const event: IntegrationSpec = {
    integrationType: "AWS_PROXY",
    integrationSubtype: "EventBridge-PutEvents",
    payloadFormatVersion: "1.0",
    credentialsArn: "arn:aws:iam::123456789012:role/caller",
    requestParameters: { Detail: "$request.body", DetailType: "pet", Source: "shop" },
  };
  it.each<[integration: IntegrationSpec, sentence: string | undefined]>([
    [event, undefined],
    [{ ...event, integrationSubtype: "SNS-Publish" }, "Operation: SNS-Publish is not supported."],
    [{ ...event, payloadFormatVersion: "2.0" }, "Operation: EventBridge-PutEvents is not supported."],
    [
      { ...event, requestParameters: { Detail: "$request.body" } },
      "Operation: EventBridge-PutEvents requires enabling passthrough, or defining all of the following parameters in the parameter mapping: [Detail, DetailType, Source]",
    ],
    [
      { ...event, requestParameters: { ...event.requestParameters, Colour: "red" } },
      "Operation: EventBridge-PutEvents does not support the following parameter in the parameter mapping: [Colour]",
    ],
    [
      {
        integrationType: "AWS_PROXY",
        integrationSubtype: "SQS-PurgeQueue",
        payloadFormatVersion: "1.0",
        requestParameters: { QueueUrl: "q" },
      },
      "Role ARN must be specified for AWS integration configuration with Subtype: SQS-PurgeQueue",
    ],
    [
      { ...event, requestParameters: { ...event.requestParameters, Detail: '{"a":1}' } },
      'Invalid selection expression specified: Validation Result: warnings : [], errors : [Invalid source: {"a":1} specified for destination: Detail]',
    ],
  ])("that calls a service %j", (integration, sentence) => {
    expect(sentenceOf(integration, HTTP_INTEGRATION_RULES)).toBe(sentence);
  });

  it.each<[integration: IntegrationSpec, sentence: string | undefined]>([
    [{ integrationType: "MOCK" }, undefined],
    [{ integrationType: "MOCK", payloadFormatVersion: "2.0" }, "Unsupported PayloadFormatVersion: 2.0"],
    [{ integrationType: "MOCK", timeoutInMillis: 29_001 }, "Timeout should be between 50 ms and 29000 ms"],
  ])("of a WebSocket API %j", (integration, sentence) => {
    expect(sentenceOf(integration, WEBSOCKET_INTEGRATION_RULES)).toBe(sentence);
  });
});

describe("of an authorizer AWS refuses", () => {
  const request: AuthorizerSpec = { name: "a", authorizerType: "REQUEST", authorizerUri: INVOCATION };
  const ofHttp: AuthorizerSpec = { ...request, authorizerPayloadFormatVersion: "2.0" };
  const jwtConfiguration = { issuer: "https://issuer.example", audience: ["a"] };
  const jwt: AuthorizerSpec = {
    name: "a",
    authorizerType: "JWT",
    identitySource: ["$request.header.a"],
    jwtConfiguration,
  };
  it.each<[authorizer: AuthorizerSpec, sentence: string | undefined]>([
    [ofHttp, undefined],
    [jwt, undefined],
    [{ name: "a", authorizerType: "REQUEST" }, "AuthorizerUri is a required field in an Authorizer"],
    [request, "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"],
    [
      { ...ofHttp, authorizerPayloadFormatVersion: "1.0", enableSimpleResponses: true },
      'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".',
    ],
    [
      { ...ofHttp, identitySource: ["method.request.header.a"] },
      "Invalid identity source expression: method.request.header.a. The source must be a request header, request querystring, stage variable or context parameter",
    ],
    [
      { ...ofHttp, authorizerResultTtlInSeconds: 3601 },
      "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
    ],
    [
      { ...ofHttp, authorizerResultTtlInSeconds: 1 },
      "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
    ],
    [{ name: "a", authorizerType: "JWT" }, "JwtConfiguration must not be null for JWT Authorizer"],
    [
      { ...jwt, jwtConfiguration: { issuer: "https://a.example" } },
      "Audience list must have at least 1 item for JWT Authorizer",
    ],
    [
      { ...jwt, jwtConfiguration: { ...jwtConfiguration, issuer: "" } },
      "Invalid issuer: Issuer can not be empty for JWT Authorizer.",
    ],
    [
      { ...jwt, jwtConfiguration: { ...jwtConfiguration, issuer: "me" } },
      "Invalid issuer: Issuer is not a valid URL for JWT Authorizer",
    ],
  ])("of an HTTP API %j", (authorizer, sentence) => {
    expect(sentenceOf(authorizer, HTTP_AUTHORIZER_RULES)).toBe(sentence);
  });

  it.each<[authorizer: AuthorizerSpec, sentence: string | undefined]>([
    [request, undefined],
    [jwt, "Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis."],
    [
      { ...request, authorizerResultTtlInSeconds: 0 },
      "AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis.",
    ],
    [
      { ...request, identitySource: ["$request.header.a"] },
      "Invalid request identity source expression: $request.header.a",
    ],
  ])("of a WebSocket API %j", (authorizer, sentence) => {
    expect(sentenceOf(authorizer, WEBSOCKET_AUTHORIZER_RULES)).toBe(sentence);
  });
});
