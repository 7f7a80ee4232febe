import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccounts } from "../change/accounts.ts";
import { type AwsClient, startAwsClient } from "./aws-client.fixture.ts";
import { INTEGRATION, METHOD, patch, STAGE } from "./refusal-row.fixture.ts";

let client: AwsClient;
const FUNCTION =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

beforeAll(async () => {
  client = await startAwsClient();
  const { ids, made } = client;
  const api = await made("POST /restapis", { name: "pets" });
  Object.assign(ids, { api: api.id, root: api.rootResourceId });
  await made(`PUT ${METHOD}`, { authorizationType: "NONE" });
  await made(`PUT ${INTEGRATION}`, { type: "MOCK" });
  ids.authorizer =
    (
      await made("POST /restapis/$api/authorizers", {
        name: "a",
        type: "TOKEN",
        authorizerUri: FUNCTION,
        identitySource: "method.request.header.Authorization",
      })
    ).id ?? "";
  await made("POST /restapis/$api/deployments", { stageName: "prod" });
  ids.private =
    (await made("POST /restapis", { name: "hidden", endpointConfiguration: { types: ["PRIVATE"] } })).id ??
    "";
});
afterAll(() => client[Symbol.asyncDispose]());

type Row = readonly [what: string, request: string, body: unknown, shown: object];

