import { describe, expect, it } from "vitest";
import { planStack } from "../index.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f";
const INVOCATION = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;

/** The entities of resources, by kind: the API's own members, stages and domains. */
function planned(resources: string, more = "", files: Readonly<Record<string, string>> = {}) {
  const { entities, findings, deployments, outputs } = planStack(
    `
Resources:
${resources}
Outputs:
  Endpoint: { Value: !GetAtt Api.ApiEndpoint }
${more}
`,
    { name: "types", accountId: "123456789012", region: "us-east-1", parameters: {}, files },
  );
  const reported = (level: string) =>
    findings
      .filter((finding) => finding.level === level)
      .map(({ line, pointer, message }) => `${line} ${pointer} ${message}`);
  return {
    errors: reported("error"),
    warnings: reported("warning"),
    deployments,
    outputs,
    endpoint: outputs.Endpoint?.value,
    specs: Object.fromEntries(entities.map(({ manifest: { kind, spec } }) => [kind, spec])) as Record<
      string,
      Record<string, unknown>
    >,
    ids: Object.fromEntries(entities.map(({ manifest: { kind, id } }) => [kind, id])),
  };
}

const API = "  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: pets, ProtocolType: HTTP } }";
const inApi = (name: string, type: string, properties: string) =>
  `  ${name}: { Type: AWS::ApiGatewayV2::${type}, Properties: { ApiId: !Ref Api, ${properties} } }`;
const ruleOf = (name: string, properties: string, strips: string) =>
  `  ${name}: { Type: AWS::ApiGatewayV2::RoutingRule, Properties: { ${properties}, Actions: [{ InvokeApi: { ApiId: !Ref Rest, Stage: prod, StripBasePath: ${strips} } }] } }`;
const one = (members: unknown) => Object.values(members as Record<string, unknown>)[0];

