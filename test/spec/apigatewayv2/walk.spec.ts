import { beforeAll, describe, expect, it } from "vitest";
import type { Boto } from "../../kit/boto.ts";
import { createMockApi } from "../../kit/mock-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const rest = useBoto(gateway);
let v2: Pick<Boto, "call" | "operations" | "called" | "untried">;
beforeAll(() => {
  v2 = rest.as("apigatewayv2");
});

const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:pets";
const INVOCATION = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;
const ROLE = "arn:aws:iam::123456789012:role/caller";
const ROUTE_LOG = {
  DestinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:calls",
  Format: "$context.requestId $context.status",
};

type Call = Boto["call"];

/** Lists all, and then the first two one by one. */
async function list(
  call: Call,
  method: string,
  of: object = {},
  MaxResults: string | number = "1",
): Promise<void> {
  await call(method, of);
  const { NextToken } = await call(method, { ...of, MaxResults });
  await call(method, { ...of, MaxResults, NextToken });
}

/** What cannot be called so, and why. */
const NOT_CALLED = [
  // A JWT authorizer has a configuration, one of type REQUEST a function.
  "CreateAuthorizer with ['ApiId', 'AuthorizerType', 'IdentitySource', 'Name'] alone",
  // It names a private domain, of which there are none yet.
  "CreateRoutingRule.DomainNameId",
  "DeleteRoutingRule.DomainNameId",
  // A route has one response, so there is no second page.
  "GetRouteResponses.NextToken",
  "GetRoutingRule.DomainNameId",
  "ListRoutingRules.DomainNameId",
  "PutRoutingRule.DomainNameId",
  // AWS refuses an update of nothing.
  "UpdateDomainName with ['DomainName'] alone",
];

