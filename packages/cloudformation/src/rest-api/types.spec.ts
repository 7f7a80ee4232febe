import { describe, expect, it } from "vitest";
import { planStack } from "../index.ts";

const LAMBDA =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations";

const NLB = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/pets/50dc6c495c0c9188";

/** The entities of resources besides the API, by kind. */
function planned(resources: string) {
  const { entities, findings, deployments } = planStack(
    `
Resources:
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: api } }
  Root:
    Type: AWS::ApiGateway::Method
    Properties: { RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: ANY, Integration: { Type: MOCK } }
${resources}
`,
    { name: "types", accountId: "123456789012", region: "us-east-1", parameters: {} },
  );
  return {
    errors: findings
      .filter(({ level }) => level === "error")
      .map(({ pointer, message }) => `${pointer} ${message}`),
    deployments: deployments.length,
    specs: entities
      .map(({ manifest }) => manifest)
      .filter(
        ({ kind, spec }) =>
          kind !== "RestApi" && (kind !== "Resource" || (spec as { path: string }).path !== "/"),
      )
      .map(({ kind, id, spec }) => [kind, id, spec] as const),
  };
}

const inApi = (type: string, properties: string) =>
  `  It: { Type: AWS::ApiGateway::${type}, Properties: { RestApiId: !Ref Api, ${properties} } }`;
const anyUuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const anyId = expect.stringMatching(/^[a-z0-9]{10}$/) as string;

