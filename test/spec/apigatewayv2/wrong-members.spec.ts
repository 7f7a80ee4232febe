import { beforeAll, expect, it } from "vitest";
import type { Boto, BotoShape } from "../../kit/boto.ts";
import { createMockApi } from "../../kit/mock-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const rest = useBoto(gateway);

type Ids = Readonly<Record<string, string>>;
/** The ids in the paths of calls, and valid bodies for operations that need more than the wrong member. */
let ids: { readonly http: Ids; readonly webSocket: Ids };
let v2: Pick<Boto, "call" | "operations">;

const PROXY = {
  IntegrationType: "HTTP_PROXY",
  IntegrationMethod: "ANY",
  IntegrationUri: "https://example.com",
  PayloadFormatVersion: "1.0",
};
const REQUEST = {
  AuthorizerType: "REQUEST",
  AuthorizerUri:
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:pets/invocations",
  AuthorizerPayloadFormatVersion: "2.0",
  IdentitySource: ["$request.header.a"],
};

beforeAll(async () => {
  v2 = rest.as("apigatewayv2");
  const { restApiId } = await createMockApi(rest);
  await rest.call("create_deployment", { restApiId, stageName: "prod" });
  const { ApiId } = await v2.call("create_api", { Name: "http", ProtocolType: "HTTP" });
  const { IntegrationId } = await v2.call("create_integration", { ApiId, ...PROXY });
  const { RouteId } = await v2.call("create_route", { ApiId, RouteKey: "GET /pets" });
  const { AuthorizerId } = await v2.call("create_authorizer", { ApiId, Name: "a", ...REQUEST });
  const { DeploymentId } = await v2.call("create_deployment", { ApiId });
  await v2.call("create_stage", { ApiId, StageName: "dev" });
  const domain = { DomainName: "wrong.example.com" };
  await v2.call("create_domain_name", domain);
  const { ApiMappingId } = await v2.call("create_api_mapping", { ApiId, ...domain, Stage: "dev" });
  const { RoutingRuleId } = await v2.call("create_routing_rule", {
    ...domain,
    Priority: 1,
    Conditions: [],
    Actions: [{ InvokeApi: { ApiId: restApiId, Stage: "prod" } }],
  });
  const { VpcLinkId } = await v2.call("create_vpc_link", { Name: "l", SubnetIds: ["subnet-1"] });
  const { ApiId: chat } = await v2.call("create_api", {
    Name: "chat",
    ProtocolType: "WEBSOCKET",
    RouteSelectionExpression: "$request.body.action",
  });
  const { ModelId } = await v2.call("create_model", { ApiId: chat, Name: "Pet", Schema: "{}" });
  const mock = {
    ApiId: chat,
    ...(await v2.call("create_integration", { ApiId: chat, IntegrationType: "MOCK" })),
  };
  const { IntegrationResponseId } = await v2.call("create_integration_response", {
    ApiId: chat,
    IntegrationId: mock.IntegrationId,
    IntegrationResponseKey: "$default",
  });
  const send = await v2.call("create_route", { ApiId: chat, RouteKey: "send" });
  const { RouteResponseId } = await v2.call("create_route_response", {
    ApiId: chat,
    RouteId: send.RouteId,
    RouteResponseKey: "$default",
  });
  const common = {
    domainName: domain.DomainName,
    apiMappingId: ApiMappingId,
    routingRuleId: RoutingRuleId,
    vpcLinkId: VpcLinkId,
    restApiId,
    stageName: "dev",
  };
  ids = {
    http: {
      ...common,
      apiId: ApiId,
      integrationId: IntegrationId,
      routeId: RouteId,
      authorizerId: AuthorizerId,
      deploymentId: DeploymentId,
      "resource-arn": `arn:aws:apigateway:us-east-1::/apis/${ApiId}`,
    },
    webSocket: {
      ...common,
      apiId: chat,
      modelId: ModelId,
      integrationId: mock.IntegrationId,
      integrationResponseId: IntegrationResponseId,
      routeId: send.RouteId,
      routeResponseId: RouteResponseId,
    },
  };
});

