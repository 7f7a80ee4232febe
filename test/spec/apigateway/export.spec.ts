import { createRequire } from "node:module";
import type OpenAPISchemaValidator from "openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const boto = useBoto(gateway);

const LAMBDA =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

/** A definition with something of everything that can be imported. */
const DEFINITION = {
  openapi: "3.0.1",
  info: { title: "Pets", version: "7", description: "All about pets" },
  paths: {
    "/pets/{id}": {
      get: {
        summary: "One pet",
        operationId: "GetPet",
        parameters: [
          { name: "id", in: "path", required: true, schema: { type: "string" } },
          { name: "x-trace", in: "header", schema: { type: "string" } },
        ],
        responses: {
          200: {
            description: "200 response",
            headers: { "x-count": { schema: { type: "string" } } },
            content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } },
          },
        },
        security: [{ signed: [] }, { api_key: [] }],
        "x-amazon-apigateway-integration": {
          type: "http",
          httpMethod: "GET",
          uri: "http://example.com/pets/{id}",
          passthroughBehavior: "never",
          timeoutInMillis: 5000,
          requestParameters: { "integration.request.path.id": "method.request.path.id" },
          responses: {
            default: {
              statusCode: "200",
              responseParameters: { "method.response.header.x-count": "'1'" },
              responseTemplates: { "application/json": "$input.json('$')" },
            },
          },
        },
      },
      "x-amazon-apigateway-any-method": {
        responses: { 200: { description: "200 response" } },
        "x-amazon-apigateway-integration": {
          type: "mock",
          requestTemplates: { "application/json": '{"statusCode": 200}' },
          responses: { default: { statusCode: "200" }, "4\\d{2}": { statusCode: "400" } },
        },
      },
    },
    "/pets": {
      post: {
        requestBody: {
          content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } },
          required: true,
        },
        responses: { 201: { description: "201 response" } },
        security: [{ token: [] }],
        "x-amazon-apigateway-request-validator": "body",
        "x-amazon-apigateway-integration": { type: "aws_proxy", httpMethod: "POST", uri: LAMBDA },
      },
    },
  },
  components: {
    schemas: {
      Pet: {
        type: "object",
        properties: { name: { type: "string" }, owner: { $ref: "#/components/schemas/Owner" } },
      },
      Owner: { type: "object", properties: { name: { type: "string" } } },
    },
    securitySchemes: {
      token: {
        type: "apiKey",
        name: "Authorization",
        in: "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
          type: "token",
          authorizerUri: LAMBDA,
          authorizerResultTtlInSeconds: 60,
        },
      },
      signed: {
        type: "apiKey",
        name: "Authorization",
        in: "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
      },
      api_key: { type: "apiKey", name: "x-api-key", in: "header" },
    },
  },
  "x-amazon-apigateway-request-validators": {
    body: { validateRequestBody: true, validateRequestParameters: false },
  },
  "x-amazon-apigateway-gateway-responses": {
    DEFAULT_4XX: { statusCode: 418, responseTemplates: { "application/json": "{}" } },
  },
  "x-amazon-apigateway-binary-media-types": ["image/png"],
};

async function deployed(definition: object): Promise<string> {
  const { id } = await boto.call("import_rest_api", { body: JSON.stringify(definition) });
  await boto.call("create_deployment", { restApiId: id, stageName: "prod" });
  return id as string;
}

const exported = async (
  restApiId: string,
  exportType: string,
  extensions = "",
  accepts = "application/json",
) =>
  boto.call("get_export", {
    restApiId,
    stageName: "prod",
    exportType,
    accepts,
    parameters: extensions === "" ? {} : { extensions },
  });

/** Everything that is configured of an API, by kind, without its ids. */
async function configOf(restApiId: string) {
  const { entities } = await gateway.config.list({ apiId: restApiId, pageSize: 1000 });
  return entities
    .filter(({ kind }) => !["Stage", "Deployment", "DocumentationPart"].includes(kind))
    .map(({ kind, specJson }) => `${kind} ${specJson.replaceAll(restApiId, "{api}")}`)
    .sort();
}

// A CommonJS package whose class is a member called default.
const { default: Validator } = createRequire(import.meta.url)("openapi-schema-validator") as {
  default: typeof OpenAPISchemaValidator.default;
};

const validate = (definition: object, version: 2 | 3) =>
  new Validator({ version }).validate(definition as never).errors;

