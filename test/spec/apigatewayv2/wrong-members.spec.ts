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
      specification: "OAS30",
      routeKey: "GET /pets",
      requestParameterKey: "route.request.header.a",
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

const DEFINITION = JSON.stringify({ openapi: "3.0.1", info: { title: "x", version: "1" }, paths: {} });

/** Queries that operations require. */
const QUERIES: Readonly<Record<string, string>> = {
  ExportApi: "outputType=JSON",
  UntagResource: "tagKeys=team",
};

/** Valid bodies of operations that require members, as they are on the wire. */
const BODIES: Readonly<Record<string, (ids: Ids) => object>> = {
  CreateApi: () => ({ name: "x", protocolType: "HTTP" }),
  CreateApiMapping: ({ apiId }) => ({ apiId, stage: "dev", apiMappingKey: "x" }),
  UpdateApiMapping: ({ apiId }) => ({ apiId, stage: "dev" }),
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
  ImportApi: () => ({ body: DEFINITION }),
  ReimportApi: () => ({ body: DEFINITION }),
  TagResource: () => ({ tags: { team: "a" } }),
  CreateVpcLink: () => ({ name: "x", subnetIds: ["subnet-1"] }),
  PutRoutingRule: ({ restApiId }) => ({
    priority: 3,
    conditions: [],
    actions: [{ invokeApi: { apiId: restApiId, stage: "prod" } }],
  }),
};

/** What a domain's configuration says in responses, and is ignored in requests: clients send back what they read. */
const RESPONSE_ONLY: ReadonlySet<string> = new Set(["certificateUploadDate", "domainNameStatus"]);

/** Required by the model, but not by AWS: clients send authorizers that have none. */
const NOT_REQUIRED: ReadonlySet<string> = new Set(["CreateAuthorizer.identitySource"]);

/** The model has 32 KB for templates, the page of quotas 300 KB. */
const TEMPLATE_LONGEST = 300 * 1024;

/** What an item of a member may be: of maps, only those of templates have items that are so long. */
const itemOf = ({ type, item }: BotoShape): BotoShape | undefined =>
  item && type === "map" && item.longest === 32 * 1024 ? { ...item, longest: TEMPLATE_LONGEST } : item;

/** An object without one of its members. */
const without = (whole: unknown, name: string): object =>
  Object.fromEntries(Object.entries((whole ?? {}) as object).filter(([member]) => member !== name));

/** Values that a member cannot have: itself, and with one of its parts wrong. `valid` is a value that it can have. */
function wrongValues(shape: BotoShape, valid?: unknown): readonly unknown[] {
  const { type, values, max, longest, members = {}, required = [] } = shape;
  const item = itemOf(shape);
  const parts = Object.entries(members).flatMap(([name, part]) => {
    if (RESPONSE_ONLY.has(name)) return [];
    const whole = (valid ?? {}) as Readonly<Record<string, unknown>>;
    return wrongValues(part, whole[name]).map((wrong) => ({ ...whole, [name]: wrong }));
  });
  const [first] = (Array.isArray(valid) ? valid : []) as readonly unknown[];
  const items = item
    ? wrongValues(item, first).map((wrong) => (type === "list" ? [wrong] : { key: wrong }))
    : [];
  return [
    type === "string" ? 7 : "wrong",
    ...(values.length > 0 ? ["WRONG"] : []),
    ...(max === null ? [] : [max + 1]),
    ...(longest === null ? [] : [`${typeof valid === "string" ? valid : ""}${"x".repeat(longest + 1)}`]),
    ...parts,
    ...required.map((name) => without(valid, name)),
    ...items,
  ];
}

/** What a query may have any text of: it is the key of a tag, which need not be there. */
const ANY_TEXT = "tagKeys";

const isWebSocket = (name: string) => /Model|IntegrationResponse|RouteResponse/.test(name);

interface Reply {
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

async function call(url: string, method: string, body?: object): Promise<Reply> {
  const hasBody = method !== "GET" && body !== undefined;
  const response = await fetch(url, { method, ...(hasBody ? { body: JSON.stringify(body) } : {}) });
  const code = response.headers.get("x-amzn-errortype") ?? "";
  return { status: response.status, code, text: await response.text() };
}

const CODE = /^(BadRequest|Serialization)Exception$/;
/** What a path names, or a private domain or stage in a query, is not there. */
const CODE_OF_NAME = /^(BadRequest|NotFound)Exception$/;

const isRefused = ({ code, text }: Reply, by: RegExp): boolean =>
  by.test(code) && (JSON.parse(text) as { message?: string }).message !== "";

it("every member of every operation, and every part of one, is refused if its value is wrong, and only then", {
  timeout: 180_000,
}, async () => {
  const differing: string[] = [];
  let tried = 0;
  const operations = (await v2.operations()).filter(({ name }) => !/Portal|Product/.test(name));
  // What the others need is gone after that.
  operations.sort((a, b) => Number(a.name === "ReimportApi") - Number(b.name === "ReimportApi"));
  for (const { name, method, requestUri, shapes, query, required } of operations) {
    const own = isWebSocket(name) ? ids.webSocket : ids.http;
    const urlWith = (changed: Ids, more: Readonly<Record<string, string>> = {}) => {
      const path = requestUri.replace(/\{([\w-]+)\}/g, (_all, parameter: string) =>
        encodeURIComponent(changed[parameter] ?? own[parameter] ?? `no ${parameter}`),
      );
      const url = new URL(`${gateway.controlUrl}${path}`);
      for (const [key, value] of [...new URLSearchParams(QUERIES[name]), ...Object.entries(more)])
        url.searchParams.set(key, value);
      return url.href;
    };
    const url = urlWith({});
    const valid = BODIES[name]?.(own) as Readonly<Record<string, unknown>> | undefined;
    const wrongs = [
      ...Object.entries(shapes).flatMap(([member, shape]) =>
        wrongValues(shape, valid?.[member]).map((wrong) => ({
          what: { [member]: wrong },
          at: url,
          by: CODE,
        })),
      ),
      ...required
        .filter((member) => Object.hasOwn(shapes, member) && !NOT_REQUIRED.has(`${name}.${member}`))
        .map((member) => ({ what: { [member]: null }, at: url, by: CODE })),
      ...Object.keys(query)
        .filter((member) => member !== ANY_TEXT)
        .map((member) => ({ what: {}, at: urlWith({}, { [member]: "wrong" }), by: CODE_OF_NAME })),
      ...[...requestUri.matchAll(/\{([\w-]+)\}/g)].map(([, parameter = ""]) => ({
        what: {},
        at: urlWith({ [parameter]: "wrong" }),
        by: CODE_OF_NAME,
      })),
    ];
    for (const { what, at, by } of wrongs) {
      tried++;
      const reply = await call(at, method, { ...valid, ...what });
      if (!isRefused(reply, by))
        differing.push(`${name} ${at} ${JSON.stringify(what)}: ${JSON.stringify(reply)}`);
    }
    // What was refused would not have been with other values, but where there is one already. Later operations need what is deleted.
    const reply = method === "DELETE" ? undefined : await call(url, method, valid ?? {});
    if (reply && reply.status >= 300 && reply.status !== 409)
      differing.push(`${name} ${JSON.stringify(valid)}: ${JSON.stringify(reply)}`);
  }
  expect(differing).toEqual([]);
  expect(tried).toBeGreaterThan(500);
});
