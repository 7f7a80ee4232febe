import fc from "fast-check";

/** maybe is a value, or none. */
export const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Members that are undefined are not there. */
const compact = (value: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
/** record is an object of members that may be missing. */
export const record = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(members).map(compact);

const AUTHORIZERS = {
  Token: { FunctionArn: { "Fn::GetAtt": ["F0", "Arn"] } },
  Request: {
    FunctionPayloadType: "REQUEST",
    FunctionArn: { "Fn::Sub": "${F0.Arn}" },
    Identity: { Headers: ["A"], ReauthorizeEvery: 20 },
  },
  Pool: {
    UserPoolArn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_A",
    AuthorizationScopes: ["read"],
  },
};
const authorizer = fc.constantFrom("Token", "Request", "Pool", "AWS_IAM");

const policy = record({
  IpRangeWhitelist: maybe(fc.constantFrom(["10.0.0.0/8"], "127.0.0.1")),
  IpRangeBlacklist: maybe(fc.constant(["1.2.3.4"])),
  AwsAccountWhitelist: maybe(fc.constant(["123456789012"])),
  SourceVpcBlacklist: maybe(fc.constant(["vpc-1", "vpce-1"])),
});

const cors = fc.oneof(
  fc.constantFrom("'*'", "'https://a.example'"),
  record({
    AllowOrigin: fc.constant("'https://a.example'"),
    AllowMethods: maybe(fc.constant("'GET'")),
    AllowHeaders: maybe(fc.constant("'x'")),
    MaxAge: maybe(fc.constant("'600'")),
    AllowCredentials: maybe(fc.boolean()),
  }),
);

const usagePlan = record({
  CreateUsagePlan: fc.constantFrom("PER_API", "SHARED", "NONE"),
  UsagePlanName: maybe(fc.constant("plan")),
  Quota: maybe(fc.constant({ Limit: 5, Period: "DAY" })),
});

const apiAuth = record({
  Authorizers: fc.constant(AUTHORIZERS),
  DefaultAuthorizer: maybe(authorizer),
  InvokeRole: maybe(fc.constantFrom("NONE", "CALLER_CREDENTIALS", "arn:aws:iam::123456789012:role/r")),
  AddDefaultAuthorizerToCorsPreflight: maybe(fc.boolean()),
  ApiKeyRequired: maybe(fc.constant(true)),
  AddApiKeyRequiredToCorsPreflight: maybe(fc.boolean()),
  ResourcePolicy: maybe(policy),
  UsagePlan: maybe(usagePlan),
});

/** domain is the custom domain of an API. */
export const domain = (name: string) =>
  record({
    DomainName: fc.constant(`${name.toLowerCase()}.example.com`),
    CertificateArn: fc.constant("arn:aws:acm:us-east-1:123456789012:certificate/c"),
    EndpointConfiguration: maybe(fc.constantFrom("EDGE", "REGIONAL")),
    BasePath: maybe(fc.constantFrom("a", ["a", "b"])),
    SecurityPolicy: maybe(fc.constant("TLS_1_2")),
  });

const api = (name: string) =>
  record({
    StageName: fc.constantFrom("Prod", "v1", "v-2", "my_stage"),
    Name: maybe(fc.constant("name")),
    OpenApiVersion: maybe(fc.constantFrom("3.0.1", "2.0")),
    Cors: maybe(cors),
    Auth: maybe(apiAuth),
    Domain: maybe(domain(name)),
    EndpointConfiguration: maybe(fc.constantFrom({ Type: "REGIONAL" }, "EDGE")),
    BinaryMediaTypes: maybe(fc.constant(["image~1png"])),
    MinimumCompressionSize: maybe(fc.constant(5)),
    DisableExecuteApiEndpoint: maybe(fc.boolean()),
    Variables: maybe(fc.constant({ a: "b" })),
    TracingEnabled: maybe(fc.boolean()),
    Tags: maybe(fc.constant({ t: "u" })),
    PropagateTags: maybe(fc.boolean()),
    MethodSettings: maybe(fc.constant([{ ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "INFO" }])),
    Models: fc.constant({ Pet: { type: "object" } }),
    GatewayResponses: maybe(
      fc.constant({
        DEFAULT_4XX: { StatusCode: 418, ResponseParameters: { Headers: { A: "'b'" } } },
      }),
    ),
  });

const eventAuth = (defaultAuthorizer: boolean, keys: boolean) =>
  record({
    Authorizer: maybe(defaultAuthorizer ? fc.oneof(authorizer, fc.constant("NONE")) : authorizer),
    ApiKeyRequired: maybe(keys ? fc.boolean() : fc.constant(true)),
    ResourcePolicy: maybe(policy),
  });

const requestModel = record({
  Model: fc.constant("Pet"),
  Required: maybe(fc.boolean()),
  ValidateBody: maybe(fc.boolean()),
  ValidateParameters: maybe(fc.boolean()),
});

type Api = Readonly<Record<string, unknown>> & {
  readonly Auth?: { readonly DefaultAuthorizer?: string; readonly ApiKeyRequired?: boolean };
};

/** An event of an API; the implicit one has no authorizers and no models. */
const event = (apis: Readonly<Record<string, Api>>) =>
  fc.constantFrom(...Object.keys(apis), undefined).chain((name) => {
    const { Auth: auth } = name === undefined ? ({} as Api) : (apis[name] as Api);
    return record({
      RestApiId: fc.constant(name && { Ref: name }),
      Path: fc.constantFrom("/", "/a", "/a/{id}", "/b/", "/c/{proxy+}"),
      Method: fc.constantFrom("get", "POST", "any", "options", "Delete"),
      TimeoutInMillis: maybe(fc.constant(500)),
      RequestParameters: maybe(
        fc.constant([
          "method.request.header.A",
          { "method.request.querystring.b": { Required: true, Caching: true } },
        ]),
      ),
      ...(auth === undefined
        ? {}
        : {
            Auth: maybe(eventAuth(auth.DefaultAuthorizer !== undefined, auth.ApiKeyRequired === true)),
            RequestModel: maybe(requestModel),
          }),
    });
  });

const keyOf = ({ RestApiId, Path, Method }: Record<string, unknown>) =>
  `${JSON.stringify(RestApiId)} ${String(Path).replace(/(.)\/$/, "$1")} ${String(Method).toLowerCase()}`;

/** resourcesOf are resources of a type by their names, of their properties. */
export const resourcesOf = (Type: string, properties: Readonly<Record<string, object>>): object =>
  Object.fromEntries(Object.entries(properties).map(([name, Properties]) => [name, { Type, Properties }]));

/** generatedTemplate is a SAM template of APIs and the functions that serve them. */
export const generatedTemplate: fc.Arbitrary<object> = fc
  .record({ One: api("One"), Two: api("Two") })
  .chain((apis) =>
    fc.record({
      apis: fc.constant(apis as Readonly<Record<string, Api>>),
      alias: fc.boolean(),
      events: fc.uniqueArray(event(apis as Readonly<Record<string, Api>>), {
        minLength: 1,
        maxLength: 6,
        selector: keyOf,
      }),
    }),
  )
  .map(({ apis, alias, events }) => ({
    Transform: "AWS::Serverless-2016-10-31",
    // Where a condition does not hold, AWS's translator leaves traces of what is not there: in policies and in CORS.
    Parameters: { IsPublic: { Type: "String", Default: "yes" } },
    Conditions: { Public: { "Fn::Equals": [{ Ref: "IsPublic" }, "yes"] } },
    Globals: { Function: { Runtime: "nodejs22.x", Handler: "index.handler" } },
    Resources: {
      ...resourcesOf("AWS::Serverless::Api", apis),
      F0: {
        Type: "AWS::Serverless::Function",
        Properties: {
          InlineCode: "x",
          ...(alias ? { AutoPublishAlias: "live" } : {}),
          Events: Object.fromEntries(
            events
              .filter((_, i) => i % 2 === 0)
              .map((Properties, i) => [`E${i}`, { Type: "Api", Properties }]),
          ),
        },
      },
      F1: {
        Type: "AWS::Serverless::Function",
        Condition: "Public",
        Properties: {
          InlineCode: "x",
          Events: Object.fromEntries(
            events
              .filter((_, i) => i % 2 === 1)
              .map((Properties, i) => [`E${i}`, { Type: "Api", Properties }]),
          ),
        },
      },
    },
  }));
