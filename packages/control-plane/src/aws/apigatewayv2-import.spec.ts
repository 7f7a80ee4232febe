import { describe, expect, it } from "vitest";
import { useAwsCalls } from "./aws-calls.contract.ts";

const aws = useAwsCalls();

const proxy = {
  "x-amazon-apigateway-integration": {
    type: "http_proxy",
    httpMethod: "GET",
    uri: "https://example.com",
    payloadFormatVersion: "1.0",
  },
};
const definition = (more: object = {}) => ({
  body: JSON.stringify({
    openapi: "3.0.1",
    info: { title: "pets", version: "1", description: "d" },
    paths: { "/pets": { get: proxy } },
    ...more,
  }),
});
const routeKeys = async (apiId: string) =>
  (await aws.ok(`GET /v2/apis/${apiId}/routes`)).items.map(({ routeKey }: { routeKey: string }) => routeKey);

describe("an import", () => {
  it("creates an API, and a second one replaces all but its tags", async () => {
    const { status, body } = await aws.call("PUT /v2/apis?basepath=ignore", {
      ...definition({
        tags: [{ name: "team", "x-amazon-apigateway-tag-value": "a" }],
        "x-amazon-apigateway-cors": { allowOrigins: ["*"], allowHeaders: ["X-One"] },
      }),
    });
    expect(status).toBe(201);
    const { apiId } = body;
    expect(body).toMatchObject({
      name: "pets",
      description: "d",
      version: "1",
      protocolType: "HTTP",
      corsConfiguration: { allowOrigins: ["*"], allowHeaders: ["x-one"] },
      tags: { team: "a" },
    });
    expect(await routeKeys(apiId)).toEqual(["GET /pets"]);
    const again = await aws.call(`PUT /v2/apis/${apiId}`, {
      body: JSON.stringify({ openapi: "3.0.1", info: { title: "dogs" }, paths: { "/dogs": { put: proxy } } }),
    });
    expect(again).toMatchObject({ status: 201, body: { apiId, name: "dogs", tags: { team: "a" } } });
    for (const cleared of ["description", "version", "corsConfiguration"])
      expect(again.body).not.toHaveProperty(cleared);
    expect(await routeKeys(apiId)).toEqual(["PUT /dogs"]);
  });

  it("reports warnings, and fails on them if asked to", async () => {
    const given = definition({ paths: { "/pets": { get: {} } } });
    const { apiId, warnings } = await aws.ok("PUT /v2/apis", given);
    expect(warnings).toEqual([expect.stringContaining("/paths/~1pets/get: has no")]);
    const failed = await aws.call("PUT /v2/apis?failOnWarnings=true", given);
    expect(failed).toMatchObject({ status: 400, code: "BadRequestException" });
    expect(failed.body.message).toMatch(/^Warnings found during import:\n\tline \d+, /);
    expect((await aws.ok("GET /v2/apis")).items).toHaveLength(1);
    expect(await aws.call(`PUT /v2/apis/${apiId}?failOnWarnings=true`, given)).toMatchObject({ status: 400 });
  });

  it("warns of a reference to a schema that is missing in AWS's words (moto: failonwarnings)", async () => {
    const schema = { $ref: "#/components/schemas/Missing" };
    const responses = { 200: { description: "", content: { "application/json": { schema } } } };
    const integration = { type: "HTTP_PROXY", httpMethod: "GET", uri: "https://example.com" };
    const get = {
      responses,
      "x-amazon-apigateway-integration": { ...integration, payloadFormatVersion: "1.0" },
    };
    const { warnings } = await aws.ok("PUT /v2/apis", definition({ paths: { "/update": { get } } }));
    expect(warnings).toEqual([
      "Parse issue: attribute paths.'/update'(get).responses.200.content.schema.#/components/schemas/Missing is missing",
    ]);
  });

  it("refuses an authorizer in AWS's words, with the place as a hint (aws/aws-sam-cli #2410)", async () => {
    const jwtConfiguration = { issuer: "", audience: ["a"] };
    const identitySource = "$request.header.Authorization";
    const login = {
      type: "oauth2",
      "x-amazon-apigateway-authorizer": { type: "jwt", jwtConfiguration, identitySource },
    };
    const given = definition({ components: { securitySchemes: { login } } });
    expect((await aws.call("PUT /v2/apis", given)).body).toEqual({
      message:
        "Errors found during import:\n\tUnable to create Authorizer 'login': Invalid issuer: Issuer can not be empty for JWT Authorizer.",
      hint: expect.stringMatching(/^line \d+, \/components\/securitySchemes\/login\/.*\/issuer: /) as unknown,
    });
  });

  it.each([
    ["no configuration", { type: "jwt", jwtConfiguration: null }, "jwtConfiguration"],
    ["no audience", { type: "jwt", jwtConfiguration: { issuer: "", audience: null } }, "audience"],
    ["a number as the source", { type: "jwt", identitySource: 5 }, "identitySource"],
    ["no function", { type: "request", authorizerUri: null, identitySource: null }, "authorizerUri"],
  ])("shows where an authorizer has a value of another type: %s", async (_what, authorizer, member) => {
    const login = { type: "oauth2", "x-amazon-apigateway-authorizer": authorizer };
    const refused = await aws.call(
      "PUT /v2/apis",
      definition({ components: { securitySchemes: { login } } }),
    );
    expect(refused).toMatchObject({ status: 400, code: "BadRequestException" });
    expect(refused.body.message).toMatch(
      new RegExp(
        `^Errors found during import:\\n(\\t.*\\n)*\\tline \\d+, /components/.*/${member}: expected `,
      ),
    );
  });

  it.each([
    ["no definition", {}, "Body is a required parameter for import"],
    ["what is not a definition", { body: "{" }, "Unable to parse the definition"],
    ["Swagger 2.0", { body: '{"swagger":"2.0","paths":{}}' }, "Errors found during import:\n\t"],
  ])("refuses %s", async (_what, body, message) => {
    const refused = await aws.call("PUT /v2/apis", body);
    expect(refused).toMatchObject({ status: 400, code: "BadRequestException" });
    expect(refused.body.message).toContain(message);
  });

  it("is for HTTP APIs", async () => {
    const { apiId } = await aws.ok("POST /v2/apis", {
      name: "chat",
      protocolType: "WEBSOCKET",
      routeSelectionExpression: "$request.body.action",
    });
    for (const line of [`PUT /v2/apis/${apiId}`, `GET /v2/apis/${apiId}/exports/OAS30?outputType=JSON`])
      expect(await aws.call(line, line.startsWith("PUT") ? definition() : undefined)).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining("Only APIs with a protocol type of HTTP can be") },
      });
    expect(await aws.call("PUT /v2/apis/none", definition())).toMatchObject({ status: 404 });
  });
});