async function walkHttpApi(call: Call): Promise<void> {
  const cors = {
    AllowCredentials: true,
    AllowHeaders: ["x-a"],
    AllowMethods: ["GET"],
    AllowOrigins: ["https://example.com"],
    ExposeHeaders: ["x-b"],
    MaxAge: 60,
  };
  const full = {
    Name: "full",
    ApiKeySelectionExpression: "$request.header.x-api-key",
    CorsConfiguration: cors,
    Description: "all members",
    DisableExecuteApiEndpoint: true,
    DisableSchemaValidation: false,
    IpAddressType: "dualstack",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression
    RouteSelectionExpression: "${request.method} ${request.path}",
    Version: "1",
  };
  const { ApiId } = await call("create_api", { ...full, ProtocolType: "HTTP", Tags: { team: "a" } });
  expect(await call("get_api", { ApiId })).toMatchObject({
    CorsConfiguration: cors,
    IpAddressType: "dualstack",
  });
  await call("create_api", { Name: "minimal", ProtocolType: "HTTP" });
  const quick = await call("create_api", {
    Name: "quick",
    ProtocolType: "HTTP",
    Target: FUNCTION,
    RouteKey: "GET /pets",
    CredentialsArn: ROLE,
  });
  await call("update_api", {
    ApiId: quick.ApiId,
    Target: FUNCTION,
    RouteKey: "GET /dogs",
    CredentialsArn: ROLE,
  });
  await list(call, "get_apis");
  await call("update_api", { ...full, ApiId, Name: "renamed", DisableExecuteApiEndpoint: false });
  await call("update_api", { ApiId });

  const proxy = {
    IntegrationType: "HTTP_PROXY",
    IntegrationMethod: "ANY",
    IntegrationUri: "https://example.com/{id}",
    PayloadFormatVersion: "1.0",
  };
  const toPage = {
    ApiId,
    ...proxy,
    ConnectionType: "INTERNET",
    Description: "a page",
    RequestParameters: { "append:header.a": "$request.path.id" },
    ResponseParameters: { "404": { "overwrite:statuscode": "200" } },
    TimeoutInMillis: 500,
  };
  const { IntegrationId } = await call("create_integration", toPage);
  const toFunction = {
    ApiId,
    IntegrationType: "AWS_PROXY",
    IntegrationUri: FUNCTION,
    PayloadFormatVersion: "2.0",
    CredentialsArn: ROLE,
  };
  const invoking = await call("create_integration", toFunction);
  await call("update_integration", { ...toFunction, IntegrationId: invoking.IntegrationId });
  const toQueue = {
    ApiId,
    IntegrationType: "AWS_PROXY",
    IntegrationSubtype: "SQS-SendMessage",
    CredentialsArn: ROLE,
    PayloadFormatVersion: "1.0",
    RequestParameters: { QueueUrl: "$request.header.queue", MessageBody: "$request.body.message" },
  };
  const sending = await call("create_integration", toQueue);
  await call("update_integration", { ...toQueue, IntegrationId: sending.IntegrationId });
  const { VpcLinkId } = await call("create_vpc_link", {
    Name: "link",
    SubnetIds: ["subnet-1"],
    SecurityGroupIds: ["sg-1"],
    Tags: { a: "1" },
  });
  await call("create_vpc_link", { Name: "minimal", SubnetIds: ["subnet-1"] });
  const toBalancer = {
    ApiId,
    ...proxy,
    IntegrationUri: "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/lb/1/2",
    ConnectionType: "VPC_LINK",
    ConnectionId: VpcLinkId,
    TlsConfig: { ServerNameToVerify: "lb.example.com" },
  };
  const behind = await call("create_integration", toBalancer);
  await call("update_integration", { ...toBalancer, IntegrationId: behind.IntegrationId });
  await list(call, "get_vpc_links");
  await call("get_vpc_link", { VpcLinkId });
  await call("update_vpc_link", { VpcLinkId, Name: "renamed" });
  await call("update_vpc_link", { VpcLinkId });
  const integration = { ApiId, IntegrationId };
  await list(call, "get_integrations", { ApiId });
  await call("get_integration", integration);
  await call("update_integration", { ...toPage, ...integration, Description: "" });
  await call("update_integration", integration);

  const jwt = {
    ApiId,
    Name: "jwt",
    AuthorizerType: "JWT",
    IdentitySource: ["$request.header.Authorization"],
    JwtConfiguration: { Issuer: "https://issuer.example", Audience: ["a"] },
  };
  const { AuthorizerId } = await call("create_authorizer", jwt);
  const byFunction = {
    ApiId,
    Name: "function",
    AuthorizerType: "REQUEST",
    AuthorizerUri: INVOCATION,
    AuthorizerCredentialsArn: ROLE,
    AuthorizerPayloadFormatVersion: "2.0",
    AuthorizerResultTtlInSeconds: 60,
    EnableSimpleResponses: true,
    IdentitySource: ["$request.header.a"],
    IdentityValidationExpression: ".*",
  };
  const { AuthorizerId: functionId } = await call("create_authorizer", byFunction);
  await call("update_authorizer", { ...byFunction, AuthorizerId: functionId });
  const authorizer = { ApiId, AuthorizerId };
  await list(call, "get_authorizers", { ApiId });
  await call("get_authorizer", authorizer);
  await call("update_authorizer", { ...jwt, ...authorizer, Name: "tokens" });
  await call("update_authorizer", authorizer);

  const pet = {
    ApiId,
    RouteKey: "GET /pets/{id}",
    ApiKeyRequired: false,
    AuthorizationScopes: ["read"],
    AuthorizationType: "JWT",
    AuthorizerId,
    OperationName: "getPet",
    Target: `integrations/${IntegrationId}`,
  };
  const { RouteId } = await call("create_route", pet);
  await call("create_route", { ApiId, RouteKey: "$default" });
  const route = { ApiId, RouteId };
  await list(call, "get_routes", { ApiId });
  await call("get_route", route);
  await call("update_route", { ...pet, ...route, OperationName: "pet" });
  await call("update_route", route);
  await walkStages(call, ApiId as string);

  await call("delete_cors_configuration", { ApiId });
  await call("delete_route", route);
  await call("delete_authorizer", authorizer);
  await call("delete_integration", integration);
  await call("delete_integration", { ApiId, IntegrationId: behind.IntegrationId });
  await call("delete_vpc_link", { VpcLinkId });
  await call("delete_api", { ApiId });
}

