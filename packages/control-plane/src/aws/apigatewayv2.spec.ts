import { describe, expect, it } from "vitest";
import { useAwsCalls } from "./aws-calls.contract.ts";

const aws = useAwsCalls();
const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:pets";
const URL_TARGET = "https://example.com";

const httpApi = async () =>
  (await aws.ok("POST /v2/apis", { name: "pets", protocolType: "HTTP" })).apiId as string;
const toUrl = {
  integrationType: "HTTP_PROXY",
  integrationUri: URL_TARGET,
  integrationMethod: "ANY",
  payloadFormatVersion: "1.0",
};

describe("an HTTP API", () => {
  it("has AWS's defaults", async () => {
    const { status, body } = await aws.call("POST /v2/apis", { name: "pets", protocolType: "HTTP" });
    expect(status).toBe(201);
    expect(body).toEqual({
      apiEndpoint: `https://${body.apiId}.execute-api.us-east-1.amazonaws.com`,
      apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
      apiKeySelectionExpression: "$request.header.x-api-key",
      createdDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      disableExecuteApiEndpoint: false,
      ipAddressType: "ipv4",
      name: "pets",
      protocolType: "HTTP",
      routeSelectionExpression: "$request.method $request.path",
    });
    expect(await aws.ok(`GET /v2/apis/${body.apiId}`)).toEqual({ ...body, tags: {} });
  });

  it("that was created with a target has a managed integration, route and stage", async () => {
    const { apiId } = await aws.ok("POST /v2/apis", {
      name: "quick",
      protocolType: "HTTP",
      target: FUNCTION,
    });
    const { items: integrations } = await aws.ok(`GET /v2/apis/${apiId}/integrations`);
    expect(integrations).toEqual([
      {
        apiGatewayManaged: true,
        connectionType: "INTERNET",
        integrationId: expect.stringMatching(/^[a-z0-9]{7}$/),
        integrationMethod: "POST",
        integrationType: "AWS_PROXY",
        integrationUri: FUNCTION,
        payloadFormatVersion: "2.0",
        timeoutInMillis: 30_000,
      },
    ]);
    const { items: routes } = await aws.ok(`GET /v2/apis/${apiId}/routes`);
    expect(routes).toEqual([
      {
        apiGatewayManaged: true,
        apiKeyRequired: false,
        authorizationType: "NONE",
        routeId: expect.stringMatching(/^[a-z0-9]{7}$/),
        routeKey: "$default",
        target: `integrations/${integrations[0].integrationId}`,
      },
    ]);
    const { items: stages } = await aws.ok(`GET /v2/apis/${apiId}/stages`);
    expect(stages).toMatchObject([
      { stageName: "$default", autoDeploy: true, apiGatewayManaged: true, routeSettings: {} },
    ]);
    const { items: deployments } = await aws.ok(`GET /v2/apis/${apiId}/deployments`);
    expect(deployments).toMatchObject([
      { autoDeployed: true, deploymentStatus: "DEPLOYED", deploymentId: stages[0].deploymentId },
    ]);

    await aws.ok(`PATCH /v2/apis/${apiId}`, { target: URL_TARGET });
    expect(await aws.ok(`GET /v2/apis/${apiId}/integrations/${integrations[0].integrationId}`)).toMatchObject(
      {
        integrationType: "HTTP_PROXY",
        integrationUri: URL_TARGET,
      },
    );
    const managed = ["PATCH", `/v2/apis/${apiId}/stages/$default`].join(" ");
    expect(await aws.call(managed, { description: "x" })).toMatchObject({
      status: 400,
      code: "BadRequestException",
    });
    expect(
      await aws.call(`PATCH /v2/apis/${apiId}/routes/${routes[0].routeId}`, { routeKey: "GET /x" }),
    ).toMatchObject({ status: 400 });
    expect(
      await aws.call(`DELETE /v2/apis/${apiId}/integrations/${integrations[0].integrationId}`),
    ).toMatchObject({ status: 400 });
  });

  it("keeps every one of the routes that are created at the same time", async () => {
    const apiId = await httpApi();
    const keys = Array.from({ length: 20 }, (_, i) => `GET /pets/${i}`);
    await Promise.all(keys.map((routeKey) => aws.ok(`POST /v2/apis/${apiId}/routes`, { routeKey })));
    const { items } = await aws.ok(`GET /v2/apis/${apiId}/routes?maxResults=100`);
    expect(items.map(({ routeKey }: { routeKey: string }) => routeKey).sort()).toEqual(keys.sort());
  });

  it("is listed in pages in the order of ids", async () => {
    const ids = await Promise.all([httpApi(), httpApi(), httpApi()]);
    const first = await aws.ok("GET /v2/apis?maxResults=2");
    const second = await aws.ok(`GET /v2/apis?maxResults=2&nextToken=${first.nextToken}`);
    expect([...first.items, ...second.items].map(({ apiId }) => apiId)).toEqual(ids.sort());
    expect(second).not.toHaveProperty("nextToken");
    expect(await aws.call("GET /v2/apis?maxResults=none")).toMatchObject({
      status: 400,
      code: "BadRequestException",
    });
    expect(await aws.call("GET /v2/apis?nextToken=none")).toMatchObject({
      status: 400,
      code: "BadRequestException",
    });
  });
});