describe("resource types of HTTP and WebSocket APIs become", () => {
  it("an API of routes, integrations and authorizers, which refer to each other", () => {
    const { specs, errors, endpoint, ids } = planned(
      [
        `  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: pets
      ProtocolType: HTTP
      Tags: { team: a }
      CorsConfiguration: { AllowOrigins: ["https://a.example"], MaxAge: "5" }`,
        inApi(
          "Backend",
          "Integration",
          `IntegrationType: AWS_PROXY, IntegrationUri: "${FUNCTION}", PayloadFormatVersion: "2.0"`,
        ),
        inApi(
          "Auth",
          "Authorizer",
          `Name: jwt, AuthorizerType: JWT, IdentitySource: ["$request.header.Authorization"], JwtConfiguration: { Issuer: "https://issuer.example", Audience: [a] }`,
        ),
        inApi(
          "Get",
          "Route",
          `RouteKey: GET /pets, Target: !Sub "integrations/\${Backend}", AuthorizationType: JWT, AuthorizerId: !Ref Auth, AuthorizationScopes: [read]`,
        ),
        inApi(
          "Stage",
          "Stage",
          `StageName: $default, AutoDeploy: true, StageVariables: { a: b }, DefaultRouteSettings: { ThrottlingRateLimit: 5 }, RouteSettings: { "GET /pets": { ThrottlingBurstLimit: 1 } }`,
        ),
      ].join("\n"),
    );
    expect(errors).toEqual([]);
    expect(endpoint).toBe(`https://${ids.Api}.execute-api.us-east-1.amazonaws.com`);
    expect(specs.Api).toMatchObject({
      protocolType: "HTTP",
      name: "pets",
      tags: { team: "a" },
      corsConfiguration: { allowOrigins: ["https://a.example"], maxAge: 5 },
    });
    const [integrationId] = Object.keys(specs.Api?.integrations as object);
    const [authorizerId] = Object.keys(specs.Api?.authorizers as object);
    expect(one(specs.Api?.integrations)).toEqual({
      integrationType: "AWS_PROXY",
      integrationUri: FUNCTION,
      payloadFormatVersion: "2.0",
    });
    expect(one(specs.Api?.routes)).toEqual({
      routeKey: "GET /pets",
      target: `integrations/${integrationId}`,
      authorizationType: "JWT",
      authorizerId,
      authorizationScopes: ["read"],
    });
    expect(specs.ApiStage).toEqual({
      autoDeploy: true,
      stageVariables: { a: "b" },
      defaultRouteSettings: { throttlingRateLimit: 5 },
      routeSettings: { "GET /pets": { throttlingBurstLimit: 1 } },
    });
  });

  it("an API with a target: a route, an integration and a stage with autoDeploy", () => {
    const { specs, errors, ids } = planned(
      "  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: quick, ProtocolType: HTTP, Target: 'https://example.com' } }",
    );
    expect(errors).toEqual([]);
    expect(one(specs.Api?.routes)).toMatchObject({ routeKey: "$default" });
    expect(one(specs.Api?.integrations)).toEqual({
      apiGatewayManaged: true,
      integrationType: "HTTP_PROXY",
      integrationUri: "https://example.com",
      payloadFormatVersion: "1.0",
    });
    expect([ids.ApiStage, specs.ApiStage]).toEqual([
      "$default",
      { apiGatewayManaged: true, autoDeploy: true },
    ]);
  });

  it("an API of a definition, in the template or in a bucket", () => {
    const definition = JSON.stringify({
      openapi: "3.0.1",
      info: { title: "of a definition", version: "2" },
      paths: {
        "/pets": {
          get: {
            "x-amazon-apigateway-integration": {
              type: "aws_proxy",
              httpMethod: "POST",
              uri: INVOCATION,
              payloadFormatVersion: "2.0",
            },
          },
        },
      },
    });
    const body = planned(`  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Body: ${definition} } }`);
    expect(body.errors).toEqual([]);
    expect(body.specs.Api).toMatchObject({ name: "of a definition", version: "2" });
    expect(one(body.specs.Api?.routes)).toMatchObject({ routeKey: "GET /pets" });
    const inBucket =
      "  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { BodyS3Location: { Bucket: b, Key: k } } }";
    expect(planned(inBucket, "", { "s3://b/k": definition }).specs.Api).toEqual(body.specs.Api);
    expect(planned(inBucket).errors[0]).toContain("s3://b/k is not available: give a folder");
  });

  it("a deployment that is created once, and a stage that points to it", () => {
    const { deployments, specs } = planned(
      [
        API,
        inApi("Made", "Deployment", "Description: first"),
        inApi("Stage", "Stage", "StageName: prod, DeploymentId: !Ref Made"),
      ].join("\n"),
    );
    expect(deployments).toMatchObject([{ kind: "ApiDeployment", description: "first" }]);
    expect(specs.ApiStage).toEqual({ deploymentId: deployments[0]?.id });
  });

  it("a domain and its mappings", () => {
    const { specs, errors, ids } = planned(
      [
        API,
        inApi("Stage", "Stage", "StageName: prod, AutoDeploy: true"),
        "  Domain: { Type: AWS::ApiGatewayV2::DomainName, Properties: { DomainName: api.example.com, DomainNameConfigurations: [{ CertificateArn: c, EndpointType: REGIONAL, SecurityPolicy: TLS_1_2 }] } }",
        inApi("Mapping", "ApiMapping", "DomainName: !Ref Domain, Stage: !Ref Stage, ApiMappingKey: shop/v1"),
      ].join("\n"),
    );
    expect(errors).toEqual([]);
    expect(specs.DomainName).toEqual({
      regionalCertificateArn: "c",
      securityPolicy: "TLS_1_2",
      endpointConfiguration: { types: ["REGIONAL"] },
      basePathMappings: { "shop/v1": { apiId: ids.Api, stage: "prod" } },
    });
  });

  it("a domain's routing rules, by its name or ARN", () => {
    const { specs, errors, ids, outputs } = planned(
      [
        "  Rest: { Type: AWS::ApiGateway::RestApi, Properties: { Name: pets } }",
        API,
        "  Domain: { Type: AWS::ApiGatewayV2::DomainName, Properties: { DomainName: api.example.com, RoutingMode: ROUTING_RULE_ONLY } }",
        ruleOf(
          "Beta",
          "DomainNameArn: !GetAtt Domain.DomainNameArn, Priority: 10, Conditions: [{ MatchHeaders: { AnyOf: [{ Header: x-group, ValueGlob: beta* }] } }, { MatchBasePaths: { AnyOf: [shop] } }]",
          "true",
        ),
        ruleOf("Rest2", "DomainNameArn: !Ref Domain, Priority: 20, Conditions: []", "false"),
      ].join("\n"),
      "  Rule: { Value: !Ref Beta }\n  Id: { Value: !GetAtt Beta.RoutingRuleId }",
    );
    expect(errors).toEqual([]);
    const { routingMode, routingRules } = specs.DomainName ?? {};
    const id = outputs.Id?.value ?? "";
    const to = (stripBasePath: boolean) => [
      { invokeApi: { apiId: ids.RestApi, stage: "prod", stripBasePath } },
    ];
    expect([routingMode, routingRules]).toEqual([
      "ROUTING_RULE_ONLY",
      {
        [id]: {
          priority: 10,
          conditions: [
            { matchHeaders: { anyOf: [{ header: "x-group", valueGlob: "beta*" }] } },
            { matchBasePaths: { anyOf: ["shop"] } },
          ],
          actions: to(true),
        },
        [Object.keys(routingRules as object).find((other) => other !== id) ?? ""]: {
          priority: 20,
          conditions: [],
          actions: to(false),
        },
      },
    ]);
    expect(outputs.Rule?.value).toBe(
      `arn:aws:apigateway:us-east-1:123456789012:/domainnames/api.example.com/routingrules/${id}`,
    );
  });

  it("a WebSocket API", () => {
    const { specs, warnings, endpoint } = planned(
      [
        "  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action } }",
        inApi("Pet", "Model", "Name: Pet, Schema: { type: object }"),
        inApi("Mock", "Integration", 'IntegrationType: MOCK, RequestTemplates: { "200": "{}" }'),
        inApi("Answer", "IntegrationResponse", "IntegrationId: !Ref Mock, IntegrationResponseKey: $default"),
        inApi(
          "Connect",
          "Route",
          `RouteKey: $connect, ApiKeyRequired: true, Target: !Sub "integrations/\${Mock}"`,
        ),
        inApi("Back", "RouteResponse", "RouteId: !Ref Connect, RouteResponseKey: $default"),
      ].join("\n"),
    );
    expect(warnings).toEqual([]);
    expect(endpoint).toMatch(/^wss:/);
    expect(specs.Api).toMatchObject({
      protocolType: "WEBSOCKET",
      routeSelectionExpression: "$request.body.action",
      models: { Pet: { schema: '{"type":"object"}' } },
    });
    expect(one(specs.Api?.routes)).toMatchObject({ routeKey: "$connect", apiKeyRequired: true });
    expect(one((one(specs.Api?.routes) as { routeResponses: object }).routeResponses)).toEqual({
      routeResponseKey: "$default",
    });
    expect(
      one((one(specs.Api?.integrations) as { integrationResponses: object }).integrationResponses),
    ).toEqual({
      integrationResponseKey: "$default",
    });
  });

  it.each([
    [
      inApi("X", "Route", "RouteKey: GET /a, Target: integrations/none"),
      "this API has no integration 'none'",
    ],
    [inApi("X", "Route", "RouteKey: GET a"), "the path must begin with /"],
    [inApi("X", "Integration", "IntegrationType: MOCK"), "must be HTTP_PROXY or AWS_PROXY"],
    [
      inApi("X", "Integration", "IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-SendMessage"),
      "SQS-SendMessage requires the parameters QueueUrl, MessageBody",
    ],
    [
      inApi("X", "RouteResponse", "RouteId: none, RouteResponseKey: $default"),
      "/Resources/X/Properties/RouteId this API has no route 'none' in this template",
    ],
    [inApi("X", "Stage", "StageName: $prod"), "is the stage's name and must be $default"],
    [inApi("X", "Model", "Name: Pet, Schema: {}"), "HTTP APIs have no models"],
    [inApi("X", "Authorizer", "Name: a, AuthorizerType: JWT"), "jwtConfiguration"],
    [
      "  X: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: other, RouteKey: GET /a } }",
      "'other' is not an API of this template",
    ],
    [
      inApi("X", "Route", "RouteKye: GET /a, RouteKey: GET /a"),
      "'RouteKye' is not a known property; did you mean 'RouteKey'?",
    ],
    [
      inApi("X", "ApiMapping", "DomainName: none.example.com, Stage: prod"),
      "is not a domain of this template",
    ],
    [
      ruleOf("X", "DomainNameArn: none.example.com, Priority: 1, Conditions: []", "true"),
      "the routing rules of a domain must be in its template",
    ],
    [ruleOf("X", "DomainNameArn: none.example.com, Conditions: []", "true"), "Properties/Priority"],
  ])("%s is refused", (resources, error) => {
    const rest = "  Rest: { Type: AWS::ApiGateway::RestApi, Properties: { Name: pets } }";
    expect(planned(`${API}\n${rest}\n${resources}`).errors).toContainEqual(expect.stringContaining(error));
  });
});
