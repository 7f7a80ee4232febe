import fc from "fast-check";
import { domain as anyDomain, maybe, record, resourcesOf } from "./templates.ts";

const AUTHORIZERS = {
  Jwt: {
    IdentitySource: "$request.header.Authorization",
    JwtConfiguration: { issuer: "https://idp.example", audience: ["a", { Ref: "IsPublic" }] },
    AuthorizationScopes: ["read"],
  },
  Lambda: {
    FunctionArn: { "Fn::GetAtt": ["F0", "Arn"] },
    AuthorizerPayloadFormatVersion: "2.0",
    EnableSimpleResponses: true,
    Identity: { Headers: ["A"], QueryStrings: ["b"], ReauthorizeEvery: 5 },
  },
  Own: {
    FunctionArn: { "Fn::Sub": "${F0.Arn}" },
    AuthorizerPayloadFormatVersion: "1.0",
    FunctionInvokeRole: "arn:aws:iam::123456789012:role/r",
    EnableFunctionDefaultPermissions: false,
  },
};
const authorizer = fc.constantFrom("Jwt", "Lambda", "Own", "AWS_IAM");

/** Domains of these APIs are regional. */
const domain = (name: string) =>
  anyDomain(name).map(({ EndpointConfiguration: type, ...given }) =>
    type === undefined ? given : { ...given, EndpointConfiguration: "REGIONAL" },
  );

const httpApi = (name: string) =>
  record({
    StageName: maybe(fc.constantFrom("$default", "v1", "v-2", "my_stage")),
    Name: maybe(fc.constant("name")),
    Description: maybe(fc.constant("what it is")),
    StageVariables: maybe(fc.constant({ a: "b", c: { Ref: "IsPublic" } })),
    Tags: maybe(fc.constant({ t: "u" })),
    PropagateTags: maybe(fc.boolean()),
    FailOnWarnings: maybe(fc.boolean()),
    DisableExecuteApiEndpoint: maybe(fc.boolean()),
    CorsConfiguration: maybe(
      fc.oneof(
        fc.constant(true),
        record({
          AllowOrigins: fc.constantFrom(["https://a.example"], ["https://a.example", "https://b.example"]),
          AllowMethods: maybe(fc.constant(["GET", "POST"])),
          AllowHeaders: maybe(fc.constant(["x"])),
          ExposeHeaders: maybe(fc.constant(["y"])),
          MaxAge: maybe(fc.constantFrom(0, 600)),
          AllowCredentials: maybe(fc.boolean()),
        }),
      ),
    ),
    DefaultRouteSettings: maybe(fc.constant({ ThrottlingBurstLimit: 5, ThrottlingRateLimit: 2.5 })),
    AccessLogSettings: maybe(
      fc.constant({
        DestinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:g",
        Format: "$context.requestId",
      }),
    ),
    Auth: maybe(
      record({
        Authorizers: fc.constant(AUTHORIZERS),
        EnableIamAuthorizer: fc.constant(true),
        DefaultAuthorizer: maybe(authorizer),
      }),
    ),
    Domain: maybe(domain(name)),
  });

type HttpApi = Readonly<Record<string, unknown>> & {
  readonly Auth?: { readonly DefaultAuthorizer?: string };
};

const eventAuth = (hasDefault: boolean) =>
  record({
    Authorizer: hasDefault ? maybe(fc.oneof(authorizer, fc.constant("NONE"))) : authorizer,
    AuthorizationScopes: maybe(fc.constant(["write"])),
  });