describe("an update", () => {
  it("of an API changes only what is given, and an empty text removes", async () => {
    const { apiId } = await aws.ok("POST /v2/apis", {
      name: "pets",
      protocolType: "HTTP",
      description: "d",
      version: "1",
      corsConfiguration: { allowOrigins: ["https://a.example"], allowHeaders: ["X-One"], maxAge: 5 },
    });
    const { status, body } = await aws.call(`PATCH /v2/apis/${apiId}`, {
      description: "",
      corsConfiguration: {},
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      version: "1",
      corsConfiguration: {
        allowOrigins: ["https://a.example"],
        allowHeaders: ["x-one"],
        maxAge: 5,
        allowCredentials: false,
      },
    });
    expect(body).not.toHaveProperty("description");
    const replaced = await aws.ok(`PATCH /v2/apis/${apiId}`, {
      corsConfiguration: { allowOrigins: ["https://b.example"] },
    });
    expect(replaced.corsConfiguration).toEqual({
      allowOrigins: ["https://b.example"],
      allowCredentials: false,
    });
    expect(await aws.call(`DELETE /v2/apis/${apiId}/cors`)).toMatchObject({ status: 204, body: undefined });
    expect(await aws.ok(`GET /v2/apis/${apiId}`)).not.toHaveProperty("corsConfiguration");
  });

  it("of an integration merges its parameters", async () => {
    const apiId = await httpApi();
    const { integrationId } = await aws.ok(`POST /v2/apis/${apiId}/integrations`, {
      ...toUrl,
      requestParameters: { "append:header.a": "'1'", "append:header.b": "'2'" },
      responseParameters: { "200": { "append:header.c": "'3'" }, "404": { "overwrite:statuscode": "200" } },
      description: "d",
      tlsConfig: { serverNameToVerify: "example.com" },
    });
    const changed = await aws.ok(`PATCH /v2/apis/${apiId}/integrations/${integrationId}`, {
      requestParameters: { "append:header.a": "", "append:header.d": "'4'" },
      responseParameters: { "404": {}, "200": { "append:header.e": "'5'" } },
      description: "",
    });
    expect(changed).toEqual({
      connectionType: "INTERNET",
      integrationId,
      ...toUrl,
      requestParameters: { "append:header.b": "'2'", "append:header.d": "'4'" },
      responseParameters: { "200": { "append:header.c": "'3'", "append:header.e": "'5'" } },
      timeoutInMillis: 30_000,
    });
    const toFunction = {
      integrationType: "AWS_PROXY",
      integrationUri: FUNCTION,
      payloadFormatVersion: "2.0",
      integrationMethod: "POST",
    };
    expect(await aws.ok(`PATCH /v2/apis/${apiId}/integrations/${integrationId}`, toFunction)).toMatchObject({
      ...toFunction,
      integrationId,
    });
  });

  it("of an integration that calls a service names the service and its parameters again", async () => {
    const apiId = await httpApi();
    const action = {
      integrationType: "AWS_PROXY",
      integrationSubtype: "SQS-SendMessage",
      payloadFormatVersion: "1.0",
      credentialsArn: "arn:aws:iam::123456789012:role/caller",
      requestParameters: { QueueUrl: "https://sqs.example/q", MessageBody: "$request.body" },
    };
    const created = await aws.ok(`POST /v2/apis/${apiId}/integrations`, action);
    expect(created).toEqual({
      ...action,
      connectionType: "INTERNET",
      integrationId: created.integrationId,
      timeoutInMillis: 30_000,
    });
    const at = `PATCH /v2/apis/${apiId}/integrations/${created.integrationId}`;
    expect(await aws.call(at, { description: "d" })).toMatchObject({
      status: 400,
      body: { message: "Invalid integration URI specified" },
    });
    const { integrationSubtype, requestParameters } = action;
    expect(
      await aws.call(at, { integrationSubtype, requestParameters: { DelaySeconds: "5" } }),
    ).toMatchObject({
      status: 400,
    });
    const again = { integrationSubtype, requestParameters: { ...requestParameters, DelaySeconds: "5" } };
    expect(await aws.ok(at, again)).toMatchObject(again);
  });

  it("of a route drops its authorizer with its authorization", async () => {
    const apiId = await httpApi();
    const { authorizerId } = await aws.ok(`POST /v2/apis/${apiId}/authorizers`, {
      name: "jwt",
      authorizerType: "JWT",
      identitySource: ["$request.header.Authorization"],
      jwtConfiguration: { issuer: "https://issuer.example", audience: ["a"] },
    });
    const jwt = { authorizationType: "JWT", authorizerId, authorizationScopes: ["read"] };
    const { routeId } = await aws.ok(`POST /v2/apis/${apiId}/routes`, { routeKey: "GET /pets", ...jwt });
    expect(await aws.call(`DELETE /v2/apis/${apiId}/authorizers/${authorizerId}`)).toMatchObject({
      status: 409,
      code: "ConflictException",
      body: { message: "Cannot delete authorizer 'jwt', is referenced in route: GET /pets" },
    });
    expect(await aws.ok(`PATCH /v2/apis/${apiId}/routes/${routeId}`, {})).toMatchObject(jwt);
    expect(await aws.ok(`PATCH /v2/apis/${apiId}/routes/${routeId}`, { authorizationType: "NONE" })).toEqual({
      apiKeyRequired: false,
      authorizationType: "NONE",
      routeId,
      routeKey: "GET /pets",
    });
    expect(await aws.call(`DELETE /v2/apis/${apiId}/authorizers/${authorizerId}`)).toMatchObject({
      status: 204,
    });
  });

  it("of a stage merges its settings and variables", async () => {
    const apiId = await httpApi();
    await aws.ok(`POST /v2/apis/${apiId}/routes`, { routeKey: "GET /pets" });
    const settings = { throttlingBurstLimit: 5, throttlingRateLimit: 2 };
    const created = await aws.ok(`POST /v2/apis/${apiId}/stages`, {
      stageName: "dev",
      description: "d",
      stageVariables: { a: "1", b: "2" },
      routeSettings: { "GET /pets": settings },
      accessLogSettings: {
        destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:l",
        format: "$context.requestId",
      },
    });
    expect(created).toEqual({
      accessLogSettings: {
        destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:l",
        format: "$context.requestId",
      },
      createdDate: created.createdDate,
      defaultRouteSettings: { detailedMetricsEnabled: false },
      description: "d",
      lastUpdatedDate: created.lastUpdatedDate,
      routeSettings: { "GET /pets": settings },
      stageName: "dev",
      stageVariables: { a: "1", b: "2" },
      tags: {},
    });
    const at = `/v2/apis/${apiId}/stages/dev`;
    expect(
      await aws.ok(`PATCH ${at}`, {
        description: "",
        stageVariables: { a: "", c: "3" },
        defaultRouteSettings: { throttlingBurstLimit: 9 },
        routeSettings: { "GET /pets": { throttlingBurstLimit: 6 } },
        accessLogSettings: {},
      }),
    ).toMatchObject({
      description: "d",
      stageVariables: { b: "2", c: "3" },
      defaultRouteSettings: { detailedMetricsEnabled: false, throttlingBurstLimit: 9 },
      routeSettings: { "GET /pets": { throttlingBurstLimit: 6, throttlingRateLimit: 2 } },
      accessLogSettings: { format: "$context.requestId" },
    });
    for (const gone of ["accesslogsettings", "routesettings/GET%20%2Fpets", "cache/authorizers"])
      expect(await aws.call(`DELETE ${at}/${gone}`)).toMatchObject({ status: 204 });
    expect(await aws.call(`DELETE ${at}/routesettings/GET%20%2Fpets`)).toMatchObject({
      status: 404,
      code: "NotFoundException",
    });
    const left = await aws.ok(`GET ${at}`);
    expect(left).toMatchObject({ routeSettings: {} });
    expect(left).not.toHaveProperty("accessLogSettings");
  });
});