/** Valid bodies of operations that require members, as they are on the wire. */
const BODIES: Readonly<Record<string, (ids: Ids) => object>> = {
  CreateApi: () => ({ name: "x", protocolType: "HTTP" }),
  CreateApiMapping: ({ apiId }) => ({ apiId, stage: "dev", apiMappingKey: "x" }),
  UpdateApiMapping: ({ apiId }) => ({ apiId }),
  CreateAuthorizer: () => ({
    name: "x",
    authorizerType: REQUEST.AuthorizerType,
    authorizerUri: REQUEST.AuthorizerUri,
    authorizerPayloadFormatVersion: "2.0",
    identitySource: REQUEST.IdentitySource,
  }),
  CreateDomainName: () => ({ domainName: "new.example.com" }),
  UpdateDomainName: () => ({ routingMode: "API_MAPPING_ONLY" }),
  CreateIntegration: () => ({
    integrationType: PROXY.IntegrationType,
    integrationMethod: PROXY.IntegrationMethod,
    integrationUri: PROXY.IntegrationUri,
    payloadFormatVersion: "1.0",
  }),
  CreateIntegrationResponse: () => ({ integrationResponseKey: "/x/" }),
  CreateModel: () => ({ name: "New", schema: "{}" }),
  CreateRoute: () => ({ routeKey: "GET /new" }),
  CreateRouteResponse: () => ({ routeResponseKey: "$default" }),
  CreateRoutingRule: ({ restApiId }) => ({
    priority: 2,
    conditions: [],
    actions: [{ invokeApi: { apiId: restApiId, stage: "prod" } }],
  }),
  CreateStage: () => ({ stageName: "new" }),
  CreateVpcLink: () => ({ name: "x", subnetIds: ["subnet-1"] }),
  PutRoutingRule: ({ restApiId }) => ({
    priority: 3,
    conditions: [],
    actions: [{ invokeApi: { apiId: restApiId, stage: "prod" } }],
  }),
};

/** Values that a member cannot have. */
const wrongValues = ({ type, values, max }: BotoShape): readonly unknown[] => [
  type === "string" ? 7 : "wrong",
  ...(values.length > 0 ? ["WRONG"] : []),
  ...(max === null ? [] : [max + 1]),
];

const isWebSocket = (name: string) => /Model|IntegrationResponse|RouteResponse/.test(name);

it("every member of every operation is refused if its value is wrong", { timeout: 60_000 }, async () => {
  const accepted: string[] = [];
  let tried = 0;
  for (const { name, method, requestUri, shapes } of await v2.operations()) {
    if (/Portal|Product/.test(name)) continue;
    const own = isWebSocket(name) ? ids.webSocket : ids.http;
    const url = requestUri.replace(/\{([\w-]+)\}/g, (_all, parameter: string) =>
      encodeURIComponent(own[parameter] ?? `no ${parameter}`),
    );
    for (const [member, shape] of Object.entries(shapes))
      for (const wrong of wrongValues(shape)) {
        tried++;
        const body = JSON.stringify({ ...BODIES[name]?.(own), [member]: wrong });
        const response = await fetch(`${gateway.controlUrl}${url}`, { method, body });
        const text = await response.text();
        const { message = "" } = text === "" ? {} : (JSON.parse(text) as { message?: string });
        const code = response.headers.get("x-amzn-errortype") ?? "";
        const isRefused = /^(BadRequest|Serialization|NotFound)Exception$/.test(code);
        if (!isRefused || message === "")
          accepted.push(`${name}.${member} = ${JSON.stringify(wrong)}: ${response.status} ${text}`);
      }
  }
  expect(accepted).toEqual([]);
  expect(tried).toBeGreaterThan(150);
});