/** An event of an HTTP API, or of the implicit one, which has no authorizers. */
const httpEvent = (apis: Readonly<Record<string, HttpApi>>) =>
  fc.constantFrom(...Object.keys(apis), undefined).chain((name) => {
    const auth = name === undefined ? undefined : apis[name]?.Auth;
    const place = fc.oneof(
      {
        weight: 9,
        arbitrary: fc.record({
          Path: fc.constantFrom("/", "/a", "/a/{id}", "/b/", "/c/{proxy+}"),
          Method: fc.constantFrom("get", "POST", "any", "ANY", "Delete"),
        }),
      },
      { weight: 1, arbitrary: fc.constant({}) },
    );
    return fc
      .tuple(
        place,
        record({
          ApiId: fc.constant(name && { Ref: name }),
          TimeoutInMillis: maybe(fc.constant(500)),
          PayloadFormatVersion: maybe(fc.constantFrom("1.0", "2.0")),
          RouteSettings: maybe(fc.constant({ ThrottlingRateLimit: 1 })),
          ...(auth === undefined ? {} : { Auth: maybe(eventAuth(auth.DefaultAuthorizer !== undefined)) }),
        }),
      )
      .map(([at, more]) => ({ ...at, ...more }));
  });

const keyOf = ({ ApiId, Path, Method }: Readonly<Record<string, unknown>>) =>
  `${JSON.stringify(ApiId)} ${String(Path)} ${String(Method).toLowerCase()}`;

const FUNCTION = { "Fn::GetAtt": ["F0", "Arn"] };

const webSocketApi = record({
  Name: maybe(fc.constant("chat")),
  StageName: maybe(fc.constantFrom("prod", "v2")),
  RouteSelectionExpression: fc.constant("$request.body.action"),
  Auth: maybe(
    fc.constantFrom<object>(
      { AuthType: "AWS_IAM" },
      { AuthType: "NONE" },
      { AuthType: "CUSTOM", AuthArn: FUNCTION, IdentitySource: ["route.request.header.A"] },
    ),
  ),
  Routes: record({
    $connect: fc.constant({ FunctionArn: FUNCTION }),
    $disconnect: maybe(fc.constant({ FunctionArn: FUNCTION })),
    $default: fc.constant({ FunctionArn: FUNCTION }),
    send: maybe(fc.constant({ FunctionArn: FUNCTION, IntegrationTimeout: 500, ApiKeyRequired: true })),
  }),
  StageVariables: maybe(fc.constant({ a: "b" })),
  Tags: maybe(fc.constant({ t: "u" })),
  DisableExecuteApiEndpoint: maybe(fc.boolean()),
  RouteSettings: maybe(fc.constant({ $connect: { ThrottlingBurstLimit: 1 } })),
  Domain: maybe(domain("Chat")),
});

/** generatedHttpTemplate is a SAM template of HTTP APIs and the functions that serve them, and of a WebSocket API. */
export const generatedHttpTemplate: fc.Arbitrary<object> = fc
  .record({ One: httpApi("One"), Two: httpApi("Two") })
  .chain((apis) =>
    fc.record({
      apis: fc.constant(apis as Readonly<Record<string, HttpApi>>),
      chat: maybe(webSocketApi),
      alias: fc.boolean(),
      events: fc.uniqueArray(httpEvent(apis as Readonly<Record<string, HttpApi>>), {
        minLength: 1,
        maxLength: 6,
        selector: keyOf,
      }),
    }),
  )
  .map(({ apis, chat, alias, events }) => ({
    Transform: "AWS::Serverless-2016-10-31",
    Parameters: { IsPublic: { Type: "String", Default: "yes" } },
    Globals: { Function: { Runtime: "nodejs22.x", Handler: "index.handler" } },
    Resources: {
      ...resourcesOf("AWS::Serverless::HttpApi", apis),
      ...(chat ? { Chat: { Type: "AWS::Serverless::WebSocketApi", Properties: chat } } : {}),
      F0: {
        Type: "AWS::Serverless::Function",
        Properties: {
          InlineCode: "x",
          ...(alias ? { AutoPublishAlias: "live" } : {}),
          Events: Object.fromEntries(
            events.map((Properties, i) => [`E${i}`, { Type: "HttpApi", Properties }]),
          ),
        },
      },
    },
  }));