describe("the format of an access log", () => {
  const found = "The following errors are found in Access Log Format: ";

  it.each([
    [
      "$context.status",
      `${found}Access Log format must include either $context.requestId or $context.extendedRequestId : '$context.status'`,
    ],
    ["$context.requestId\n", `${found}Access Log format must be single line: '$context.requestId\n'`],
    [
      "$context.requestId $context.nothing $context.identity.apiKey",
      "The following context variables are not supported: [$context.nothing, $context.identity.apiKey]",
    ],
  ])("%j is refused as AWS refuses it", async (format, message) => {
    const destinationArn = "arn:aws:logs:us-east-1:123456789012:log-group:l";
    const stage = { stageName: "dev", accessLogSettings: { destinationArn, format } };
    expect(await aws.call(`POST /v2/apis/${await httpApi()}/stages`, stage)).toMatchObject({
      status: 400,
      code: "BadRequestException",
      body: { message },
    });
  });
});

describe("a stage that is deployed automatically", () => {
  it("waits for the first route, and then follows each change", async () => {
    const at = `/v2/apis/${await httpApi()}`;
    const empty = await aws.ok(`POST ${at}/stages`, { stageName: "dev", autoDeploy: true });
    expect(empty).toMatchObject({
      lastDeploymentStatusMessage:
        "Deployment attempt failed: Unable to deploy API because no routes exist in this API",
    });
    expect(empty).not.toHaveProperty("deploymentId");
    await aws.ok(`POST ${at}/routes`, { routeKey: "GET /pets" });
    const { deploymentId, lastDeploymentStatusMessage } = await aws.ok(`GET ${at}/stages/dev`);
    expect(lastDeploymentStatusMessage).toBe(
      `Successfully deployed stage with deployment ID '${deploymentId}'`,
    );
    expect(await aws.ok(`GET ${at}/deployments/${deploymentId}`)).toMatchObject({
      autoDeployed: true,
      description: "Automatic deployment triggered by changes to the Api configuration",
    });
  });
});