const rows: readonly Row[] = [
  [
    "an empty policy of a definition, as Serverless writes it",
    "POST /restapis?mode=import",
    { swagger: "2.0", info: { title: "x", version: 1 }, "x-amazon-apigateway-policy": "", paths: {} },
    { name: "x", version: "1", policy: undefined },
  ],
  [
    "what @pulumi/awsx 0.40.1 writes of an API with functions, authorizers, API keys, a validator and a proxy",
    "POST /restapis?mode=import&failonwarnings=true",
    JSON.parse(readFileSync(new URL("awsx-definition.fixture.json", import.meta.url), "utf8")),
    { name: "shop", apiKeySource: "HEADER", binaryMediaTypes: ["*/*"], warnings: undefined },
  ],
  [
    "an empty id, which lists all (moto #7978)",
    "GET /restapis/",
    undefined,
    { item: expect.arrayContaining([expect.objectContaining({ name: "pets" })]) },
  ],
  [
    "a response of an integration without templates (localstack #3543, moto #3885)",
    `PUT ${INTEGRATION}/responses/200`,
    { selectionPattern: ".*", contentHandling: "CONVERT_TO_BINARY" },
    { statusCode: "200", selectionPattern: ".*", contentHandling: "CONVERT_TO_BINARY" },
  ],
  [
    "empty maps of an integration response, which are shown",
    `PUT ${INTEGRATION}/responses/201`,
    { responseParameters: {}, responseTemplates: {} },
    { statusCode: "201", responseParameters: {}, responseTemplates: {} },
  ],
  [
    "empty maps of a method response, which are shown",
    `PUT ${METHOD}/responses/200`,
    { responseParameters: {}, responseModels: {} },
    { statusCode: "200", responseParameters: {}, responseModels: {} },
  ],
  [
    "maps of a method response that get entries",
    `PATCH ${METHOD}/responses/200`,
    patch(
      ["add", "/responseModels/application~1json", "Empty"],
      ["add", "/responseParameters/method.response.header.x", "true"],
    ),
    {
      responseModels: { "application/json": "Empty" },
      responseParameters: { "method.response.header.x": true },
    },
  ],
  [
    "the removal of the last entry, which removes the map",
    `PATCH ${METHOD}/responses/200`,
    patch(["remove", "/responseModels/application~1json"]),
    { responseModels: undefined, responseParameters: { "method.response.header.x": true } },
  ],
  [
    "a method response without maps",
    `PUT ${METHOD}/responses/201`,
    {},
    { statusCode: "201", responseParameters: undefined, responseModels: undefined },
  ],
  [
    "an authorizer beside NONE, which means nothing",
    "PUT /restapis/$api/resources/$root/methods/PUT",
    { authorizationType: "NONE", authorizerId: "none" },
    { authorizationType: "NONE", authorizerId: undefined },
  ],
  [
    "a patch that is right only as a whole",
    `PATCH ${METHOD}`,
    patch(["replace", "/authorizerId", "$authorizer"], ["replace", "/authorizationType", "CUSTOM"]),
    { authorizationType: "CUSTOM" },
  ],
  [
    "the same in the other order",
    `PATCH ${METHOD}`,
    patch(["replace", "/authorizationType", "CUSTOM"], ["replace", "/authorizerId", "$authorizer"]),
    { authorizationType: "CUSTOM" },
  ],
  [
    "an authorizer's URI with blanks before the version, as one written over two lines has",
    "POST /restapis/$api/authorizers",
    {
      name: "b",
      type: "TOKEN",
      authorizerUri: FUNCTION.replace("path/", "path/    "),
      identitySource: "method.request.header.Auth",
    },
    { authorizerUri: FUNCTION.replace("path/", "path/    ") },
  ],
  [
    "another type of an authorizer, as Terraform sends it",
    "PATCH /restapis/$api/authorizers/$authorizer",
    patch(["replace", "/type", "REQUEST"], ["replace", "/identitySource", "method.request.header.Auth"]),
    { type: "REQUEST", identitySource: "method.request.header.Auth", authorizerUri: FUNCTION },
  ],
  [
    "no role for logs, as Terraform resets an account",
    "PATCH /account",
    patch(
      ["replace", "/cloudwatchRoleArn", "arn:aws:iam::0:role/logs"],
      ["replace", "/cloudwatchRoleArn", ""],
    ),
    { cloudwatchRoleArn: undefined },
  ],
  [
    "AWS_PROXY with GET",
    `PUT ${INTEGRATION}`,
    { type: "AWS_PROXY", httpMethod: "GET", uri: FUNCTION },
    { httpMethod: "GET" },
  ],
  [
    "connectionType INTERNET beside AWS_PROXY",
    `PUT ${INTEGRATION}`,
    { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION, connectionType: "INTERNET" },
    { type: "AWS_PROXY", connectionType: undefined },
  ],
  [
    "connectionType INTERNET beside MOCK",
    `PUT ${INTEGRATION}`,
    { type: "MOCK", connectionType: "INTERNET" },
    { type: "MOCK", connectionType: undefined },
  ],
  [
    "a template that does not compile",
    `PUT ${INTEGRATION}`,
    { type: "MOCK", requestTemplates: { "application/json": "#if(" } },
    { type: "MOCK" },
  ],
  [
    "the removal of a method without an integration",
    "DELETE /restapis/$api/resources/$root/methods/PUT",
    {},
    {},
  ],
  ["a deployment of it", "POST /restapis/$api/deployments", {}, {}],
  [
    "a deployment whose stage is empty, as awsx makes it",
    "POST /restapis/$api/deployments",
    { stageName: "", variables: { version: "1b4a2b29" } },
    { stageName: undefined },
  ],
  [
    "members of an endpoint configuration that are null",
    "POST /restapis",
    { name: "open", endpointConfiguration: { types: null, ipAddressType: null, vpcEndpointIds: null } },
    { endpointConfiguration: { types: ["EDGE"], ipAddressType: "ipv4" } },
  ],
  [
    "empty members of the location of a documentation part, as Terraform sends them",
    "POST /restapis/$api/documentation/parts",
    {
      location: { type: "METHOD", path: "/pets", method: "GET", statusCode: "", name: "" },
      properties: '{"description":"d"}',
    },
    { location: { type: "METHOD", path: "/pets", method: "GET" } },
  ],
  ["an empty policy", "POST /restapis", { name: "open", policy: "" }, { policy: undefined }],
  [
    "a removal of the policy by an empty one",
    "PATCH /restapis/$api",
    patch(["replace", "/policy", ""]),
    { policy: undefined },
  ],
  [
    "PRIVATE to REGIONAL",
    "PATCH /restapis/$private",
    patch(["replace", "/endpointConfiguration/types/PRIVATE", "REGIONAL"]),
    { endpointConfiguration: { types: ["REGIONAL"], ipAddressType: "ipv4" } },
  ],
  [
    "a cache without a size, which has the smallest (moto: vars_and_cache)",
    `PATCH ${STAGE}`,
    patch(["replace", "/cacheClusterEnabled", "true"]),
    { cacheClusterEnabled: true, cacheClusterSize: "0.5", cacheClusterStatus: "AVAILABLE" },
  ],
  [
    "settings of a nested resource, with the name that was sent",
    `PATCH ${STAGE}`,
    patch(
      ["replace", "/tenant/{name}/codes/GET/throttling/rateLimit", "5"],
      ["replace", "/~1/GET/metrics/enabled", "true"],
    ),
    {
      methodSettings: {
        "tenant/{name}/codes/GET": expect.objectContaining({ throttlingRateLimit: 5 }),
        "~1/GET": expect.objectContaining({ metricsEnabled: true }),
      },
    },
  ],
  [
    "an access log with a request id",
    `PATCH ${STAGE}`,
    patch(
      ["replace", "/accessLogSettings/format", "$context.extendedRequestId $context.status\n"],
      ["replace", "/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:000000000000:log-group:calls"],
    ),
    {},
  ],
  [
    "the role that may write logs",
    "PATCH /account",
    patch(["replace", "/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/logs"]),
    {},
  ],
  ["logs then", `PATCH ${STAGE}`, patch(["replace", "/*/*/logging/loglevel", "INFO"]), { tags: undefined }],
];

