import { describe, expect, it } from "vitest";
import { parseManifest } from "@tollgate/config";
import { DefinitionError, importOpenApi } from "./index.ts";

const apiId = "abcdefghij";
const definition = (paths: unknown, more: object = {}) =>
  JSON.stringify({ openapi: "3.0.1", info: { title: "Pets", version: "7" }, paths, ...more });
const importOne = (paths: unknown, options: object = {}, more: object = {}) => {
  const { manifests, findings } = importOpenApi(definition(paths, more), { apiId, ...options });
  const resources = manifests
    .filter(({ kind }) => kind === "Resource")
    .map(({ spec }) => spec as { path: string; methods: Record<string, Record<string, unknown>> });
  return {
    manifests,
    resources,
    findings: findings.map(({ level, pointer, message }) => `${level} ${pointer} ${message}`),
  };
};
const URI =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:auth/invocations";
const POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_x";
const POLICY = {
  Statement: [{ Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" }],
};
const mock = { "x-amazon-apigateway-integration": { type: "mock" } };

describe("importOpenApi", () => {
  it("turns an integration into AWS's model: upper-case enums, responses keyed by status, default without a pattern", () => {
    const { resources, manifests } = importOne(
      {
        "/pets/{id}": {
          parameters: [{ name: "id", in: "path", required: true }],
          get: {
            operationId: "getPet",
            parameters: [{ $ref: "#/components/parameters/limit" }],
            responses: { "200": { headers: { "X-Next": {} } }, default: {} },
            "x-amazon-apigateway-integration": {
              type: "http",
              httpMethod: "get",
              uri: "http://x/{id}",
              passthroughBehavior: "when_no_templates",
              requestParameters: { "integration.request.path.id": "method.request.path.id" },
              responses: {
                default: { statusCode: "200" },
                "4\\d\\d": { statusCode: 404, responseTemplates: { "application/json": "{}" } },
              },
            },
          },
        },
      },
      {},
      { components: { parameters: { limit: { name: "limit", in: "query" } } } },
    );
    expect(resources).toEqual([
      {
        path: "/pets/{id}",
        methods: {
          GET: {
            operationName: "getPet",
            requestModels: {},
            requestParameters: { "method.request.path.id": true, "method.request.querystring.limit": false },
            methodResponses: {
              "200": { responseParameters: { "method.response.header.X-Next": false } },
            },
            integration: {
              type: "HTTP",
              httpMethod: "GET",
              uri: "http://x/{id}",
              passthroughBehavior: "WHEN_NO_TEMPLATES",
              requestParameters: { "integration.request.path.id": "method.request.path.id" },
              integrationResponses: {
                "200": {},
                "404": {
                  selectionPattern: "4\\d\\d",
                  responseTemplates: { "application/json": "{}" },
                },
              },
            },
          },
        },
      },
    ]);
    for (const [i, manifest] of manifests.entries())
      expect(parseManifest(manifest, i)).toMatchObject({ ok: true });
  });

  it("serves paths that differ in the name of a parameter as one, with the methods of both", () => {
    const { resources, findings } = importOne({
      "/a/{b}": { get: mock },
      "/a/{c}": { delete: { ...mock, parameters: [{ name: "c", in: "path" }] } },
    });
    expect(findings.filter((finding) => finding.startsWith("error"))).toEqual([]);
    expect(resources).toMatchObject([
      {
        path: "/a/{b}",
        methods: { GET: {}, DELETE: { requestParameters: { "method.request.path.b": true } } },
      },
    ]);
  });

  it("gives the same ids for the same definition, so that importing again changes nothing", () => {
    const ids = () => importOne({ "/a": { get: mock }, "/b": { get: mock } }).manifests.map(({ id }) => id);
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(3);
  });

  it("sends operations without an integration to the same path of an upstream", () => {
    const { resources } = importOne({ "/a/{b}/{rest+}": { get: {} } }, { proxyBaseUrl: "http://up/base/" });
    expect(resources[0]?.methods.GET?.integration).toEqual({
      type: "HTTP_PROXY",
      httpMethod: "ANY",
      uri: "http://up/base/a/{b}/{rest}",
      requestParameters: {
        "integration.request.path.b": "method.request.path.b",
        "integration.request.path.rest": "method.request.path.rest",
      },
    });
  });

  it("renames a parameter like its siblings, in the path, the parameters and the mappings", () => {
    const { resources, findings } = importOne({
      "/o/{owner}": { get: mock },
      "/o/{org}/x": {
        parameters: [{ name: "org", in: "path", required: true }],
        get: {
          "x-amazon-apigateway-integration": {
            type: "http_proxy",
            uri: "http://x/{org}",
            requestParameters: { "integration.request.path.org": "method.request.path.org" },
          },
        },
      },
    });
    expect(resources[1]?.path).toBe("/o/{owner}/x");
    expect(resources[1]?.methods.GET).toMatchObject({
      requestParameters: { "method.request.path.owner": true },
      integration: { requestParameters: { "integration.request.path.org": "method.request.path.owner" } },
    });
    expect(findings).toContain(
      "info /paths/~1o~1{org}~1x the parameter 'org' is renamed to 'owner': AWS requires one name for the same path segment in all paths",
    );
  });

  it("imports schemas as models whose references are AWS's, and replaces AWS's variables", () => {
    const { manifests } = importOne(
      {
        "/a": {
          get: {
            "x-amazon-apigateway-integration": {
              type: "aws_proxy",
              uri: "arn:aws:apigateway:${AWS::Region}:lambda:path/x:${AWS::AccountId}",
            },
          },
        },
      },
      { region: "eu-west-1" },
      { components: { schemas: { Pet: { properties: { next: { $ref: "#/components/schemas/Pet" } } } } } },
    );
    expect(JSON.stringify(manifests)).toContain(
      "https://apigateway.amazonaws.com/restapis/abcdefghij/models/Pet",
    );
    expect(JSON.stringify(manifests)).toContain("arn:aws:apigateway:eu-west-1:lambda:path/x:000000000000");
  });

  it("imports what protects an operation: authorizers, scopes, API keys, the API's policy", () => {
    const schemes = {
      key: { type: "apiKey", in: "header", name: "x-api-key" },
      iam: {
        type: "apiKey",
        in: "header",
        name: "Authorization",
        "x-amazon-apigateway-authtype": "awsSigv4",
      },
      custom: {
        type: "apiKey",
        in: "header",
        name: "t",
        "x-amazon-apigateway-authorizer": { type: "token", authorizerUri: URI },
      },
      pool: {
        type: "apiKey",
        in: "header",
        name: "Authorization",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": { type: "cognito_user_pools", providerARNs: [POOL] },
      },
      request: {
        type: "apiKey",
        in: "query",
        name: "Unused",
        "x-amazon-apigateway-authorizer": {
          type: "request",
          authorizerUri: URI,
          identitySource: "method.request.header.a, method.request.querystring.b",
          authorizerResultTtlInSeconds: "60",
        },
      },
      basic: { type: "http", scheme: "basic" },
    };
    const secured = (name: string, scopes: string[] = []) => ({
      get: { ...mock, security: [{ [name]: scopes }] },
    });
    const { resources, manifests, findings } = importOne(
      {
        "/key": secured("key"),
        "/iam": secured("iam"),
        "/custom": secured("custom"),
        "/pool": secured("pool", ["pets/read"]),
        "/basic": secured("basic"),
      },
      {},
      { components: { securitySchemes: schemes }, "x-amazon-apigateway-policy": POLICY },
    );
    const authorizers = manifests.filter(({ kind }) => kind === "Authorizer");
    const idOf = (name: string) =>
      authorizers.find(({ spec }) => (spec as { name: string }).name === name)?.id;
    expect(
      resources.map(({ methods }) => {
        const { authorizationType, apiKeyRequired, authorizerId, authorizationScopes } = methods.GET ?? {};
        return [authorizationType, apiKeyRequired, authorizerId, authorizationScopes];
      }),
    ).toEqual([
      [undefined, true, undefined, undefined],
      ["AWS_IAM", undefined, undefined, undefined],
      ["CUSTOM", undefined, idOf("custom"), undefined],
      ["COGNITO_USER_POOLS", undefined, idOf("pool"), ["pets/read"]],
      [undefined, undefined, undefined, undefined],
    ]);
    // Unused schemes become authorizers too; the header of a scheme contains the token.
    expect(authorizers.map(({ spec }) => spec)).toEqual([
      { name: "custom", type: "TOKEN", authorizerUri: URI, identitySource: "method.request.header.t" },
      {
        name: "pool",
        type: "COGNITO_USER_POOLS",
        authType: "cognito_user_pools",
        identitySource: "method.request.header.Authorization",
        providerARNs: [POOL],
      },
      {
        name: "request",
        type: "REQUEST",
        authorizerUri: URI,
        identitySource: "method.request.header.a, method.request.querystring.b",
        authorizerResultTtlInSeconds: 60,
      },
    ]);
    expect(manifests.find(({ kind }) => kind === "RestApi")?.spec).toMatchObject({ policy: POLICY });
    expect(findings).toEqual([
      "warning /paths/~1basic/get/security security scheme 'basic' has no x-amazon-apigateway-authorizer: the gateway does not enforce it, as on AWS",
    ]);
  });

  it.each([
    {
      title: "a reference that cannot be resolved",
      paths: { "/a": { get: { "x-amazon-apigateway-integration": { $ref: "#/nope" } } } },
      finding: /error .*\$ref '#\/nope' cannot be resolved/,
    },
    {
      title: "an operation without an integration",
      paths: { "/a": { get: {} } },
      finding: /warning \/paths\/~1a\/get has no x-amazon-apigateway-integration/,
    },
    {
      title: "a request parameter that is not a string",
      paths: {
        "/a": {
          get: { "x-amazon-apigateway-integration": { type: "mock", requestParameters: { a: true } } },
        },
      },
      finding: /warning .*requestParameters\/a is not a string and was left out/,
    },
    {
      title: "two equivalent paths",
      paths: { "/a/{b}": { get: mock }, "/a/{c}": { get: mock } },
      finding: /error \/paths\/~1a~1\{c\}\/get GET \/a\/\{b\} already exists/,
    },
    {
      title: "a member that is not supported",
      paths: {
        "/a": { get: { "x-amazon-apigateway-integration": { type: "mock", integrationSubtype: "x" } } },
      },
      finding: /'integrationSubtype' is not supported and was left out/,
    },
  ])("reports $title", ({ paths, finding }) => {
    expect(importOne(paths).findings.join("\n")).toMatch(finding);
  });

  it("imports models, validators, gateway responses and compression", () => {
    const { manifests, findings } = importOpenApi(
      JSON.stringify({
        openapi: "3.0.1",
        info: { title: "t" },
        "x-amazon-apigateway-minimum-compression-size": 100,
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-request-validators": {
          all: { validateRequestBody: true, validateRequestParameters: true },
        },
        "x-amazon-apigateway-gateway-responses": {
          DEFAULT_4XX: {
            statusCode: 418,
            responseParameters: { "gatewayresponse.header.X": "'x'" },
            responseTemplates: { "text/x": "t" },
          },
          NONE: {},
        },
        components: { schemas: { Pet: { type: "object" } } },
        paths: {
          "/a": {
            post: {
              ...mock,
              requestBody: {
                content: {
                  "application/json": { schema: { $ref: "#/components/schemas/Pet" } },
                  "text/x": { schema: { type: "string" } },
                },
              },
              responses: {
                "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } } },
              },
            },
            get: { ...mock, "x-amazon-apigateway-request-validator": "none" },
          },
        },
      }),
      { apiId },
    );
    const byKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
    expect(byKind("RestApi")[0]?.spec).toMatchObject({ minimumCompressionSize: 100 });
    expect(byKind("GatewayResponse")).toMatchObject([{ id: "DEFAULT_4XX", spec: { statusCode: "418" } }]);
    const [validator] = byKind("RequestValidator");
    expect(validator?.spec).toEqual({
      name: "all",
      validateRequestBody: true,
      validateRequestParameters: true,
    });
    const { methods } = (byKind("Resource")[0] as { spec: unknown }).spec as {
      methods: Record<string, Record<string, unknown>>;
    };
    expect(methods.POST).toMatchObject({
      requestValidatorId: validator?.id,
      requestModels: { "application/json": "Pet" },
      methodResponses: { "200": { responseModels: { "application/json": "Pet" } } },
    });
    expect(methods.GET).not.toHaveProperty("requestValidatorId");
    expect(findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringContaining("error 'NONE' is not a type of gateway response"),
      expect.stringContaining("warning the request validator 'none' is not defined"),
    ]);
  });

  it("reports what is not a method, and accepts the other members of a path", () => {
    const item = {
      summary: "s",
      parameters: [],
      servers: [],
      "x-own": {},
      get: mock,
      gte: mock,
      constructor: mock,
      trace: mock,
    };
    const { findings } = importOpenApi(
      JSON.stringify({ openapi: "3.0.1", info: { title: "t" }, paths: { "/a": item } }),
      { apiId },
    );
    expect(findings.map(({ level, pointer, message }) => `${level} ${pointer} ${message}`)).toEqual([
      "warning /paths/~1a/gte 'gte' is not a supported method and was left out",
      "warning /paths/~1a/constructor 'constructor' is not a supported method and was left out",
      "warning /paths/~1a/trace 'trace' is not a supported method and was left out",
    ]);
  });

  it.each(["cookie", "constructor"])("reports that parameters in '%s' are not mapped", (place) => {
    const get = { ...mock, parameters: [{ name: "x", in: place, schema: {} }] };
    const { findings } = importOpenApi(
      JSON.stringify({ openapi: "3.0.1", info: { title: "t" }, paths: { "/a": { get } } }),
      { apiId },
    );
    expect(findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
      `info parameters in '${place}' are not mapped`,
    ]);
  });

  it("refuses what is not a definition, and a definition that is larger than AWS accepts", () => {
    expect(() => importOpenApi("[1]", { apiId })).toThrow(DefinitionError);
    expect(() => importOpenApi(" ".repeat(7 * 1024 * 1024), { apiId })).toThrow(/the limit is 6291456/);
    expect(() => importOpenApi("a: &a [x]\nb: [*a, *a]\nc: {", { apiId })).toThrow(DefinitionError);
  });
});

