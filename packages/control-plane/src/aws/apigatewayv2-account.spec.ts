import { describe, expect, it } from "vitest";
import { createAccounts } from "../change/accounts.ts";
import { useAwsCalls } from "./aws-calls.contract.ts";

const aws = useAwsCalls();
const httpApi = async () =>
  (await aws.ok("POST /v2/apis", { name: "pets", protocolType: "HTTP" })).apiId as string;
const toUrl = {
  integrationType: "HTTP_PROXY",
  integrationUri: "https://example.com",
  integrationMethod: "ANY",
  payloadFormatVersion: "1.0",
};

describe("a quota", () => {
  it.each([
    ["routes", { routeKey: "GET /pets" }],
    ["integrations", toUrl],
    [
      "authorizers",
      {
        name: "jwt",
        authorizerType: "JWT",
        identitySource: ["$request.header.Authorization"],
        jwtConfiguration: { issuer: "https://issuer.example", audience: ["a"] },
      },
    ],
    ["stages", { stageName: "dev" }],
  ])("of %s counts", async (name, body) => {
    const apiId = await httpApi();
    await createAccounts(aws.application).change("000000000000", () => ({
      puts: [{ kind: "Account", apiId: "", id: "account", spec: { quotas: { [name]: 0 } } }],
    }));
    expect(await aws.call(`POST /v2/apis/${apiId}/${name}`, body)).toMatchObject({
      status: 429,
      code: "ConflictException",
      body: {
        message: expect.stringContaining(`Maximum number of ${name} for this API has been reached: 0`),
      },
    });
  });
});

describe("a name in a path", () => {
  it("that is no key, or cannot be decoded, is refused", async () => {
    const apiId = await httpApi();
    await aws.ok(`POST /v2/apis/${apiId}/stages`, { stageName: "dev" });
    const removed = await aws.call(`DELETE /v2/apis/${apiId}/stages/dev/routesettings/constructor`);
    expect(removed).toMatchObject({ status: 404, code: "NotFoundException" });
    const refused = { status: 400, code: "BadRequestException" };
    const arn = (path: string) => encodeURIComponent(`arn:aws:apigateway:us-east-1::${path}`);
    expect(await aws.call(`GET /v2/tags/${arn(`/apis/${apiId}/stages/%zz`)}`)).toMatchObject(refused);
    for (const tags of ["/tags", "/v2/tags"])
      expect(await aws.call(`GET ${tags}/${arn("/constructor/x")}`)).toMatchObject(refused);
  });
});

it("caches of authorizers are reset of HTTP APIs only", async () => {
  const routeSelectionExpression = "$request.body.action";
  const chat = { name: "chat", protocolType: "WEBSOCKET", routeSelectionExpression };
  const reset = async (apiId: string) => {
    await aws.ok(`POST /v2/apis/${apiId}/stages`, { stageName: "dev" });
    return (await aws.call(`DELETE /v2/apis/${apiId}/stages/dev/cache/authorizers`)).status;
  };
  expect(await reset(await httpApi())).toBe(204);
  expect(await reset((await aws.ok("POST /v2/apis", chat)).apiId as string)).toBe(400);
});

it("a domain of HTTP APIs gets no REST API by version 1 (serverless/serverless #7459)", async () => {
  const apiId = await httpApi();
  await aws.ok(`POST /v2/apis/${apiId}/stages`, { stageName: "dev" });
  const domain = "mixed.example.com";
  await aws.ok("POST /v2/domainnames", { domainName: domain });
  await aws.ok(`POST /v2/domainnames/${domain}/apimappings`, { apiId, stage: "dev" });
  const { id: restApiId } = await aws.ok("POST /restapis", { name: "pets" });
  expect(
    await aws.call(`POST /domainnames/${domain}/basepathmappings`, { restApiId, basePath: "rest" }),
  ).toMatchObject({
    status: 400,
    code: "BadRequestException",
    body: {
      message:
        "Mixing of REST APIs and HTTP APIs on the same domain name can only be accomplished through API Gateway's V2 DomainName interface. Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs. This must also occur through API Gateway's V2 DomainName interface.",
    },
  });
});

it("a VPC link is provisioned in the response that creates it, and available after it", async () => {
  const created = await aws.ok("POST /v2/vpclinks", { name: "link", subnetIds: ["subnet-1"] });
  expect(created).toMatchObject({
    vpcLinkStatus: "PENDING",
    vpcLinkStatusMessage: "VPC link is provisioning ENIs",
  });
  expect(await aws.ok(`GET /v2/vpclinks/${created.vpcLinkId as string}`)).toMatchObject({
    vpcLinkStatus: "AVAILABLE",
    vpcLinkStatusMessage: "VPC link is ready to route traffic",
  });
});

