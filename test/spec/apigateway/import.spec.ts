import { describe, expect, it } from "vitest";
import { applied, JSON_TYPE, patchOf } from "../../kit/mock-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const boto = useBoto(gateway);

const mock = (text: string) => ({
  responses: { "200": { description: "ok" } },
  "x-amazon-apigateway-integration": {
    type: "mock",
    requestTemplates: { [JSON_TYPE]: '{"statusCode": 200}' },
    responses: { default: { statusCode: "200", responseTemplates: { [JSON_TYPE]: text } } },
  },
});
const definition = (paths: object, more: object = {}) => ({
  openapi: "3.0.1",
  info: { title: "imported", version: "1" },
  paths,
  ...more,
});
const body = (document: object) => JSON.stringify(document);
const pathsOf = async (restApiId: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await boto.call("get_resources", { restApiId })).items.map(
      ({ path, id }: { path: string; id: string }) => [path, id],
    ),
  );
const call = async (restApiId: string, path: string) => {
  await boto.call("create_deployment", { restApiId, stageName: "prod" });
  await applied(gateway);
  return (await gateway.invoke(restApiId, path)).body;
};

describe("an OpenAPI definition (control-api §7)", () => {
  it("makes an API that can be deployed; YAML as well as JSON", async () => {
    const json = await boto.call("import_rest_api", {
      body: body(definition({ "/a": { get: mock("json") } })),
    });
    expect(json).toMatchObject({ name: "imported", version: "1", rootResourceId: expect.any(String) });
    expect(await call(json.id, "/a")).toBe("json");
    // Only the definition's own models: Empty and Error are of APIs that are made by hand.
    expect((await boto.call("get_models", { restApiId: json.id })).items ?? []).toEqual([]);
    const yaml = await boto.call("import_rest_api", {
      body: [
        "openapi: 3.0.1",
        "info: {title: written, version: '1'}",
        "paths:",
        "  /a:",
        `    get: ${body(mock("yaml"))}`,
      ].join("\n"),
    });
    expect(await call(yaml.id, "/a")).toBe("yaml");
  });

  it("overwrites an API: what the definition does not contain is deleted, remaining paths keep their ids", async () => {
    const { id: restApiId, rootResourceId } = await boto.call("import_rest_api", {
      body: body(definition({ "/a": { get: mock("1") }, "/b/c": { get: mock("1") } })),
    });
    const before = await pathsOf(restApiId);
    const after = await boto.call("put_rest_api", {
      restApiId,
      mode: "overwrite",
      body: body(
        definition(
          { "/a": { get: mock("2"), post: mock("2") } },
          { info: { title: "renamed", version: "2" } },
        ),
      ),
    });
    expect(after).toMatchObject({ id: restApiId, name: "renamed", rootResourceId });
    expect(await pathsOf(restApiId)).toEqual({ "/": rootResourceId, "/a": before["/a"] });
    expect(await call(restApiId, "/a")).toBe("2");
  });

  it("merges: methods of the definition replace, others stay; media types are joined", async () => {
    const { id: restApiId } = await boto.call("import_rest_api", {
      body: body(
        definition(
          { "/a": { get: mock("old"), post: mock("stays") }, "/b": { get: mock("stays") } },
          { "x-amazon-apigateway-binary-media-types": ["image/png"] },
        ),
      ),
    });
    const after = await boto.call("put_rest_api", {
      restApiId,
      body: body(
        definition(
          { "/a": { get: mock("new") }, "/c": { get: mock("new") } },
          { "x-amazon-apigateway-binary-media-types": ["image/gif"] },
        ),
      ),
    });
    expect(after.binaryMediaTypes).toEqual(["image/png", "image/gif"]);
    expect(Object.keys(await pathsOf(restApiId))).toEqual(["/", "/a", "/b", "/c"]);
    expect(await call(restApiId, "/a")).toBe("new");
    expect((await gateway.invoke(restApiId, "/a", { method: "POST" })).body).toBe("stays");
    expect((await gateway.invoke(restApiId, "/b")).body).toBe("stays");
  });

  it("Swagger 2.0 is served as OpenAPI is, below its base path where that is wished", async () => {
    const { openapi: _openapi, ...rest } = definition({ "/a": { get: mock("from 2.0") } }) as Record<
      string,
      unknown
    >;
    const swagger = body({ ...rest, swagger: "2.0", basePath: "/v1/shop" });
    const { id: restApiId } = await boto.call("import_rest_api", {
      body: swagger,
      parameters: { basepath: "prepend" },
    });
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    expect(Object.keys(await pathsOf(restApiId))).toEqual(["/", "/v1", "/v1/shop", "/v1/shop/a"]);
    expect(await call(restApiId, "/v1/shop/a")).toBe("from 2.0");
    const { id: split } = await boto.call("import_rest_api", {
      body: swagger,
      parameters: { basepath: "split" },
    });
    expect(Object.keys(await pathsOf(split))).toEqual(["/", "/shop", "/shop/a"]);
    const odd = { body: swagger, parameters: { basepath: "append" } };
    expect((await boto.refused("import_rest_api", odd)).message).toBe(
      "Invalid basepath 'append' specified. Must be one of: [ignore, prepend, split]",
    );
  });

  it("an API created step by step keeps the id of its root", async () => {
    const { id: restApiId, rootResourceId } = await boto.call("create_rest_api", { name: "by hand" });
    await boto.call("update_rest_api", {
      restApiId,
      patchOperations: [patchOf("replace", "/description", "d")],
    });
    await boto.call("put_rest_api", {
      restApiId,
      mode: "overwrite",
      body: body(definition({ "/a": { get: mock("1") } })),
    });
    expect((await pathsOf(restApiId))["/"]).toBe(rootResourceId);
  });

  it.each([
    ["no definition", "{", /^Invalid OpenAPI input\./],
    ["Swagger 1.2", body({ swagger: "1.2", paths: {} }), /^Invalid OpenAPI input\.$/],
    ["OpenAPI 4", body({ openapi: "4.0.0", paths: {} }), /^Invalid OpenAPI input\.$/],
    [
      "an integration that cannot be",
      body(definition({ "/a": { get: { "x-amazon-apigateway-integration": { type: "http" } } } })),
      /^Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '\/a': Enumeration value for HttpMethod must be non-empty$/,
    ],
    [
      "a path that cannot be",
      body(definition({ "a b": { get: mock("1") } })),
      /line \d+, \/paths\/a b: the path/,
    ],
  ])("%s is refused, and nothing is written", async (_name, text, message) => {
    const { revision } = await gateway.config.list({ kind: "RestApi" });
    expect(await boto.refused("import_rest_api", { body: text })).toMatchObject({
      code: "BadRequestException",
      message: expect.stringMatching(message),
    });
    expect((await gateway.config.list({ kind: "RestApi" })).revision).toBe(revision);
  });

  it("warnings come with the API; failOnWarnings refuses it for them", async () => {
    const { "x-amazon-apigateway-integration": integration, ...operation } = mock("1");
    const requestParameters = { "integration.request.header.a": true };
    const wrong = { ...operation, "x-amazon-apigateway-integration": { ...integration, requestParameters } };
    const text = body(definition({ "/a": { get: wrong } }));
    const sentence =
      "Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.a' of resource '/a' and method 'GET' but got 'true'";
    expect((await boto.call("import_rest_api", { body: text })).warnings).toEqual([sentence]);
    expect(await boto.refused("import_rest_api", { body: text, failOnWarnings: true })).toMatchObject({
      message: expect.stringContaining(sentence),
    });
  });

  it("is imported as AWS does, with what AWS does not warn of", async () => {
    const document = {
      swagger: "2.0",
      info: { title: "as on AWS", version: 1 },
      paths: {
        "/none": { get: { responses: { 200: { schema: { $ref: "#/definitions/Empty" } } } } },
        "/broken": {
          get: {
            responses: {},
            "x-amazon-apigateway-integration": {
              type: "mock",
              requestTemplates: { "application/json": "#if(" },
              responses: { default: { statusCode: 200 } },
            },
          },
        },
      },
      definitions: { Pet: { type: "object", description: "a pet" } },
    };
    const text = body(document);
    const api = await boto.call("import_rest_api", { body: text, failOnWarnings: true });
    expect(api).toMatchObject({
      version: "1",
      endpointConfiguration: { types: ["EDGE"], ipAddressType: "ipv4" },
    });
    expect(api).not.toHaveProperty("warnings");
    expect(api).not.toHaveProperty("tags");
    const restApiId = api.id;
    expect((await boto.call("get_models", { restApiId })).items).toEqual([
      expect.objectContaining({
        name: "Pet",
        description: "a pet",
        id: expect.stringMatching(/^[a-z0-9]{6}$/),
      }),
    ]);
    const parameters = { endpointConfigurationTypes: "REGIONAL" };
    expect(
      (await boto.call("import_rest_api", { body: text, parameters })).endpointConfiguration.types,
    ).toEqual(["REGIONAL"]);
  });

  it("an API that does not exist is not created", async () => {
    const text = body(definition({ "/a": { get: mock("1") } }));
    expect(await boto.refused("put_rest_api", { restApiId: "nosuchapi0", body: text })).toMatchObject({
      code: "NotFoundException",
    });
  });
});
