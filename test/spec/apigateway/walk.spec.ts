import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSettings, startControlPlane } from "@tollgate/control-plane";
import { createLogger } from "@tollgate/telemetry";
import { type Boto, startBoto } from "../../kit/boto.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { functionUri } from "../../kit/functions.ts";
import { createMockApi, JSON_TYPE, patchOf } from "../../kit/mock-api.ts";
import { useBoto, useGateway, useScope } from "../../kit/use.ts";

const gateway = useGateway({ functions: ["authorizer"] });
const boto = useBoto(gateway);
const scope = useScope();

const description = [patchOf("replace", "/description", "patched")];
const today = new Date().toISOString().slice(0, 10);

/** Everything that an API is made of, made, read, listed, patched and taken away. */
async function walkApi(call: Boto["call"]): Promise<string> {
  const { restApiId, resourceId, rootResourceId, method } = await createMockApi(boto);
  const api = { restApiId };
  for (const get of ["get_rest_api", "get_resources", "get_models", "get_gateway_responses"])
    await call(get, api);
  await call("get_rest_apis");
  await call("update_rest_api", { ...api, patchOperations: description });
  await call("get_resource", { ...api, resourceId });
  const { id: spare } = await call("create_resource", {
    ...api,
    parentId: rootResourceId,
    pathPart: "spare",
  });
  await call("update_resource", {
    ...api,
    resourceId: spare,
    patchOperations: [patchOf("replace", "/pathPart", "s")],
  });
  const at200 = { ...method, statusCode: "200" };
  for (const get of ["get_method", "get_integration"]) await call(get, method);
  for (const get of ["get_method_response", "get_integration_response"]) await call(get, at200);
  await call("update_method", {
    ...method,
    patchOperations: [patchOf("replace", "/operationName", "Hello")],
  });
  await call("update_integration", {
    ...method,
    patchOperations: [patchOf("replace", "/timeoutInMillis", "500")],
  });
  await call("update_method_response", {
    ...at200,
    patchOperations: [patchOf("add", "/responseParameters/method.response.header.x", "false")],
  });
  await call("update_integration_response", {
    ...at200,
    patchOperations: [patchOf("replace", "/selectionPattern", "")],
  });
  await call("test_invoke_method", method);

  await call("create_model", { ...api, name: "Pet", contentType: JSON_TYPE, schema: '{"type":"object"}' });
  const model = { ...api, modelName: "Pet" };
  for (const get of ["get_model", "get_model_template"]) await call(get, model);
  await call("update_model", { ...model, patchOperations: description });
  const { id: requestValidatorId } = await call("create_request_validator", { ...api, name: "v" });
  const validator = { ...api, requestValidatorId };
  await call("get_request_validators", api);
  await call("get_request_validator", validator);
  await call("update_request_validator", {
    ...validator,
    patchOperations: [patchOf("replace", "/name", "w")],
  });
  const { id: authorizerId } = await call("create_authorizer", {
    ...api,
    name: "a",
    type: "TOKEN",
    authorizerUri: functionUri("authorizer"),
    identitySource: "method.request.header.Authorization",
  });
  const authorizer = { ...api, authorizerId };
  await call("get_authorizers", api);
  await call("get_authorizer", authorizer);
  await call("update_authorizer", { ...authorizer, patchOperations: [patchOf("replace", "/name", "b")] });
  await call("test_invoke_authorizer", { ...authorizer, headers: { Authorization: "allow" } });
  const response = { ...api, responseType: "DEFAULT_5XX" };
  await call("put_gateway_response", { ...response, statusCode: "500" });
  await call("get_gateway_response", response);
  await call("update_gateway_response", {
    ...response,
    patchOperations: [patchOf("replace", "/statusCode", "502")],
  });

  const { id: documentationPartId } = await call("create_documentation_part", {
    ...api,
    location: { type: "API" },
    properties: '{"info":{"description":"d"}}',
  });
  const part = { ...api, documentationPartId };
  await call("get_documentation_parts", api);
  await call("get_documentation_part", part);
  await call("update_documentation_part", {
    ...part,
    patchOperations: [patchOf("replace", "/properties", '{"info":{"description":"e"}}')],
  });
  await call("import_documentation_parts", { ...api, mode: "merge", body: '{"info":{"description":"f"}}' });
  const version = { ...api, documentationVersion: "1" };
  await call("create_documentation_version", version);
  await call("get_documentation_versions", api);
  await call("get_documentation_version", version);
  await call("update_documentation_version", { ...version, patchOperations: description });

  await walkStages(call, restApiId);
  await call("delete_documentation_version", version);
  await call("delete_documentation_part", part);
  await call("delete_gateway_response", response);
  await call("delete_authorizer", authorizer);
  await call("delete_request_validator", validator);
  await call("delete_model", model);
  for (const remove of ["delete_integration_response", "delete_method_response"]) await call(remove, at200);
  for (const remove of ["delete_integration", "delete_method"]) await call(remove, method);
  await call("delete_resource", { ...api, resourceId: spare });
  return restApiId;
}