async function walkStages(call: Call, ApiId: string): Promise<void> {
  const settings = { DetailedMetricsEnabled: true, ThrottlingBurstLimit: 5, ThrottlingRateLimit: 2.5 };
  const { DeploymentId } = await call("create_deployment", { ApiId, Description: "first" });
  await call("create_deployment", { ApiId });
  const deployment = { ApiId, DeploymentId };
  await list(call, "get_deployments", { ApiId });
  await call("get_deployment", deployment);
  await call("update_deployment", { ...deployment, Description: "" });
  await call("update_deployment", deployment);
  const dev = {
    ApiId,
    StageName: "dev",
    AccessLogSettings: ROUTE_LOG,
    AutoDeploy: false,
    DefaultRouteSettings: settings,
    DeploymentId,
    Description: "d",
    RouteSettings: { "GET /pets/{id}": settings },
    StageVariables: { a: "1" },
  };
  await call("create_stage", { ...dev, Tags: { team: "a" } });
  await call("create_stage", { ApiId, StageName: "minimal" });
  const stage = { ApiId, StageName: "dev" };
  await call("create_deployment", stage);
  await list(call, "get_stages", { ApiId });
  await call("get_stage", stage);
  await call("update_stage", { ...dev, Description: "e", StageVariables: { a: "" } });
  await call("update_stage", stage);
  const ResourceArn = `arn:aws:apigateway:us-east-1::/apis/${ApiId}/stages/dev`;
  await call("tag_resource", { ResourceArn, Tags: { b: "2" } });
  await call("tag_resource", { ResourceArn });
  await call("untag_resource", { ResourceArn, TagKeys: ["team"] });
  expect(await call("get_tags", { ResourceArn })).toMatchObject({ Tags: { b: "2" } });
  await walkDomain(call, ApiId);
  await call("reset_authorizers_cache", stage);
  await call("delete_route_settings", { ...stage, RouteKey: "GET /pets/{id}" });
  await call("delete_access_log_settings", stage);
  await call("delete_stage", stage);
  await call("delete_deployment", deployment);
}

async function walkDomain(call: Call, ApiId: string): Promise<void> {
  const DomainName = "v2.example.com";
  const { CertificateArn } = await rest.as("acm").call("request_certificate", {
    DomainName,
    SubjectAlternativeNames: ["trusting.example.com"],
  });
  const configuration = {
    CertificateArn,
    EndpointType: "REGIONAL",
    IpAddressType: "ipv4",
    SecurityPolicy: "TLS_1_2",
  };
  await call("create_domain_name", {
    DomainName,
    DomainNameConfigurations: [configuration],
    RoutingMode: "ROUTING_RULE_THEN_API_MAPPING",
    Tags: { a: "1" },
  });
  await call("create_domain_name", { DomainName: "minimal.example.com" });
  const trusting = {
    DomainName: "trusting.example.com",
    DomainNameConfigurations: [configuration],
    MutualTlsAuthentication: { TruststoreUri: "s3://certificates/clients.pem", TruststoreVersion: "1" },
  };
  await call("create_domain_name", trusting);
  await call("update_domain_name", trusting);
  await list(call, "get_domain_names");
  expect(await call("get_domain_name", { DomainName })).toMatchObject({
    RoutingMode: "ROUTING_RULE_THEN_API_MAPPING",
    DomainNameConfigurations: [{ ...configuration, DomainNameStatus: "AVAILABLE" }],
  });
  await call("update_domain_name", { DomainName, DomainNameConfigurations: [configuration] });
  await call("update_domain_name", { DomainName, RoutingMode: "API_MAPPING_ONLY" });
  const { ApiMappingId } = await call("create_api_mapping", {
    ApiId,
    DomainName,
    Stage: "dev",
    ApiMappingKey: "shop/v1",
  });
  await call("create_api_mapping", { ApiId, DomainName, Stage: "dev" });
  const mapping = { DomainName, ApiMappingId };
  await list(call, "get_api_mappings", { DomainName });
  await call("get_api_mapping", mapping);
  await call("update_api_mapping", { ...mapping, ApiId });
  await call("update_api_mapping", { ...mapping, ApiId, Stage: "minimal", ApiMappingKey: "shop" });
  expect(await call("get_api_mapping", mapping)).toMatchObject({
    ApiMappingKey: "shop",
    Stage: "minimal",
    ApiMappingId,
  });
  expect((await rest.call("get_base_path_mapping", { domainName: DomainName, basePath: "shop" })).stage).toBe(
    "minimal",
  );

  const { restApiId } = await createMockApi(rest);
  await rest.call("create_deployment", { restApiId, stageName: "prod" });
  const rule = {
    DomainName,
    Priority: 10,
    Conditions: [
      { MatchBasePaths: { AnyOf: ["pets"] } },
      { MatchHeaders: { AnyOf: [{ Header: "x-version", ValueGlob: "beta*" }] } },
    ],
    Actions: [{ InvokeApi: { ApiId: restApiId, Stage: "prod", StripBasePath: true } }],
  };
  const { RoutingRuleId } = await call("create_routing_rule", rule);
  await call("create_routing_rule", { ...rule, Priority: 11 });
  await list(call, "list_routing_rules", { DomainName }, 1);
  await call("get_routing_rule", { DomainName, RoutingRuleId });
  await call("put_routing_rule", { ...rule, RoutingRuleId, Conditions: [], Priority: 20 });
  await call("delete_routing_rule", { DomainName, RoutingRuleId });
  for (const { RoutingRuleId: id } of (await call("list_routing_rules", { DomainName })).RoutingRules)
    await call("delete_routing_rule", { DomainName, RoutingRuleId: id });
  for (const { ApiMappingId: id } of (await call("get_api_mappings", { DomainName })).Items)
    await call("delete_api_mapping", { DomainName, ApiMappingId: id });
  await call("delete_domain_name", { DomainName });
  await rest.call("delete_rest_api", { restApiId });
}