it.each([
  ["a template", "requestTemplates.$default", 300 * 1024, { integrationType: "MOCK" }],
  ["a parameter", "requestParameters.integration.request.header.a", 512, { integrationType: "MOCK" }],
])("%s of a WebSocket API may be as long as the pages of AWS say", async (_what, at, longest, more) => {
  const { apiId } = await aws.ok("POST /v2/apis", {
    name: "chat",
    protocolType: "WEBSOCKET",
    routeSelectionExpression: "$request.body.action",
  });
  const [member = "", ...key] = at.split(".");
  const withLength = (length: number) => ({
    ...more,
    [member]: { [key.join(".")]: `'${"x".repeat(length - 2)}'` },
  });
  const integrations = `/v2/apis/${apiId}/integrations`;
  const { integrationId } = await aws.ok(`POST ${integrations}`, withLength(longest));
  expect(await aws.call(`PATCH ${integrations}/${integrationId}`, withLength(longest + 1))).toMatchObject({
    status: 400,
    body: { message: `${at}: must be at most ${longest} characters` },
  });
});

it("tags that a resource has from elsewhere keep it from no other change of its tags", async () => {
  const own = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`aws:${i}`, "x"]));
  await createAccounts(aws.application).change("000000000000", () => ({
    puts: [{ kind: "RestApi", apiId: "", id: "abcdefghij", spec: { name: "pets", tags: own } }],
  }));
  const tags = "/tags/arn:aws:apigateway:us-east-1::%2Frestapis%2Fabcdefghij";
  expect(await aws.call(`PUT ${tags}`, { tags: { team: "a" } })).toMatchObject({ status: 400 });
  expect(await aws.call(`DELETE ${tags}?tagKeys=aws:0&tagKeys=aws:1`)).toMatchObject({ status: 204 });
  expect(await aws.call(`PUT ${tags}`, { tags: { team: "a" } })).toMatchObject({ status: 204 });
});

describe("what one control API writes, the other reads", () => {
  it("a mapping of a domain is a base path of it", async () => {
    const apiId = await httpApi();
    await aws.ok(`POST /v2/apis/${apiId}/stages`, { stageName: "dev" });
    await aws.ok("POST /v2/domainnames", { domainName: "shop.example.com" });
    const v2 = "/v2/domainnames/shop.example.com/apimappings";
    const v1 = "/domainnames/shop.example.com/basepathmappings";
    const created = await aws.call(`POST ${v2}`, { apiId, stage: "dev", apiMappingKey: "shop" });
    expect(created).toMatchObject({ status: 200, body: { apiId, stage: "dev", apiMappingKey: "shop" } });
    expect(await aws.ok(`GET ${v1}/shop`)).toEqual({ basePath: "shop", restApiId: apiId, stage: "dev" });
    await aws.ok(`POST ${v1}`, { restApiId: apiId, stage: "dev" });
    // As clients send (none) (localstack #4891).
    expect(await aws.ok(`GET ${v1}/%28none%29`)).toMatchObject({ basePath: "(none)", restApiId: apiId });
    const { items } = await aws.ok(`GET ${v2}`);
    const whole = items.find(({ apiMappingKey }: { apiMappingKey: string }) => apiMappingKey === "");
    expect(whole).toMatchObject({ apiId, stage: "dev" });
    const moved = await aws.ok(`PATCH ${v2}/${whole.apiMappingId}`, { apiId, apiMappingKey: "all" });
    expect(moved).toEqual({ ...whole, apiMappingKey: "all" });
    expect(await aws.ok(`GET ${v2}/${whole.apiMappingId}`)).toEqual(moved);
    const refusedBy = (body: object) => aws.call(`POST ${v2}`, { apiId, stage: "dev", ...body });
    expect(await refusedBy({ apiMappingKey: "shop" })).toMatchObject({
      status: 409,
      body: { message: "ApiMapping key already exists for this domain name" },
    });
    expect(await refusedBy({ apiMappingKey: "/x" })).toMatchObject({
      body: { message: "API mapping key should not start with a '/' or have consecutive '/'s." },
    });
    expect(await refusedBy({ stage: "none" })).toMatchObject({
      status: 400,
      body: { message: "Invalid stage identifier specified" },
    });
    expect(await aws.call(`DELETE /v2/apis/${apiId}`)).toMatchObject({
      status: 400,
      body: {
        message: `Deleting API ${apiId} failed. Please remove all API mappings for the API from your custom domain names.`,
      },
    });
  });

  it("a domain of version 1 is one of version 2, unless its policy is too old", async () => {
    await aws.ok("POST /domainnames", {
      domainName: "one.example.com",
      endpointConfiguration: { types: ["REGIONAL"] },
      securityPolicy: "TLS_1_2",
    });
    expect(await aws.ok("GET /v2/domainnames/one.example.com")).toMatchObject({
      domainNameConfigurations: [
        {
          endpointType: "REGIONAL",
          securityPolicy: "TLS_1_2",
        },
      ],
      routingMode: "API_MAPPING_ONLY",
    });
    await aws.ok("POST /domainnames", { domainName: "old.example.com", securityPolicy: "TLS_1_0" });
    expect(await aws.call("GET /v2/domainnames/old.example.com")).toMatchObject({
      status: 400,
      body: {
        message: expect.stringMatching(/^Only REGIONAL domain names with a security policy of TLS 1.2/),
      },
    });
    expect((await aws.ok("GET /v2/domainnames")).items).toHaveLength(1);
  });
});