describe("what AWS accepts", () => {
  it.each(rows)("%s", async (_what, request, body, shown) => {
    const answer = await client.call(request, body);
    expect(answer.message).toBeUndefined();
    expect(Object.fromEntries(Object.keys(shown).map((name) => [name, answer[name]]))).toEqual(shown);
  });
});

it("one long name in many findings of an import does not make a long response", async () => {
  const integration = (members: object) => ({
    "x-amazon-apigateway-integration": { type: "mock", ...members },
  });
  const numbers = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, i]));
  const long = (segment: string, members: object) => ({
    openapi: "3.0.1",
    info: { title: "long" },
    paths: { [`/${segment.repeat(20_000)}`]: { get: integration(members) } },
  });
  const { status, warnings } = await client.call(
    "POST /restapis?mode=import",
    long("a", { requestParameters: numbers, ...numbers }),
  );
  expect(status).toBe(201);
  expect(warnings).toHaveLength(100);
  expect(JSON.stringify(warnings).length).toBeLessThan(600_000);
  const refused = await client.call("POST /restapis?mode=import", long("a b", {}));
  expect(refused.message).toMatch(
    /^Errors found during import:\n\tUnable to create resource at path '\/a ba b/,
  );
  expect(JSON.stringify(refused).length).toBeLessThan(20_000);
});

it("the product code of a plan is added, as Terraform does, and removed", async () => {
  const { call, made, ids } = client;
  ids.coded = (await made("POST /usageplans", { name: "coded" })).id ?? "";
  const patched = (...operation: readonly string[]) =>
    call("PATCH /usageplans/$coded", patch(operation as never));
  expect(await patched("add", "/productCode", "market")).toMatchObject({ productCode: "market" });
  expect((await patched("remove", "/productCode")).productCode).toBeUndefined();
});