describe("Swagger 2.0", () => {
  const swagger = (paths: object, more: object = {}) =>
    importOpenApi(
      JSON.stringify({ swagger: "2.0", info: { title: "Pets", version: "7" }, paths, ...more }, null, 1),
      { apiId },
    );
  const said = ({ findings }: ReturnType<typeof swagger>) =>
    findings.map(({ level, pointer, message }) => `${level} ${pointer} ${message}`);

  it("has the same result as its counterpart in OpenAPI 3.0", () => {
    const pet = { type: "object", properties: { tag: { $ref: "#/definitions/Tag" } } };
    const tag = { type: "string" };
    const token = {
      type: "apiKey",
      name: "Authorization",
      in: "header",
      "x-amazon-apigateway-authorizer": { type: "token", authorizerUri: URI },
    };
    const two = swagger(
      {
        "/pets/{id}": {
          parameters: [{ name: "id", in: "path", required: true, type: "string" }],
          put: {
            consumes: ["application/json", "application/xml"],
            parameters: [
              { name: "trace", in: "header", type: "string" },
              { name: "Pet", in: "body", required: true, schema: { $ref: "#/definitions/Pet" } },
            ],
            responses: {
              200: { schema: { $ref: "#/definitions/Pet" }, headers: { "x-n": { type: "string" } } },
            },
            security: [{ token: [] }],
            ...mock,
          },
        },
      },
      { produces: ["text/plain"], definitions: { Pet: pet, Tag: tag }, securityDefinitions: { token } },
    );
    const schema = { $ref: "#/components/schemas/Pet" };
    const three = importOpenApi(
      definition(
        {
          "/pets/{id}": {
            parameters: [{ name: "id", in: "path", required: true }],
            put: {
              parameters: [{ name: "trace", in: "header" }],
              requestBody: {
                content: { "application/json": { schema }, "application/xml": { schema } },
                required: true,
              },
              responses: { 200: { content: { "text/plain": { schema } }, headers: { "x-n": {} } } },
              security: [{ token: [] }],
              ...mock,
            },
          },
        },
        {
          components: {
            schemas: {
              Pet: { type: "object", properties: { tag: { $ref: "#/components/schemas/Tag" } } },
              Tag: tag,
            },
            securitySchemes: { token },
          },
        },
      ),
      { apiId },
    );
    expect(two.findings).toEqual([]);
    expect(two.manifests).toEqual(three.manifests);
  });

  it("bodies and responses behind a $ref are found", () => {
    const { manifests, findings } = swagger(
      {
        "/a": {
          post: {
            parameters: [{ $ref: "#/parameters/body" }],
            responses: { 200: { $ref: "#/responses/ok" } },
            ...mock,
          },
        },
      },
      {
        parameters: { body: { name: "b", in: "body", schema: { $ref: "#/definitions/A" } } },
        responses: { ok: { schema: { $ref: "#/definitions/A" } } },
        definitions: { A: { type: "object" } },
      },
    );
    expect(findings).toEqual([]);
    const method = (manifests.at(-1)?.spec as { methods?: { POST: unknown } } | undefined)?.methods?.POST;
    expect(method).toMatchObject({
      requestModels: { "application/json": "A" },
      methodResponses: { 200: { responseModels: { "application/json": "A" } } },
    });
  });

  it("findings have the places in the file", () => {
    const outcome = swagger(
      {
        "/a": {
          post: {
            parameters: [{ name: "b", in: "body", schema: { $ref: "#/definitions/None" } }],
            responses: {},
            ...mock,
          },
        },
      },
      {
        definitions: { "not alphanumeric": {} },
        securityDefinitions: { s: { "x-amazon-apigateway-authorizer": { type: "x" } } },
      },
    );
    expect(said(outcome)).toEqual([
      "info /definitions/not alphanumeric the model is renamed to 'notalphanumeric': model names must be alphanumeric",
      "error /securityDefinitions/s/x-amazon-apigateway-authorizer/type 'x' must be one of token, request, cognito_user_pools",
      "warning /paths/~1a/post/parameters $ref '#/definitions/None' does not refer to a schema of this definition: the body has no model",
    ]);
    expect(outcome.findings.map(({ line }) => line).every((line) => line > 1)).toBe(true);
  });
});