describe("an export", () => {
  it("is what a stage serves, or the API as it is configured", async () => {
    const { apiId } = await aws.ok("PUT /v2/apis", definition());
    await aws.ok(`POST /v2/apis/${apiId}/stages`, { stageName: "dev" });
    await aws.ok(`POST /v2/apis/${apiId}/deployments`, { stageName: "dev" });
    await aws.ok(`POST /v2/apis/${apiId}/routes`, { routeKey: "GET /dogs" });
    const at = `GET /v2/apis/${apiId}/exports/OAS30?outputType=JSON`;
    expect(Object.keys((await aws.ok(at)).paths)).toEqual(["/dogs", "/pets"]);
    const deployed = await aws.ok(`${at}&stageName=dev`);
    expect(Object.keys(deployed.paths)).toEqual(["/pets"]);
    expect(deployed.paths["/pets"].get).toMatchObject(proxy);
    expect(JSON.stringify(await aws.ok(`${at}&includeExtensions=false`))).not.toContain("x-amazon");
    for (const wrong of [
      "OAS20?outputType=JSON",
      "OAS30",
      "OAS30?outputType=XML",
      "OAS30?outputType=JSON&exportVersion=2.0",
    ])
      expect(await aws.call(`GET /v2/apis/${apiId}/exports/${wrong}`)).toMatchObject({ status: 400 });
    expect(await aws.call(`${at}&stageName=none`)).toMatchObject({ status: 404 });
  });
});
