import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apigateway } from "@tollgate/aws-api";
import { openAuthority } from "@tollgate/certificates";
import { deployHttpApi, toUrl } from "../../kit/http-api.ts";
import { applied, createMockApi, JSON_TYPE, patchOf } from "../../kit/mock-api.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { useBoto, useGateway, useScope } from "../../kit/use.ts";

const gateway = useGateway();
const boto = useBoto(gateway);
const scope = useScope();

const hello = async (restApiId: string, headers: Record<string, string> = {}) => {
  await applied(gateway);
  const { status, body } = await gateway.invoke(restApiId, "/hello", { headers });
  return `${status} ${body}`;
};

describe("boto3 with another endpoint and nothing else", () => {
  it("creates an API, deploys it, calls it, patches it, rolls it back and deletes it", async () => {
    const { restApiId, method } = await createMockApi(boto, "first");
    const { id: first } = await boto.call("create_deployment", { restApiId, stageName: "prod" });
    expect(await hello(restApiId)).toBe("200 first");

    await boto.call("update_integration_response", {
      ...method,
      statusCode: "200",
      patchOperations: [patchOf("replace", "/responseTemplates/application~1json", "second")],
    });
    expect(await hello(restApiId)).toBe("200 first");
    const { id: second } = await boto.call("create_deployment", { restApiId, stageName: "prod" });
    expect(await hello(restApiId)).toBe("200 second");
    expect(second).not.toBe(first);

    const stage = await boto.call("update_stage", {
      restApiId,
      stageName: "prod",
      patchOperations: [patchOf("replace", "/deploymentId", first)],
    });
    expect(stage).toMatchObject({ stageName: "prod", deploymentId: first });
    expect(await hello(restApiId)).toBe("200 first");

    await boto.call("delete_rest_api", { restApiId });
    expect(await boto.refused("get_rest_api", { restApiId })).toEqual({
      class: "NotFoundException",
      code: "NotFoundException",
      status: 404,
      message: `Invalid API identifier specified 000000000000:${restApiId}`,
    });
  });

  it("every operation has the method, path and status that botocore's description of it has", async () => {
    const described = (await boto.operations()).map(({ name, method, requestUri, responseCode }) => ({
      name,
      method,
      path: requestUri.split("?")[0],
      status: responseCode ?? 200,
    }));
    const served = apigateway.operations.map(({ name, method, path, status }) => ({
      name,
      method,
      path,
      status,
    }));
    const sorted = (rows: readonly { name: string }[]) =>
      [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(sorted(served)).toEqual(sorted(described));
    expect(served).toHaveLength(124);
  });

  it("an unknown path returns an error that says so", async () => {
    const response = await fetch(`${gateway.controlUrl}/nothing`);
    expect([response.status, response.headers.get("x-amzn-errortype"), await response.json()]).toEqual([
      404,
      "UnknownOperationException",
      { message: "the operation GET /nothing does not exist or is not supported yet" },
    ]);
  });

  it("returns the defaults of AWS", async () => {
    const api = await boto.call("create_rest_api", { name: "defaults" });
    expect(api).toMatchObject({
      name: "defaults",
      id: expect.stringMatching(/^[a-z0-9]{10}$/),
      createdDate: expect.stringMatching(/^\d{4}-/),
      apiKeySource: "HEADER",
      disableExecuteApiEndpoint: false,
      endpointConfiguration: { types: ["EDGE"] },
      rootResourceId: expect.stringMatching(/^[a-z0-9]{6,10}$/),
    });
    expect(api).not.toHaveProperty("tags");
    const restApiId = api.id as string;
    expect((await boto.call("get_rest_api", { restApiId })).tags).toEqual({});
    const { items } = await boto.call("get_models", { restApiId });
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["Empty", "Error"]);
    expect((await boto.call("get_resources", { restApiId })).items).toEqual([
      { id: api.rootResourceId, path: "/" },
    ]);
    const method = { restApiId, resourceId: api.rootResourceId, httpMethod: "GET" };
    expect(await boto.call("put_method", { ...method, authorizationType: "none" })).toMatchObject({
      httpMethod: "GET",
      authorizationType: "NONE",
      apiKeyRequired: false,
    });
    const integration = await boto.call("put_integration", {
      ...method,
      type: "HTTP",
      integrationHttpMethod: "POST",
      uri: "http://example.com/",
    });
    expect(integration).toMatchObject({
      type: "HTTP",
      httpMethod: "POST",
      uri: "http://example.com/",
      connectionType: "INTERNET",
      passthroughBehavior: "WHEN_NO_MATCH",
      timeoutInMillis: 29_000,
      cacheNamespace: api.rootResourceId,
      cacheKeyParameters: [],
    });
  });

  it("a nested resource is created under its parent, moved, and deleted with everything below it", async () => {
    const { restApiId, rootResourceId, resourceId } = await createMockApi(boto);
    const child = await boto.call("create_resource", { restApiId, parentId: resourceId, pathPart: "{id}" });
    expect(child).toMatchObject({ path: "/hello/{id}", pathPart: "{id}", parentId: resourceId });
    const moved = await boto.call("update_resource", {
      restApiId,
      resourceId,
      patchOperations: [patchOf("replace", "/pathPart", "goodbye")],
    });
    expect(moved).toMatchObject({ path: "/goodbye", parentId: rootResourceId });
    const paths = async () =>
      (await boto.call("get_resources", { restApiId })).items.map(({ path }: { path: string }) => path);
    expect(await paths()).toEqual(["/", "/goodbye", "/goodbye/{id}"]);
    await boto.call("delete_resource", { restApiId, resourceId });
    expect(await paths()).toEqual(["/"]);
  });

  it("pages with boto3's own paginators", async () => {
    const { id: restApiId, rootResourceId } = await boto.call("create_rest_api", { name: "many" });
    for (let i = 0; i < 7; i++)
      await boto.call("create_resource", { restApiId, parentId: rootResourceId, pathPart: `part${i}` });
    const pages = await boto.pages("get_resources", 3, { restApiId });
    expect(pages.map(({ items }) => items.length)).toEqual([3, 3, 2]);
    expect(pages.flatMap(({ items }) => items.map(({ path }: { path: string }) => path))).toEqual([
      "/",
      ...Array.from({ length: 7 }, (_, i) => `/part${i}`),
    ]);
  });

  it("clones an API", async () => {
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "*" }],
    });
    const settings = { binaryMediaTypes: ["image/png"], policy };
    const { restApiId } = await createMockApi(boto, "cloned", settings);
    const { id, ...copy } = await boto.call("create_rest_api", { name: "copy", cloneFrom: restApiId });
    expect(copy).toMatchObject({ name: "copy", binaryMediaTypes: ["image/png"] });
    // As AWS shows it, which its users' tools undo.
    expect(JSON.parse(JSON.parse(`"${copy.policy}"`))).toEqual(JSON.parse(policy));
    const { id: deploymentId } = await boto.call("create_deployment", { restApiId: id, stageName: "prod" });
    expect(await hello(id)).toBe("200 cloned");
    const described = await boto.call("update_deployment", {
      restApiId: id,
      deploymentId,
      patchOperations: [patchOf("replace", "/description", "the copy's first")],
    });
    expect(described).toMatchObject({ id: deploymentId, description: "the copy's first" });
  });

  it("invokes a method that is not deployed", async () => {
    const { method } = await createMockApi(boto, "tested");
    const answer = await boto.call("test_invoke_method", { ...method, pathWithQueryString: "/hello?a=1" });
    expect(answer).toMatchObject({ status: 200, body: "tested", latency: expect.any(Number) });
    expect(answer.log).toContain("Method completed with status: 200");
  });

  it("makes a key and a plan, and the gateway asks for the key", async () => {
    const { restApiId, method } = await createMockApi(boto, "keyed");
    await boto.call("update_method", {
      ...method,
      patchOperations: [patchOf("replace", "/apiKeyRequired", "true")],
    });
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    const plan = await boto.call("create_usage_plan", {
      name: "gold",
      apiStages: [{ apiId: restApiId, stage: "prod" }],
      quota: { limit: 2, period: "DAY" },
    });
    const key = await boto.call("create_api_key", { name: "one", enabled: true });
    expect(key.value).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(await hello(restApiId, { "x-api-key": key.value })).toMatch(/^403 /);
    expect(
      await boto.call("create_usage_plan_key", { usagePlanId: plan.id, keyId: key.id, keyType: "API_KEY" }),
    ).toMatchObject({ id: key.id, type: "API_KEY", name: "one" });
    expect(await boto.call("create_api_key", { name: "another" })).toMatchObject({ enabled: false });
    await applied(gateway);
    await expect.poll(() => hello(restApiId, { "x-api-key": key.value })).toBe("200 keyed");

    expect((await boto.call("get_api_key", { apiKey: key.id })).value).toBeUndefined();
    expect((await boto.call("get_api_key", { apiKey: key.id, includeValue: true })).value).toBe(key.value);
    const named = await boto.call("get_api_keys", { nameQuery: "on", includeValues: false });
    expect(named.items).toEqual([
      expect.objectContaining({ id: key.id, stageKeys: [`${restApiId}/prod`], enabled: true }),
    ]);
    await boto.call("update_api_key", {
      apiKey: key.id,
      patchOperations: [patchOf("replace", "/enabled", "no")],
    });
    await expect.poll(() => hello(restApiId, { "x-api-key": key.value })).toMatch(/^403 /);

    const planId = { usagePlanId: plan.id };
    await boto.call("update_usage_plan", {
      ...planId,
      patchOperations: [patchOf("remove", "/apiStages", `${restApiId}:prod`)],
    });
    await boto.call("delete_usage_plan", planId);
    expect((await boto.call("get_api_key", { apiKey: key.id })).stageKeys).toEqual([]);
  });

  it("changes the settings of a stage, makes a canary and promotes it", async () => {
    const { restApiId, method } = await createMockApi(boto, "old");
    await boto.call("create_deployment", { restApiId, stageName: "prod", variables: { a: "1" } });
    const settings = await boto.call("update_stage", {
      restApiId,
      stageName: "prod",
      patchOperations: [
        patchOf("replace", "/*/*/throttling/rateLimit", "50"),
        patchOf("replace", "/~1hello/GET/metrics/enabled", "true"),
        patchOf("replace", "/variables/b", "2"),
      ],
    });
    expect(settings).toMatchObject({
      variables: { a: "1", b: "2" },
      methodSettings: {
        "*/*": { throttlingRateLimit: 50, throttlingBurstLimit: 5000, metricsEnabled: false },
        "~1hello/GET": { throttlingRateLimit: 50, metricsEnabled: true, cacheTtlInSeconds: 300 },
      },
    });
    await boto.call("update_integration_response", {
      ...method,
      statusCode: "200",
      patchOperations: [patchOf("replace", "/responseTemplates/application~1json", "new")],
    });
    const { id: canary } = await boto.call("create_deployment", {
      restApiId,
      stageName: "prod",
      canarySettings: { percentTraffic: 100, stageVariableOverrides: { a: "9" } },
    });
    expect(await hello(restApiId)).toBe("200 new");
    const promoted = await boto.call("update_stage", {
      restApiId,
      stageName: "prod",
      patchOperations: [
        patchOf("copy", "/deploymentId", undefined, "/canarySettings/deploymentId"),
        patchOf("copy", "/variables", undefined, "/canarySettings/stageVariableOverrides"),
        patchOf("remove", "/canarySettings"),
      ],
    });
    expect(promoted).toMatchObject({ deploymentId: canary, variables: { a: "9", b: "2" } });
    expect(promoted).not.toHaveProperty("canarySettings");
    expect(await hello(restApiId)).toBe("200 new");
  });

  it("models, validators, authorizers and gateway responses are created, read, patched and deleted", async () => {
    const { id: restApiId } = await boto.call("create_rest_api", { name: "definitions" });
    const model = { restApiId, modelName: "Pet" };
    await boto.call("create_model", {
      restApiId,
      name: "Pet",
      contentType: JSON_TYPE,
      schema: '{"type":"object"}',
    });
    await boto.call("update_model", { ...model, patchOperations: [patchOf("replace", "/description", "a")] });
    expect(await boto.call("get_model", model)).toMatchObject({ name: "Pet", description: "a" });
    const validator = await boto.call("create_request_validator", { restApiId, name: "body" });
    expect(validator).toMatchObject({ validateRequestBody: false, validateRequestParameters: false });
    const authorizer = await boto.call("create_authorizer", {
      restApiId,
      name: "token",
      type: "TOKEN",
      authorizerUri:
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations",
      identitySource: "method.request.header.Authorization",
    });
    expect(authorizer).toMatchObject({ authType: "custom", type: "TOKEN" });
    expect(authorizer).not.toHaveProperty("authorizerResultTtlInSeconds");
    const type = { restApiId, responseType: "DEFAULT_4XX" };
    expect(await boto.call("get_gateway_response", type)).toMatchObject({ defaultResponse: true });
    await boto.call("update_gateway_response", {
      ...type,
      patchOperations: [patchOf("replace", "/statusCode", "418")],
    });
    expect(await boto.call("get_gateway_response", type)).toMatchObject({
      statusCode: "418",
      defaultResponse: false,
    });
    await boto.call("delete_gateway_response", type);
    await boto.call("delete_authorizer", { restApiId, authorizerId: authorizer.id });
    await boto.call("delete_request_validator", { restApiId, requestValidatorId: validator.id });
    await boto.call("delete_model", model);
    for (const list of ["get_authorizers", "get_request_validators"])
      expect((await boto.call(list, { restApiId })).items ?? []).toEqual([]);
  });

  it("a domain's base path may lead to a stage of an HTTP API, which has to be named", async () => {
    await using upstream = await startHttpUpstream((_request, response) => response.end("by domain"));
    const { apiId } = await deployHttpApi(gateway, {
      routes: { "GET /hello": { integration: toUrl(upstream.origin) } },
    });
    const domainName = "v2.example.com";
    await boto.call("create_domain_name", { domainName });
    const to = (stage: object) =>
      boto.call("create_base_path_mapping", { domainName, restApiId: apiId, ...stage });
    await expect(to({})).rejects.toThrow("Invalid stage identifier specified");
    await expect(to({ stage: "none" })).rejects.toThrow("Invalid stage identifier specified");
    const mapping = { basePath: "(none)", restApiId: apiId, stage: "$default" };
    expect(await to({ stage: "$default" })).toMatchObject(mapping);
    expect((await boto.call("get_base_path_mappings", { domainName })).items).toEqual([mapping]);
    await boto.call("update_base_path_mapping", {
      domainName,
      basePath: "(none)",
      patchOperations: [patchOf("replace", "/basePath", "shop")],
    });
    await applied(gateway);
    expect((await gateway.call("/shop/hello", { host: domainName })).body).toBe("by domain");
    await boto.call("delete_domain_name", { domainName });
  });

  it("maps base paths of a custom domain to stages", async () => {
    const { restApiId } = await createMockApi(boto, "by domain");
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    const domainName = "api.example.com";
    const { CertificateArn: regionalCertificateArn } = await boto
      .as("acm")
      .call("request_certificate", { DomainName: domainName });
    const created = await boto.call("create_domain_name", {
      domainName,
      regionalCertificateArn,
      endpointConfiguration: { types: ["REGIONAL"] },
    });
    expect(created).toMatchObject({
      domainName,
      domainNameStatus: "AVAILABLE",
      regionalCertificateArn,
      endpointConfiguration: { types: ["REGIONAL"] },
    });
    const mapping = { basePath: "shop", restApiId, stage: "prod" };
    expect(await boto.call("create_base_path_mapping", { domainName, ...mapping })).toMatchObject(mapping);
    const at = async (path: string) => {
      await applied(gateway);
      return (await gateway.call(path, { host: domainName })).body;
    };
    await expect.poll(() => at("/shop/hello")).toBe("by domain");
    await boto.call("update_base_path_mapping", {
      domainName,
      basePath: "shop",
      patchOperations: [patchOf("replace", "/basePath", "")],
    });
    const { items } = await boto.call("get_base_path_mappings", { domainName });
    expect(items).toEqual([{ basePath: "(none)", restApiId, stage: "prod" }]);
    await expect.poll(() => at("/hello")).toBe("by domain");
    await boto.call("delete_base_path_mapping", { domainName, basePath: "(none)" });
    await boto.call("delete_domain_name", { domainName });
    expect((await boto.call("get_domain_names")).items ?? []).toEqual([]);
  });

  it("a domain whose truststore cannot be read is stored and serves no calls", async () => {
    const { restApiId } = await createMockApi(boto, "guarded");
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    const domainName = "guarded.example.com";
    const mutualTlsAuthentication = { truststoreUri: "s3://bucket/trust.pem" };
    const folder = mkdtempSync(join(tmpdir(), "tollgate-life-"));
    const authority = await openAuthority(folder);
    rmSync(folder, { recursive: true });
    const { certificate, privateKey } = await authority.issue({
      names: [domainName],
      validMs: 60 * 60 * 1000,
    });
    const uploading = (certificateBody: string) =>
      boto.call("create_domain_name", {
        domainName,
        endpointConfiguration: { types: ["REGIONAL"] },
        certificateBody,
        certificatePrivateKey: privateKey,
        mutualTlsAuthentication,
      });
    await expect(uploading("-----BEGIN CERTIFICATE-----")).rejects.toThrow(/must be certificates in PEM/);
    await expect(uploading(authority.certificate)).rejects.toThrow(
      /certificatePrivateKey: is not the key of the certificate/,
    );
    const created = await uploading(certificate);
    expect(created).toMatchObject({
      mutualTlsAuthentication,
      domainNameStatus: "PENDING",
      domainNameStatusMessage: expect.stringContaining(
        "the truststore s3://bucket/trust.pem has not been read",
      ),
      certificateUploadDate: expect.any(String),
    });
    expect(JSON.stringify(created)).not.toMatch(/PRIVATE KEY|BEGIN/);
    await boto.call("create_base_path_mapping", { domainName, restApiId, stage: "prod" });
    const status = async () => {
      await applied(gateway);
      return (await gateway.call("/hello", { host: domainName })).status;
    };
    expect(await status()).toBe(403);
    const remove = { domainName, patchOperations: [patchOf("remove", "/mutualTlsAuthentication")] };
    expect(await boto.call("update_domain_name", remove)).toMatchObject({ domainNameStatus: "AVAILABLE" });
    await expect.poll(status).toBe(200);
    const guard = patchOf("replace", "/mutualTlsAuthentication/truststoreUri", "s3://bucket/other.pem");
    await boto.call("update_domain_name", { domainName, patchOperations: [guard] });
    await expect.poll(status).toBe(403);
    await boto.call("delete_base_path_mapping", { domainName, basePath: "(none)" });
    await boto.call("delete_domain_name", { domainName });
  });

  it("keeps endpoint configurations and access log settings as they are written", async () => {
    const { restApiId } = await createMockApi(boto, "kept", {
      endpointConfiguration: { types: ["REGIONAL"], ipAddressType: "dualstack" },
    });
    const patchApi = (...patchOperations: object[]) =>
      boto.call("update_rest_api", { restApiId, patchOperations });
    const api = await boto.call("get_rest_api", { restApiId });
    expect(api.endpointConfiguration).toEqual({ types: ["REGIONAL"], ipAddressType: "dualstack" });
    const ipv4 = await patchApi(patchOf("replace", "/endpointConfiguration/ipAddressType", "ipv4"));
    expect(ipv4.endpointConfiguration.ipAddressType).toBe("ipv4");
    const inner = await patchApi(
      patchOf("replace", "/endpointConfiguration/types/REGIONAL", "PRIVATE"),
      patchOf("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
      patchOf("add", "/endpointConfiguration/vpcEndpointIds", "vpce-2"),
      patchOf("remove", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
    );
    expect(inner.endpointConfiguration).toEqual({
      types: ["PRIVATE"],
      ipAddressType: "dualstack",
      vpcEndpointIds: ["vpce-2"],
    });
    const statement = { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "*" };
    await patchApi(
      patchOf("replace", "/policy", JSON.stringify({ Version: "2012-10-17", Statement: [statement] })),
    );
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    const patchStage = (...patchOperations: object[]) => ({ restApiId, stageName: "prod", patchOperations });
    const stage = await boto.call(
      "update_stage",
      patchStage(
        patchOf("replace", "/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:0:log-group:a"),
        patchOf("add", "/accessLogSettings/format", "$context.requestId"),
      ),
    );
    expect(stage.accessLogSettings).toEqual({
      destinationArn: "arn:aws:logs:us-east-1:0:log-group:a",
      format: "$context.requestId",
    });
    for (const [operation, message] of [
      [
        patchOf("replace", "/accessLogSettings/nothing", "x"),
        "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]",
      ],
      [patchOf("replace", "/accessLogSettings/format", ""), "Access Log value must not be empty"],
    ] as const)
      expect(await boto.refused("update_stage", patchStage(operation))).toMatchObject({ message });
    const without = await boto.call("update_stage", patchStage(patchOf("remove", "/accessLogSettings")));
    expect(without).not.toHaveProperty("accessLogSettings");
  });

  it("a VPC link leads to its targets, and stays while a method needs it", async () => {
    const upstream = scope.use(
      await startHttpUpstream(({ url }, response) => response.end(`private ${url}`)),
    );
    const link = await boto.call("create_vpc_link", { name: "inner", targetArns: [upstream.origin] });
    expect(link).toMatchObject({
      name: "inner",
      targetArns: [upstream.origin],
      status: "PENDING",
    });
    expect(await boto.call("get_vpc_link", { vpcLinkId: link.id })).toMatchObject({
      status: "AVAILABLE",
      statusMessage: "Your vpc link is ready for use",
    });
    const { restApiId, method } = await createMockApi(boto);
    await boto.call("put_integration", {
      ...method,
      type: "HTTP_PROXY",
      integrationHttpMethod: "GET",
      connectionType: "VPC_LINK",
      connectionId: link.id,
      uri: "http://inner.example.com/there",
    });
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    expect(await hello(restApiId)).toBe("200 private /there");
    expect(await boto.refused("delete_vpc_link", { vpcLinkId: link.id })).toMatchObject({
      code: "BadRequestException",
      message: expect.stringContaining("Cannot delete vpc link."),
    });
    await boto.call("delete_rest_api", { restApiId });
    await boto.call("delete_vpc_link", { vpcLinkId: link.id });
    expect((await boto.call("get_vpc_links")).items ?? []).toEqual([]);
  });

  it("tags what has tags", async () => {
    const { id } = await boto.call("create_rest_api", { name: "tagged", tags: { team: "a" } });
    const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${id}`;
    await boto.call("tag_resource", { resourceArn, tags: { cost: "7" } });
    await boto.call("untag_resource", { resourceArn, tagKeys: ["team"] });
    expect((await boto.call("get_tags", { resourceArn })).tags).toEqual({ cost: "7" });
  });

  it("pages go on where they were when the item that ended one is gone", async () => {
    const { id: restApiId, rootResourceId } = await boto.call("create_rest_api", { name: "fewer" });
    for (const pathPart of ["a", "b", "c"])
      await boto.call("create_resource", { restApiId, parentId: rootResourceId, pathPart });
    const { items, position } = await boto.call("get_resources", { restApiId, limit: 2 });
    await boto.call("delete_resource", { restApiId, resourceId: items[1].id });
    const rest = await boto.call("get_resources", { restApiId, limit: 2, position });
    expect(rest.items.map(({ path }: { path: string }) => path)).toEqual(["/b", "/c"]);
    expect(await boto.refused("get_resources", { restApiId, position: "nowhere" })).toMatchObject({
      code: "BadRequestException",
      message: "Invalid position parameter 'nowhere'",
    });
  });

  it("returns the account", async () => {
    expect(await boto.call("get_account")).toMatchObject({
      throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
      features: ["UsagePlans"],
      apiKeyVersion: "4",
    });
  });

  it("50 writers at once lose nothing", async () => {
    const { id: restApiId, rootResourceId } = await boto.call("create_rest_api", { name: "busy" });
    const made = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const response = await fetch(
          `${gateway.controlUrl}/restapis/${restApiId}/resources/${rootResourceId}`,
          {
            method: "POST",
            body: JSON.stringify({ pathPart: `p${i}` }),
          },
        );
        return response.status;
      }),
    );
    expect(made).toEqual(Array.from({ length: 50 }, () => 201));
    expect((await boto.call("get_resources", { restApiId, limit: 500 })).items).toHaveLength(51);
  });

  it("shares its config with gRPC: one application, two adapters", async () => {
    const restApiId = await gateway.deploy({ "GET /hello": { integration: { type: "MOCK" } } });
    const { items } = await boto.call("get_resources", { restApiId, embed: ["methods"] });
    expect(items.map(({ path }: { path: string }) => path)).toEqual(["/", "/hello"]);
    expect(items[1].resourceMethods.GET.methodIntegration).toMatchObject({ type: "MOCK" });
  });
});

describe("callers without authentication", () => {
  const get = (headers: Record<string, string>) => fetch(`${gateway.controlUrl}/restapis`, { headers });

  it("are programs of this machine, not pages in its browser", async () => {
    expect((await get({})).status).toBe(200);
    expect((await get({ origin: "https://elsewhere.example" })).status).toBe(403);
    expect((await get({ "sec-fetch-site": "cross-site" })).status).toBe(403);
  });

  it("a body above 6 MB is refused with a message", async () => {
    const response = await fetch(`${gateway.controlUrl}/restapis?mode=import`, {
      method: "POST",
      body: "x".repeat(6 * 1024 * 1024 + 1),
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      { message: "the request exceeds 6291456 bytes" },
    ]);
  });

  it("a body that is not a JSON object is refused, and nothing of it is stored", async () => {
    const post = (body: string) => fetch(`${gateway.controlUrl}/restapis`, { method: "POST", body });
    for (const [body, type] of [
      ["[]", "SerializationException"],
      ["{", "SerializationException"],
      ['{"name": true}', "SerializationException"],
      ['{"name": "x", "tags": []}', "SerializationException"],
    ] as const) {
      const response = await post(body);
      expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, type]);
    }
  });
});