describe("a deployment", () => {
  it("is made by hand, described, and kept while a stage points at it", async () => {
    const apiId = await httpApi();
    const at = `/v2/apis/${apiId}`;
    await aws.ok(`POST ${at}/stages`, { stageName: "dev" });
    expect(await aws.call(`POST ${at}/deployments`, {})).toMatchObject({
      status: 400,
      body: { message: "Unable to deploy API because no routes exist in this API" },
    });
    await aws.ok(`POST ${at}/routes`, { routeKey: "GET /pets" });
    const { deploymentId } = await aws.ok(`POST ${at}/deployments`, {
      stageName: "dev",
      description: "first",
    });
    expect(await aws.ok(`GET ${at}/stages/dev`)).toMatchObject({ deploymentId });
    const changed = await aws.call(`PATCH ${at}/deployments/${deploymentId}`, { description: "one" });
    expect(changed).toMatchObject({
      status: 201,
      body: { deploymentId, description: "one", autoDeployed: false },
    });
    expect(await aws.call(`DELETE ${at}/deployments/${deploymentId}`)).toMatchObject({
      status: 400,
      body: { message: "Active stages pointing to this deployment must be moved or deleted" },
    });
    await aws.ok(`PATCH ${at}/stages/dev`, { autoDeploy: true });
    expect(await aws.call(`PATCH ${at}/stages/dev`, { deploymentId })).toMatchObject({ status: 400 });
  });
});

it("routes follow the new name of a model, which Terraform gives before it changes them", async () => {
  const { apiId } = await aws.ok("POST /v2/apis", {
    name: "chat",
    protocolType: "WEBSOCKET",
    routeSelectionExpression: "$request.body.action",
  });
  const api = `/v2/apis/${apiId}`;
  const model = { contentType: "application/json", schema: '{"type":"object"}' };
  const { modelId } = await aws.ok(`POST ${api}/models`, { ...model, name: "Before" });
  const { routeId } = await aws.ok(`POST ${api}/routes`, {
    routeKey: "send",
    modelSelectionExpression: "$request.body.kind",
    requestModels: { said: "Before" },
    routeResponseSelectionExpression: "$default",
  });
  const route = `${api}/routes/${routeId}`;
  const { routeResponseId } = await aws.ok(`POST ${route}/routeresponses`, {
    routeResponseKey: "$default",
    responseModels: { a: "Before" },
  });
  expect(await aws.ok(`PATCH ${api}/models/${modelId}`, { name: "After" })).toMatchObject({
    modelId,
    name: "After",
  });
  expect((await aws.ok(`GET ${route}`)).requestModels).toEqual({ said: "After" });
  expect((await aws.ok(`GET ${route}/routeresponses/${routeResponseId}`)).responseModels).toEqual({
    a: "After",
  });
  expect((await aws.ok(`GET ${api}/models`)).items).toHaveLength(1);
});