describe("GetExport", () => {
  it.each([
    ["oas30", 3],
    ["swagger", 2],
  ] as const)("as %s is a valid definition, plain and with all extensions", async (type, version) => {
    const restApiId = await deployed(DEFINITION);
    for (const extensions of ["", "integrations,authorizers", "apigateway"]) {
      const { body, contentType, contentDisposition } = await exported(restApiId, type, extensions);
      expect(validate(JSON.parse(body), version)).toEqual([]);
      expect(contentType).toBe("application/octet-stream");
      expect(contentDisposition).toBe(`attachment; filename="${type}_7.json"`);
    }
  });

  it("names the stage's place and leaves AWS's members out of a plain one", async () => {
    const restApiId = await deployed(DEFINITION);
    const host = `${restApiId}.execute-api.us-east-1.amazonaws.com`;
    const swagger = JSON.parse((await exported(restApiId, "swagger")).body);
    expect(swagger).toMatchObject({
      swagger: "2.0",
      info: { title: "Pets", version: "7", description: "All about pets" },
      host,
      basePath: "/prod",
      schemes: ["https"],
    });
    expect(swagger.paths["/pets"].post).toEqual({
      consumes: ["application/json"],
      parameters: [{ in: "body", name: "Pet", required: true, schema: { $ref: "#/definitions/Pet" } }],
      responses: { 201: { description: "201 response" } },
      security: [{ token: [] }],
    });
    expect(swagger.definitions.Pet.properties.owner).toEqual({ $ref: "#/definitions/Owner" });
    const oas = JSON.parse((await exported(restApiId, "oas30")).body);
    expect(oas.servers).toEqual([
      { url: `https://${host}/{basePath}`, variables: { basePath: { default: "prod" } } },
    ]);
    expect(JSON.stringify(oas)).not.toMatch(/x-amazon-apigateway-(integration|authorizer|gateway)/);
  });

  it("in Swagger names the media types of templates where there are no models", async () => {
    const restApiId = await deployed({
      swagger: "2.0",
      info: { title: "page", version: "1" },
      paths: {
        "/": {
          get: {
            responses: { 200: { description: "200 response" } },
            "x-amazon-apigateway-integration": {
              type: "mock",
              requestTemplates: { "application/json": '{"statusCode": 200}' },
              responses: { default: { statusCode: "200", responseTemplates: { "text/html": "<p>" } } },
            },
          },
        },
      },
    });
    const { paths } = JSON.parse((await exported(restApiId, "swagger")).body);
    expect(paths["/"].get).toMatchObject({ consumes: ["application/json"], produces: ["text/html"] });
  });

  it.each(["oas30", "swagger"])("as %s, imported again, is the same API", async (type) => {
    const restApiId = await deployed(DEFINITION);
    const { body } = await exported(restApiId, type, "apigateway");
    const again = await deployed(JSON.parse(body));
    expect(await configOf(again)).toEqual(await configOf(restApiId));
    const yaml = await exported(restApiId, type, "apigateway", "application/yaml");
    expect(yaml.contentDisposition).toBe(`attachment; filename="${type}_7.yaml"`);
    expect(parse(yaml.body)).toEqual(JSON.parse(body));
  });

  it("shows what is deployed, not what is edited", async () => {
    const restApiId = await deployed(DEFINITION);
    await boto.call("put_rest_api", {
      restApiId,
      mode: "overwrite",
      body: JSON.stringify({ openapi: "3.0.1", info: { title: "Other", version: "8" }, paths: {} }),
    });
    const { info, paths } = JSON.parse((await exported(restApiId, "oas30")).body);
    expect([info.title, Object.keys(paths)]).toEqual(["Pets", ["/pets", "/pets/{id}"]]);
  });

  it.each([
    [
      "get_export",
      { exportType: "raml" },
      /Invalid export type 'raml' specified. Must be one of: \[oas30, swagger\]/,
    ],
    [
      "get_export",
      { exportType: "oas30", parameters: { extensions: "everything" } },
      /Invalid extension 'everything' specified. Must be one of: \[integrations, /,
    ],
    ["get_export", { exportType: "oas30", stageName: "none" }, /Invalid stage identifier specified/],
  ])("%s with %o is refused", async (operation, params, message) => {
    const restApiId = await deployed(DEFINITION);
    expect((await boto.refused(operation, { restApiId, stageName: "prod", ...params })).message).toMatch(
      message,
    );
  });
});