async function walkWebSocketApi(call: Call): Promise<void> {
  const { ApiId } = await call("create_api", {
    Name: "chat",
    ProtocolType: "WEBSOCKET",
    RouteSelectionExpression: "$request.body.action",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression
    ApiKeySelectionExpression: "${context.authorizer.usageIdentifierKey}",
    DisableSchemaValidation: true,
  });
  const model = {
    ApiId,
    Name: "Pet",
    Schema: '{"type":"object"}',
    ContentType: "application/json",
    Description: "d",
  };
  const { ModelId } = await call("create_model", model);
  await call("create_model", { ApiId, Name: "Minimal", Schema: "{}" });
  await list(call, "get_models", { ApiId });
  await call("get_model", { ApiId, ModelId });
  await call("get_model_template", { ApiId, ModelId });
  await call("update_model", { ...model, ModelId, Name: "Dog" });
  await call("update_model", { ApiId, ModelId });

  const toPage = {
    ApiId,
    IntegrationType: "HTTP",
    IntegrationMethod: "POST",
    IntegrationUri: "https://example.com",
    ContentHandlingStrategy: "CONVERT_TO_TEXT",
    CredentialsArn: ROLE,
    PassthroughBehavior: "NEVER",
    PayloadFormatVersion: "1.0",
    RequestParameters: { "integration.request.header.a": "'1'" },
    RequestTemplates: { $default: "" },
    TemplateSelectionExpression: "$request.body.action",
    TimeoutInMillis: 500,
  };
  const { IntegrationId } = await call("create_integration", toPage);
  await call("create_integration", { ApiId, IntegrationType: "MOCK" });
  const integration = { ApiId, IntegrationId };
  await call("update_integration", { ...toPage, ...integration });
  const failed = {
    ...integration,
    IntegrationResponseKey: "/5\\d\\d/",
    ContentHandlingStrategy: "CONVERT_TO_TEXT",
    ResponseParameters: { "method.response.header.a": "'1'" },
    ResponseTemplates: { $default: "{}" },
    TemplateSelectionExpression: "$integration.response.statuscode",
  };
  const { IntegrationResponseId } = await call("create_integration_response", failed);
  await call("create_integration_response", { ...integration, IntegrationResponseKey: "$default" });
  const response = { ...integration, IntegrationResponseId };
  await list(call, "get_integration_responses", integration);
  await call("get_integration_response", response);
  await call("update_integration_response", { ...failed, ...response, TemplateSelectionExpression: "" });
  await call("update_integration_response", response);

  const { AuthorizerId } = await call("create_authorizer", {
    ApiId,
    Name: "function",
    AuthorizerType: "REQUEST",
    AuthorizerUri: INVOCATION,
    IdentitySource: ["route.request.header.a"],
  });
  const connect = {
    ApiId,
    RouteKey: "$connect",
    ApiKeyRequired: true,
    AuthorizationType: "CUSTOM",
    AuthorizerId,
    ModelSelectionExpression: "$request.body.action",
    OperationName: "connect",
    RequestModels: { $default: "Dog" },
    RequestParameters: { "route.request.header.a": { Required: true } },
    RouteResponseSelectionExpression: "$default",
    Target: `integrations/${IntegrationId}`,
  };
  const { RouteId } = await call("create_route", connect);
  const route = { ApiId, RouteId };
  await call("update_route", { ...connect, ...route });
  const back = {
    ...route,
    RouteResponseKey: "$default",
    ModelSelectionExpression: "$default",
    ResponseModels: { $default: "Dog" },
    ResponseParameters: { "route.response.header.a": { Required: false } },
  };
  const { RouteResponseId } = await call("create_route_response", back);
  const routeResponse = { ...route, RouteResponseId };
  await call("get_route_responses", route);
  await call("get_route_responses", { ...route, MaxResults: "1" });
  await call("get_route_response", routeResponse);
  await call("update_route_response", { ...back, ...routeResponse, ModelSelectionExpression: "" });
  await call("update_route_response", routeResponse);
  await call("delete_route_response", routeResponse);
  await call("create_route_response", { ...route, RouteResponseKey: "$default" });
  await call("delete_route_request_parameter", { ...route, RequestParameterKey: "route.request.header.a" });

  const { clientCertificateId: ClientCertificateId } = await rest.call("generate_client_certificate");
  const prod = { ApiId, StageName: "prod", AutoDeploy: true };
  await call("create_stage", { ...prod, ClientCertificateId });
  await call("update_stage", { ...prod, ClientCertificateId });
  await call("delete_route", route);
  await call("delete_integration_response", response);
  await call("delete_model", { ApiId, ModelId });
  await call("delete_api", { ApiId });
}