async function walkStages(call: Boto["call"], restApiId: string): Promise<void> {
  const api = { restApiId };
  const { id: deploymentId } = await call("create_deployment", { ...api, stageName: "prod" });
  const deployment = { ...api, deploymentId };
  await call("get_deployments", api);
  await call("get_deployment", deployment);
  await call("update_deployment", { ...deployment, patchOperations: description });
  await call("create_stage", { ...api, stageName: "beta", deploymentId });
  const stage = { ...api, stageName: "beta" };
  await call("get_stages", api);
  await call("get_stage", stage);
  await call("update_stage", { ...stage, patchOperations: description });
  for (const flush of ["flush_stage_cache", "flush_stage_authorizers_cache"]) await call(flush, stage);
  await call("get_export", { ...stage, exportType: "oas30" });
  await call("get_sdk", { ...stage, sdkType: "javascript" });
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}/stages/beta`;
  await call("tag_resource", { resourceArn, tags: { a: "1" } });
  await call("get_tags", { resourceArn });
  await call("untag_resource", { resourceArn, tagKeys: ["a"] });

  const domainName = "walk.example.com";
  await call("create_domain_name", { domainName, endpointConfiguration: { types: ["PRIVATE"] } });
  await call("get_domain_names");
  await call("get_domain_name", { domainName });
  await call("update_domain_name", {
    domainName,
    patchOperations: [patchOf("replace", "/securityPolicy", "TLS_1_2")],
  });
  const mapping = { domainName, basePath: "shop" };
  await call("create_base_path_mapping", { ...mapping, ...stage, stageName: undefined, stage: "beta" });
  await call("get_base_path_mappings", { domainName });
  await call("get_base_path_mapping", mapping);
  await call("update_base_path_mapping", {
    ...mapping,
    patchOperations: [patchOf("replace", "/stage", "prod")],
  });
  await call("delete_base_path_mapping", mapping);
  const domainNameArn = `arn:aws:apigateway:us-east-1:000000000000:/domainnames/${domainName}`;
  const associate = async () => {
    const made = await call("create_domain_name_access_association", {
      domainNameArn,
      accessAssociationSourceType: "VPCE",
      accessAssociationSource: "vpce-1",
    });
    return { domainNameAccessAssociationArn: made.domainNameAccessAssociationArn };
  };
  await call("reject_domain_name_access_association", { ...(await associate()), domainNameArn });
  const association = await associate();
  await call("get_domain_name_access_associations");
  await call("delete_domain_name_access_association", association);
  await call("delete_domain_name", { domainName });

  await walkKeys(call, restApiId);
  await call("delete_stage", stage);
  await call("delete_stage", { ...api, stageName: "prod" });
  await call("delete_deployment", deployment);
}

async function walkKeys(call: Boto["call"], restApiId: string): Promise<void> {
  const { id: apiKey } = await call("create_api_key", { name: "k", enabled: true });
  await call("get_api_keys");
  await call("get_api_key", { apiKey });
  await call("update_api_key", { apiKey, patchOperations: description });
  await call("import_api_keys", { format: "csv", body: `name,key\nimported,${"w".repeat(30)}\n` });
  const { id: usagePlanId } = await call("create_usage_plan", {
    name: "p",
    quota: { limit: 5, period: "WEEK" },
    throttle: { rateLimit: 5, burstLimit: 5 },
    apiStages: [{ apiId: restApiId, stage: "prod" }],
  });
  await call("get_usage_plans");
  await call("get_usage_plan", { usagePlanId });
  await call("update_usage_plan", { usagePlanId, patchOperations: description });
  const key = { usagePlanId, keyId: apiKey };
  await call("create_usage_plan_key", { ...key, keyType: "API_KEY" });
  await call("get_usage_plan_keys", { usagePlanId });
  await call("get_usage_plan_key", key);
  await call("update_usage", { ...key, patchOperations: [patchOf("replace", "/remaining", "7")] });
  await call("get_usage", { usagePlanId, startDate: today, endDate: today });
  await call("delete_usage_plan_key", key);
  await call("update_usage_plan", {
    usagePlanId,
    patchOperations: [patchOf("remove", "/apiStages", `${restApiId}:prod`)],
  });
  await call("delete_usage_plan", { usagePlanId });
  await call("delete_api_key", { apiKey });
}

async function walkAccount(call: Boto["call"]): Promise<void> {
  await call("get_account");
  await call("update_account", { patchOperations: [patchOf("add", "/features", "UsagePlans")] });
  const { clientCertificateId } = await call("generate_client_certificate");
  await call("get_client_certificates");
  await call("get_client_certificate", { clientCertificateId });
  await call("update_client_certificate", { clientCertificateId, patchOperations: description });
  await call("delete_client_certificate", { clientCertificateId });
  const { id: vpcLinkId } = await call("create_vpc_link", { name: "l", targetArns: ["http://127.0.0.1:1"] });
  await call("get_vpc_links");
  await call("get_vpc_link", { vpcLinkId });
  await call("update_vpc_link", { vpcLinkId, patchOperations: description });
  await call("delete_vpc_link", { vpcLinkId });
  await call("get_sdk_types");
  await call("get_sdk_type", { id: "javascript" });
  const body = JSON.stringify({ openapi: "3.0.1", info: { title: "t", version: "1" }, paths: {} });
  const { id: restApiId } = await call("import_rest_api", { body });
  await call("put_rest_api", { restApiId, body });
  await call("delete_rest_api", { restApiId });
}

describe("botocore's description of apigateway, walked", () => {
  it("every operation responds in its documented shape", async () => {
    const call: Boto["call"] = (method, params) =>
      boto.call(method, JSON.parse(JSON.stringify(params ?? {})) as object);
    const restApiId = await walkApi(call);
    await call("delete_rest_api", { restApiId });
    await walkAccount(call);
    // Each response was checked against its shape: see kit/boto.py.
    const described = (await boto.operations()).map(({ name }) => name).sort();
    expect(described).toHaveLength(124);
    expect(await boto.called()).toEqual(described);
  });
});

describe("every error that it describes can be had", () => {
  const account = (spec: object) => gateway.apply([{ kind: "Account", spec }]);
  const restore = () => account({});

  it("BadRequestException, NotFoundException and ConflictException", async () => {
    const { restApiId } = await createMockApi(boto);
    const model = { restApiId, name: "Empty", contentType: JSON_TYPE, schema: "{}" };
    expect(await boto.refused("create_rest_api", { name: "" })).toMatchObject({
      class: "BadRequestException",
      status: 400,
    });
    expect(await boto.refused("get_rest_api", { restApiId: "x" })).toMatchObject({
      class: "NotFoundException",
      status: 404,
    });
    expect(await boto.refused("create_model", model)).toMatchObject({
      class: "ConflictException",
      status: 409,
    });
  });

  it("LimitExceededException: the account has what its operator allows it", async () => {
    const { entities } = await gateway.config.list({ kind: "Api" });
    const apis =
      entities.length + ((await boto.call("get_rest_apis", { limit: 500 })).items.length as number);
    await account({ quotas: { restApis: apis, resources: 2 } });
    expect(await boto.refused("create_rest_api", { name: "one more" })).toMatchObject({
      class: "LimitExceededException",
      status: 429,
      message: `Maximum number of restApis for this account has been reached: ${apis}. Please contact the operator of the gateway if you need more.`,
    });
    const [{ id: restApiId }] = (await boto.call("get_rest_apis")).items;
    const { items } = await boto.call("get_resources", { restApiId });
    const more = { restApiId, parentId: items[0].id, pathPart: "more" };
    expect(await boto.refused("create_resource", more)).toMatchObject({
      message: expect.stringContaining("Maximum number of resources for this API has been reached: 2"),
    });
    await expect(
      gateway.apply([{ kind: "RestApi", id: "overlimit1", spec: { name: "x" } }]),
    ).rejects.toMatchObject({ code: 8 });
    // What is there can be changed, and taken away.
    await boto.call("update_rest_api", { restApiId, patchOperations: description });
    await boto.call("delete_rest_api", { restApiId });
    await boto.call("create_rest_api", { name: "in its place" });
    await restore();
  });

  it("TooManyRequestsException: calls above the account's rate, with the time to wait", async () => {
    await account({ controlThrottle: { rateLimit: 0.001, burstLimit: 2 } });
    await boto.call("get_account");
    await boto.call("get_account");
    expect(await boto.refused("get_account")).toMatchObject({
      class: "TooManyRequestsException",
      status: 429,
    });
    const response = await fetch(`http://127.0.0.1:${gateway.controlPort}/account`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
    await restore();
    await boto.call("get_account");
  });

  it("UnauthorizedException: the account is read-only", async () => {
    await account({ readOnly: true });
    expect(await boto.refused("create_rest_api", { name: "x" })).toMatchObject({
      class: "UnauthorizedException",
      status: 401,
      message: expect.stringContaining("account 000000000000 is read-only"),
    });
    expect(await boto.as("iam").refused("create_user", { UserName: "x" })).toMatchObject({
      code: "AccessDenied",
    });
    await boto.call("get_rest_apis");
    await restore();
  });

  it("ServiceUnavailableException: a required service is unavailable", async () => {
    embeddedOnly("it starts a control plane of its own");
    const home = mkdtempSync(join(tmpdir(), "tollgate-lonely-"));
    scope.defer(() => rmSync(home, { recursive: true, force: true }));
    const settings = readSettings({
      TOLLGATE_AUTH: "none",
      TOLLGATE_HOME: home,
      TOLLGATE_GRPC_PORT: "0",
      TOLLGATE_CONTROL_PORT: "0",
      TOLLGATE_METERING: "127.0.0.1:1",
    });
    const lonely = scope.use(await startControlPlane(settings, createLogger("control-plane", "silent")));
    const other = scope.use(await startBoto(`http://127.0.0.1:${lonely.httpPort}`));
    const { id: usagePlanId } = await other.call("create_usage_plan", { name: "p" });
    expect(await other.refused("get_usage", { usagePlanId, startDate: today, endDate: today })).toMatchObject(
      {
        class: "ServiceUnavailableException",
        status: 503,
        message: expect.stringContaining("cannot read usage from metering at 127.0.0.1:1"),
      },
    );
  });
});