describe("a base path", () => {
  const servers = [{ url: "https://x.example.com/prod/shop/v1/" }];
  const paths = { "/": { get: mock }, "/pets": { get: mock } };
  it.each([
    ["ignore", ["/", "/pets"]],
    ["prepend", ["/prod/shop/v1", "/prod/shop/v1/pets"]],
    ["split", ["/shop/v1", "/shop/v1/pets"]],
  ] as const)("is treated as %s says", (basePath, wanted) => {
    const { resources } = importOne(paths, { basePath }, { servers });
    expect(resources.map(({ path }) => path)).toEqual(wanted);
  });

  it("is that of a server variable first, and of basePath in Swagger 2.0", () => {
    const named = [{ url: "https://x.example.com/other", variables: { basePath: { default: "/named" } } }];
    const { resources } = importOne(paths, { basePath: "prepend" }, { servers: named });
    expect(resources.map(({ path }) => path)).toEqual(["/named", "/named/pets"]);
    const { manifests, documentation } = importOpenApi(
      JSON.stringify({
        swagger: "2.0",
        info: {},
        basePath: "/v2/",
        paths: { "/a": { get: { ...mock, summary: "s" } } },
      }),
      { apiId, basePath: "prepend" },
    );
    expect(manifests.at(-1)?.spec).toMatchObject({ path: "/v2/a" });
    expect(documentation).toEqual([
      { location: { type: "METHOD", path: "/v2/a", method: "GET" }, properties: '{"summary":"s"}' },
    ]);
  });
});