describe("resource types become", () => {
  it.each<[name: string, resources: string, kind: string, id: string, spec: object]>([
    [
      "a model",
      inApi("Model", "Name: Pet, ContentType: application/json, Schema: { type: object }"),
      "Model",
      "Pet",
      { contentType: "application/json", schema: '{"type":"object"}' },
    ],
    ["a model without a name", inApi("Model", "Schema: '{}'"), "Model", "It", { schema: "{}" }],
    [
      "a request validator",
      inApi("RequestValidator", 'Name: all, ValidateRequestBody: "true"'),
      "RequestValidator",
      anyId,
      { name: "all", validateRequestBody: true },
    ],
    [
      "an authorizer",
      inApi(
        "Authorizer",
        `Name: a, Type: TOKEN, AuthorizerUri: "${LAMBDA}", IdentitySource: method.request.header.A, AuthorizerResultTtlInSeconds: "5"`,
      ),
      "Authorizer",
      anyId,
      {
        name: "a",
        type: "TOKEN",
        authorizerUri: LAMBDA,
        identitySource: "method.request.header.A",
        authorizerResultTtlInSeconds: 5,
      },
    ],
    [
      "a gateway response",
      inApi("GatewayResponse", "ResponseType: DEFAULT_4XX, StatusCode: 418, ResponseTemplates: { a/b: c }"),
      "GatewayResponse",
      "DEFAULT_4XX",
      { statusCode: "418", responseTemplates: { "a/b": "c" } },
    ],
    [
      "a documentation part",
      inApi(
        "DocumentationPart",
        "Location: { Type: METHOD, Path: /, Method: GET }, Properties: { summary: s }",
      ),
      "DocumentationPart",
      anyId,
      { location: { type: "METHOD", path: "/", method: "GET" }, properties: '{"summary":"s"}' },
    ],
    [
      "a VPC link",
      "  It: { Type: AWS::ApiGateway::VpcLink, Properties: { Name: link, TargetArns: [http://10.0.0.1] } }",
      "VpcLink",
      anyId,
      { name: "link", targets: ["http://10.0.0.1"] },
    ],
    [
      "a VPC link to a load balancer",
      `  It: { Type: AWS::ApiGateway::VpcLink, Properties: { Name: link, TargetArns: ["${NLB}"] } }`,
      "VpcLink",
      anyId,
      { name: "link", targets: [NLB] },
    ],
    [
      "a VPC link into subnets",
      "  It: { Type: AWS::ApiGatewayV2::VpcLink, Properties: { Name: link, SubnetIds: [subnet-1], SecurityGroupIds: [sg-1], Tags: { a: b } } }",
      "VpcLink",
      anyId,
      { name: "link", subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"], tags: { a: "b" } },
    ],
    [
      "a client certificate",
      "  It: { Type: AWS::ApiGateway::ClientCertificate, Properties: { Description: d, Tags: [{ Key: a, Value: b }] } }",
      "ClientCertificate",
      anyId,
      { description: "d", tags: { a: "b" } },
    ],
    [
      "a certificate",
      "  It: { Type: AWS::CertificateManager::Certificate, Properties: { DomainName: Shop.example.com, SubjectAlternativeNames: [shop.example.com, www.example.com], ValidationMethod: DNS, DomainValidationOptions: [{ DomainName: shop.example.com, HostedZoneId: Z1 }], Tags: [{ Key: a, Value: b }] } }",
      "CertificateRequest",
      anyUuid,
      { names: ["shop.example.com", "www.example.com"], keyType: "RSA_2048", tags: { a: "b" } },
    ],
    [
      "a certificate of a private authority",
      "  It: { Type: AWS::CertificateManager::Certificate, Properties: { DomainName: '*.example.com', KeyAlgorithm: EC_prime256v1, CertificateAuthorityArn: arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/a } }",
      "CertificateRequest",
      anyUuid,
      { names: ["*.example.com"], keyType: "EC_prime256v1", authority: "INTERNAL" },
    ],
    [
      "an API key",
      "  It: { Type: AWS::ApiGateway::ApiKey, Properties: { Name: k, Enabled: true, CustomerId: c } }",
      "ApiKey",
      anyId,
      { name: "k", enabled: true, customerId: "c", usagePlanIds: [] },
    ],
    [
      "a usage plan",
      "  It: { Type: AWS::ApiGateway::UsagePlan, Properties: { UsagePlanName: p, Quota: { Limit: 5, Period: DAY }, Throttle: { RateLimit: 1.5, BurstLimit: 2 } } }",
      "UsagePlan",
      anyId,
      { name: "p", quota: { limit: 5, period: "DAY" }, throttle: { rateLimit: 1.5, burstLimit: 2 } },
    ],
  ])("%s", (_name, resources, kind, id, spec) => {
    expect(planned(resources)).toEqual({ errors: [], deployments: 0, specs: [[kind, id, spec]] });
  });

  it("a method with all its members", () => {
    const { errors, specs } = planned(`
  Link: { Type: AWS::ApiGateway::VpcLink, Properties: { Name: link, TargetArns: [http://10.0.0.1] } }
  Pets: { Type: AWS::ApiGateway::Resource, Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets } }
  It:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Pets
      HttpMethod: POST
      AuthorizationType: AWS_IAM
      ApiKeyRequired: true
      OperationName: op
      RequestParameters: { method.request.header.a: true }
      RequestModels: { application/json: Empty }
      MethodResponses: [{ StatusCode: 200, ResponseParameters: { method.response.header.a: false }, ResponseModels: { application/json: Empty } }]
      Integration:
        Type: HTTP
        IntegrationHttpMethod: PUT
        Uri: http://a.example
        ConnectionType: VPC_LINK
        ConnectionId: !Ref Link
        TimeoutInMillis: 500
        RequestParameters: { integration.request.header.a: "'b'" }
        IntegrationTarget: ${NLB}
        TlsConfig: { InsecureSkipVerification: true }
        IntegrationResponses: [{ StatusCode: 200, SelectionPattern: 2.., ResponseParameters: { method.response.header.a: "'c'" } }]
`);
    expect(errors).toEqual([]);
    const [, , spec] = specs.find(([kind]) => kind === "Resource") ?? [];
    expect(spec).toEqual({
      path: "/pets",
      methods: {
        POST: {
          authorizationType: "AWS_IAM",
          apiKeyRequired: true,
          operationName: "op",
          requestParameters: { "method.request.header.a": true },
          requestModels: { "application/json": "Empty" },
          methodResponses: {
            200: {
              responseParameters: { "method.response.header.a": false },
              responseModels: { "application/json": "Empty" },
            },
          },
          integration: {
            type: "HTTP",
            httpMethod: "PUT",
            uri: "http://a.example",
            connectionType: "VPC_LINK",
            connectionId: specs.find(([kind]) => kind === "VpcLink")?.[1],
            timeoutInMillis: 500,
            requestParameters: { "integration.request.header.a": "'b'" },
            integrationTarget: NLB,
            tlsConfig: { insecureSkipVerification: true },
            integrationResponses: {
              200: { selectionPattern: "2..", responseParameters: { "method.response.header.a": "'c'" } },
            },
          },
        },
      },
    });
  });

  it("a stage with its settings and a canary, and the stage that a deployment creates itself", () => {
    const { errors, deployments, specs } = planned(`
  One: { Type: AWS::ApiGateway::Deployment, Properties: { RestApiId: !Ref Api, Description: first } }
  Two:
    Type: AWS::ApiGateway::Deployment
    Properties: { RestApiId: !Ref Api, StageName: own, StageDescription: { LoggingLevel: INFO, Variables: { a: b } } }
  It:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      StageName: prod
      DeploymentId: !Ref One
      CacheClusterEnabled: true
      CacheClusterSize: "0.5"
      TracingEnabled: true
      MethodSettings: [{ ResourcePath: "/~1pets~1{id}", HttpMethod: GET, CachingEnabled: true, CacheTtlInSeconds: 5 }, { ResourcePath: /, HttpMethod: GET, MetricsEnabled: true }]
      CanarySetting: { DeploymentId: !Ref Two, PercentTraffic: 10, StageVariableOverrides: { a: c } }
      AccessLogSetting: { DestinationArn: arn:aws:logs:us-east-1:123456789012:log-group:g, Format: f }
`);
    expect(errors).toEqual([]);
    expect(deployments).toBe(2);
    const specOf = (name: string) => specs.find(([kind, id]) => kind === "Stage" && id === name)?.[2];
    expect(specOf("own")).toMatchObject({
      variables: { a: "b" },
      methodSettings: { "*/*": { loggingLevel: "INFO" } },
    });
    expect(specOf("prod")).toEqual({
      deploymentId: anyId,
      cacheClusterEnabled: true,
      cacheClusterSize: "0.5",
      tracingEnabled: true,
      methodSettings: {
        "pets/{id}/GET": { cachingEnabled: true, cacheTtlInSeconds: 5 },
        "/GET": { metricsEnabled: true },
      },
      canarySettings: { deploymentId: anyId, percentTraffic: 10, stageVariableOverrides: { a: "c" } },
      accessLogSettings: { destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:g", format: "f" },
    });
  });

  it("domains with their mappings", () => {
    const { errors, specs } = planned(`
  D: { Type: AWS::ApiGateway::Deployment, Properties: { RestApiId: !Ref Api, StageName: prod } }
  Domain:
    Type: AWS::ApiGateway::DomainName
    Properties: { DomainName: api.example.com, RegionalCertificateArn: arn:aws:acm:us-east-1:123456789012:certificate/c, EndpointConfiguration: { Types: [REGIONAL] } }
  All: { Type: AWS::ApiGateway::BasePathMapping, Properties: { DomainName: !Ref Domain, RestApiId: !Ref Api, Stage: prod } }
  Some: { Type: AWS::ApiGateway::BasePathMapping, Properties: { DomainName: api.example.com, RestApiId: !Ref Api, BasePath: v1/a } }
`);
    expect(errors).toEqual([]);
    expect(specs.find(([kind]) => kind === "DomainName")).toEqual([
      "DomainName",
      "api.example.com",
      {
        regionalCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/c",
        endpointConfiguration: { types: ["REGIONAL"] },
        basePathMappings: { "(none)": { restApiId: anyId, stage: "prod" }, "v1/a": { restApiId: anyId } },
      },
    ]);
  });

  it("a documentation version contains the parts of its template", () => {
    const { errors, specs } = planned(`
  Part: { Type: AWS::ApiGateway::DocumentationPart, Properties: { RestApiId: !Ref Api, Location: { Type: API }, Properties: "{}" } }
  It: { Type: AWS::ApiGateway::DocumentationVersion, Properties: { RestApiId: !Ref Api, DocumentationVersion: "1" } }
`);
    expect(errors).toEqual([]);
    expect(specs.find(([kind]) => kind === "DocumentationVersion")).toEqual([
      "DocumentationVersion",
      "1",
      { parts: [{ id: anyId, location: { type: "API" }, properties: "{}" }] },
    ]);
  });

  it.each([
    [
      "  It: { Type: AWS::ApiGateway::UsagePlanKey, Properties: { KeyId: k, KeyType: API_KEY, UsagePlanId: p } }",
      "/Resources/It/Properties/KeyId 'k' is not a key of this template",
    ],
    [
      "  It: { Type: AWS::ApiGateway::BasePathMapping, Properties: { DomainName: x.example, RestApiId: !Ref Api } }",
      "/Resources/It/Properties 'x.example' is not a domain of this template",
    ],
    [
      inApi("Method", "ResourceId: abc, HttpMethod: GET"),
      "/Resources/It/Properties/ResourceId must be RootResourceId of the API",
    ],
    [
      inApi("Method", "ResourceId: !GetAtt Api.RootResourceId, HttpMethod: ANY"),
      "/Resources/It/Properties/HttpMethod / already has ANY",
    ],
    [
      inApi("Resource", "ParentId: !GetAtt Api.RootResourceId, PathPart: a b"),
      "/Resources/It/Properties/PathPart segment 'a b' must be characters of",
    ],
    [
      "  It: { Type: AWS::ApiGateway::RestApi, Properties: { BodyS3Location: { Bucket: b, Key: k } } }",
      "/Resources/It/Properties/BodyS3Location s3://b/k is not available: give a folder",
    ],
    ["  It: { Type: AWS::ApiGateway::RestApi }", "/Resources/It/Properties has neither a Name nor a Body"],
    [
      "  It: { Type: AWS::ApiGateway::RestApi, Properties: { Body: { openapi: 2.5.0, paths: {} } } }",
      "/Resources/It/Properties/Body/openapi version 2.5.0 is not supported",
    ],
    [
      `${inApi("Model", "Name: Pet")}\n${inApi("Model", "Name: Pet").replace("It", "Other")}`,
      "/Resources/Other creates the same Model 'Pet' as Resources/It",
    ],
  ])("%s is refused", (resources, error) => {
    expect(planned(resources).errors).toContainEqual(expect.stringContaining(error));
  });
});