const DEFINITION = JSON.stringify({
  openapi: "3.0.1",
  info: { title: "imported", version: "1" },
  paths: {
    "/pets": {
      get: {
        "x-amazon-apigateway-integration": {
          type: "http_proxy",
          httpMethod: "GET",
          uri: "https://example.com",
          payloadFormatVersion: "1.0",
        },
      },
    },
  },
});

const isPortal = (name: string) => /Portal|Product/.test(name);

describe("botocore's description of apigatewayv2, walked", () => {
  it("every operation responds in its documented shape", async () => {
    const call: Call = (method, params) =>
      v2.call(method, JSON.parse(JSON.stringify(params ?? {})) as object);
    await walkHttpApi(call);
    await walkWebSocketApi(call);
    const { ApiId } = await call("import_api", { Body: DEFINITION });
    const imported = { Body: DEFINITION, Basepath: "prepend", FailOnWarnings: true };
    await call("import_api", imported);
    await call("reimport_api", { ...imported, ApiId });
    await call("reimport_api", { Body: DEFINITION, ApiId });
    const exported = { ApiId, OutputType: "YAML", Specification: "OAS30" };
    await call("export_api", exported);
    await call("create_stage", { ApiId, StageName: "prod", AutoDeploy: true });
    await call("export_api", {
      ...exported,
      ExportVersion: "1.0",
      IncludeExtensions: true,
      StageName: "prod",
    });
    // Each response was checked against its shape: see kit/boto.py.
    const described = (await v2.operations()).map(({ name }) => name).filter((name) => !isPortal(name));
    expect(await v2.called()).toEqual(described.sort());
    // Nor is a member left out, or an operation that was not called with what it requires alone.
    expect(await v2.untried()).toEqual(NOT_CALLED);
  });

  it("there are no portals", async () => {
    const id = { portalId: "p", portalProductId: "p", productPageId: "p", productRestEndpointPageId: "p" };
    const portals = (await v2.operations()).filter(({ name }) => isPortal(name));
    const statuses = new Set<string>();
    for (const { name, method, requestUri } of portals) {
      const url = requestUri.replace(/\{(\w+)\}/g, (_all, parameter: keyof typeof id) => id[parameter]);
      const response = await fetch(`${gateway.controlUrl}${url}`, {
        method,
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      statuses.add(`${response.status} ${response.headers.get("x-amzn-errortype")}`);
      if (response.status === 404)
        expect(await response.json(), name).toMatchObject({
          message: expect.stringContaining("identifier specified p"),
        });
    }
    expect([...statuses].sort()).toEqual(["200 null", "403 AccessDeniedException", "404 NotFoundException"]);
  });
});