it("what is stored and older than a check can be changed otherwise", async () => {
  const { application, call, made, ids } = client;
  ids.older = (await made("POST /restapis", { name: "older" })).id ?? "";
  const name = "method.request.querystring.filter[a]";
  const methods = { GET: { requestParameters: { [name]: false } } };
  const schema = '{"$ref":"https://example.com/a.json"}';
  const apiId = ids.older;
  await createAccounts(application).change("000000000000", () => ({
    puts: [
      { kind: "Resource", apiId, id: "older1", spec: { path: "/older", methods } },
      { kind: "Model", apiId, id: "Older", spec: { schema } },
    ],
  }));
  const method = "PATCH /restapis/$older/resources/older1/methods/GET";
  expect(await call(method, patch(["replace", "/operationName", "get"]))).toMatchObject({
    operationName: "get",
    requestParameters: { [name]: false },
  });
  const more = `/requestParameters/${name.replace("[a]", "[b]")}`;
  expect(await call(method, patch(["add", more, "true"]))).toMatchObject({ status: 400 });
  expect(
    await call("PATCH /restapis/$older/models/Older", patch(["replace", "/description", "d"])),
  ).toMatchObject({ description: "d", schema });
});

it("a plan takes a stage of a WebSocket API (hashicorp/terraform-provider-aws #17130)", async () => {
  const { call, made, ids } = client;
  const api = await made("POST /v2/apis", {
    name: "chat",
    protocolType: "WEBSOCKET",
    routeSelectionExpression: "$request.body.action",
  });
  ids.chat = api.apiId ?? "";
  await made("POST /v2/apis/$chat/stages", { stageName: "test001" });
  const apiStages = [{ apiId: "$chat", stage: "test001" }];
  expect(await call("POST /usageplans", { name: "of a chat", apiStages })).toMatchObject({
    apiStages: [{ apiId: ids.chat, stage: "test001" }],
  });
  // HTTP APIs have no API keys, so plans do not know them.
  ids.http = (await made("POST /v2/apis", { name: "http", protocolType: "HTTP" })).apiId ?? "";
  await made("POST /v2/apis/$http/stages", { stageName: "test001" });
  const apiStage = { apiId: "$http", stage: "test001" };
  expect(await call("POST /usageplans", { name: "of an HTTP API", apiStages: [apiStage] })).toMatchObject({
    status: 404,
    message: `Invalid API identifier specified 000000000000:${ids.http}`,
  });
});

it("a plan loses the stages of an API that is deleted", async () => {
  const { call, made, ids } = client;
  ids.plan =
    (await made("POST /usageplans", { name: "gold", apiStages: [{ apiId: "$api", stage: "prod" }] })).id ??
    "";
  expect(await call("GET /usageplans/$plan")).toMatchObject({ apiStages: [{ stage: "prod" }], tags: {} });
  expect((await call("DELETE /restapis/$api")).status).toBe(202);
  expect(await call("GET /usageplans/$plan")).toMatchObject({ apiStages: [] });
});

it("GetModel resolves references if it is asked to flatten", async () => {
  const { call, made, ids } = client;
  ids.models = (await made("POST /restapis", { name: "models" })).id ?? "";
  const model = (name: string, schema: object) =>
    made("POST /restapis/$models/models", {
      name,
      contentType: "application/json",
      schema: JSON.stringify(schema),
    });
  const $ref = (name: string) => ({
    $ref: `https://apigateway.amazonaws.com/restapis/$models/models/${name}`,
  });
  await model("Pet", { type: "object", properties: { name: { type: "string" } } });
  await model("Pets", { type: "array", items: $ref("Pet") });
  const plain = await call("GET /restapis/$models/models/Pets");
  expect(JSON.parse(String(plain.schema))).toEqual({
    type: "array",
    items: { $ref: `https://apigateway.amazonaws.com/restapis/${ids.models}/models/Pet` },
  });
  const flat = await call("GET /restapis/$models/models/Pets?flatten=true");
  expect(JSON.parse(String(flat.schema))).toEqual({
    type: "array",
    items: { type: "object", properties: { name: { type: "string" } } },
  });
  expect(plain.id).toMatch(/^[a-z0-9]{6}$/);
});
