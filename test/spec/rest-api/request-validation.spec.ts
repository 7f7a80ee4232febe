import { describe, expect, it } from "vitest";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

const model = (id: string, schema: object) => ({
  kind: "Model",
  id,
  spec: { schema: JSON.stringify(schema) },
});
const validators = [
  {
    kind: "RequestValidator",
    id: "both",
    spec: { name: "both", validateRequestBody: true, validateRequestParameters: true },
  },
  { kind: "RequestValidator", id: "body", spec: { name: "body", validateRequestBody: true } },
  { kind: "RequestValidator", id: "params", spec: { name: "params", validateRequestParameters: true } },
  {
    kind: "GatewayResponse",
    id: "BAD_REQUEST_BODY",
    spec: {
      responseTemplates: {
        "application/json":
          '{"message":$context.error.messageString,"why":"$context.error.validationErrorString"}',
      },
    },
  },
];
const method = (more: object) => ({
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}', $default: '{"statusCode": 200}' },
    integrationResponses: { "200": {} },
  },
  ...more,
});

const PET = {
  $schema: "http://json-schema.org/draft-04/schema#",
  type: "object",
  required: ["name", "age"],
  properties: {
    name: { type: "string", minLength: 1, pattern: "^[A-Z]" },
    age: { type: "integer", minimum: 0, exclusiveMinimum: true },
    kind: { enum: ["cat", "dog"] },
  },
  additionalProperties: false,
};

describe("parameters (rest §10)", () => {
  const parameters = {
    "method.request.querystring.q": true,
    "method.request.header.X-B": true,
    "method.request.header.X-A": true,
    "method.request.path.id": true,
    "method.request.path.other": true,
    "method.request.querystring.optional": false,
  };
  it.each([
    { path: "/a/1", headers: {}, missing: "X-A, X-B, other, q" },
    { path: "/a/1?q=1", headers: { "X-A": "1", "X-B": "2" }, missing: "other" },
    { path: "/a/1?q=", headers: { "X-A": " ", "x-b": "2" }, missing: "X-A, X-B, other, q" },
  ])("$path misses $missing", async ({ path, headers, missing }) => {
    const api = await gateway.deploy(
      { "GET /a/{id}": method({ requestValidatorId: "params", requestParameters: parameters }) },
      { definitions: validators },
    );
    const reply = await gateway.invoke(api, path, { headers: headers as Record<string, string> });
    expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual([
      400,
      `{"message":"Missing required request parameters: [${missing}]"}`,
      "BadRequestException",
    ]);
  });

  it("pass when all are there, and are not checked without a validator", async () => {
    const required = { "method.request.querystring.q": true };
    const api = await gateway.deploy(
      {
        "GET /a": method({ requestValidatorId: "both", requestParameters: required }),
        "GET /b": method({ requestParameters: required }),
        "GET /c": method({ requestValidatorId: "body", requestParameters: required }),
      },
      { definitions: validators },
    );
    expect((await gateway.invoke(api, "/a?q=1")).status).toBe(200);
    expect((await gateway.invoke(api, "/b")).status).toBe(200);
    expect((await gateway.invoke(api, "/c")).status).toBe(200);
  });

  it("come before the body", async () => {
    const api = await gateway.deploy(
      {
        "POST /a": method({
          requestValidatorId: "both",
          requestParameters: { "method.request.querystring.q": true },
          requestModels: { "application/json": "Pet" },
        }),
      },
      { definitions: [...validators, model("Pet", PET)] },
    );
    expect((await gateway.invoke(api, "/a", { method: "POST", body: "{}" })).body).toContain(
      "Missing required",
    );
    expect((await gateway.invoke(api, "/a?q=1", { method: "POST", body: "{}" })).body).toContain(
      "Invalid request body",
    );
  });
});

describe("bodies (rest §10)", () => {
  it.each([
    { body: '{"name":"Tom","age":3}', why: undefined },
    { body: '{"name":"Tom","age":3,"kind":"cat"}', why: undefined },
    { body: "{}", why: '[object has missing required properties (["age","name"])]' },
    { body: "", why: '[object has missing required properties (["age","name"])]' },
    { body: '{"name":"tom","age":3}', why: '[ECMA 262 regex "^[A-Z]" does not match input string "tom"]' },
    {
      body: '{"name":1,"age":3}',
      why: '[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]',
    },
    {
      body: '{"name":"Tom","age":0}',
      why: "[numeric instance is not strictly greater than the required minimum 0]",
    },
    {
      body: '{"name":"Tom","age":1.5}',
      why: '[instance type (number) does not match any allowed primitive type (allowed: ["integer"])]',
    },
    {
      body: '{"name":"Tom","age":1,"kind":"cow"}',
      why: '[instance value ("cow") not found in enum (possible values: ["cat","dog"])]',
    },
    {
      body: '{"name":"Tom","age":1,"x":1,"y":2}',
      why: '[object instance has properties which are not allowed by the schema: ["x","y"]]',
    },
    { body: "no json", why: "[Unable to parse the request body as JSON]" },
    {
      body: "[]",
      why: '[instance type (array) does not match any allowed primitive type (allowed: ["object"])]',
    },
  ])("$body: $why", async ({ body, why }) => {
    const api = await gateway.deploy(
      { "POST /a": method({ requestValidatorId: "body", requestModels: { "application/json": "Pet" } }) },
      { definitions: [...validators, model("Pet", PET)] },
    );
    const reply = await gateway.invoke(api, "/a", { method: "POST", body });
    if (why === undefined) expect(reply.status).toBe(200);
    else
      expect([reply.status, reply.body]).toEqual([400, `{"message":"Invalid request body","why":"${why}"}`]);
  });

  it("the model is chosen by Content-Type, else application/json, else $default, else nothing is checked", async () => {
    const models = [
      model("Text", { type: "string" }),
      model("Thing", { type: "object" }),
      model("Any", { type: "array" }),
    ];
    const api = await gateway.deploy(
      {
        "POST /a": method({
          requestValidatorId: "body",
          requestModels: { "text/x": "Text", "application/json": "Thing" },
        }),
        "POST /b": method({
          requestValidatorId: "body",
          requestModels: { "text/x": "Text", $default: "Any" },
        }),
        "POST /c": method({ requestValidatorId: "body", requestModels: { "text/x": "Text" } }),
      },
      { definitions: [...validators, ...models] },
    );
    const status = async (path: string, type: string, body: string) =>
      (await gateway.invoke(api, path, { method: "POST", body, headers: { "Content-Type": type } })).status;
    expect([
      await status("/a", "text/x", '"t"'),
      await status("/a", "text/x", "{}"),
      await status("/a", "text/y", "{}"),
      await status("/a", "text/y", '"t"'),
    ]).toEqual([200, 400, 200, 400]);
    expect([await status("/b", "text/y", "[]"), await status("/b", "text/y", "{}")]).toEqual([200, 400]);
    expect(await status("/c", "text/y", "anything")).toBe(200);
  });

  it("models refer to each other by AWS's URL, of this or another API, and to themselves", async () => {
    const url = (name: string) => `https://apigateway.amazonaws.com/restapis/otherapi01/models/${name}`;
    const models = [
      model("Node", {
        type: "object",
        required: ["v"],
        properties: { v: { type: "number" }, next: { $ref: url("Node") }, leaf: { $ref: url("Leaf") } },
      }),
      model("Leaf", {
        oneOf: [{ type: "null" }, { type: "object", properties: { up: { $ref: url("Node") } } }],
      }),
    ];
    const api = await gateway.deploy(
      { "POST /a": method({ requestValidatorId: "body", requestModels: { "application/json": "Node" } }) },
      { definitions: [...validators, ...models] },
    );
    const status = async (body: string) => (await gateway.invoke(api, "/a", { method: "POST", body })).status;
    expect(await status('{"v":1,"next":{"v":2},"leaf":null}')).toBe(200);
    expect(await status('{"v":1,"next":{"w":2}}')).toBe(400);
    expect(await status('{"v":1,"leaf":{"up":{"v":"x"}}}')).toBe(400);
  });

  it("a model that cannot be used is refused at deployment, with its name", async () => {
    const deploy = (schema: object) =>
      gateway.deploy(
        { "POST /a": method({ requestValidatorId: "body", requestModels: { "application/json": "Bad" } }) },
        { definitions: [...validators, model("Bad", schema)] },
      );
    await expect(deploy({ type: "nonsense" })).rejects.toThrow(/Bad/);
    await expect(
      deploy({ $ref: "https://apigateway.amazonaws.com/restapis/x/models/Missing" }),
    ).rejects.toThrow(/Bad/);
    await expect(deploy({ pattern: "(?=a)b" })).rejects.toThrow(/linear time/);
  });

  it("a model without end, or a body as deep as the stack, costs a 400", async () => {
    const self = "https://apigateway.amazonaws.com/restapis/x/models/Tree";
    const api = await gateway.deploy(
      {
        "POST /loop": method({ requestValidatorId: "body", requestModels: { "application/json": "Loop" } }),
        "POST /enum": method({ requestValidatorId: "body", requestModels: { "application/json": "Enum" } }),
        "POST /tree": method({ requestValidatorId: "body", requestModels: { "application/json": "Tree" } }),
      },
      {
        definitions: [
          ...validators,
          model("Loop", { $ref: "" }),
          model("Enum", { enum: [{}] }),
          model("Tree", { type: "object", properties: { a: { $ref: self } } }),
        ],
      },
    );
    const post = async (path: string, body: string) =>
      (await gateway.invoke(api, path, { method: "POST", body })).status;
    expect(await post("/loop", "{}")).toBe(400);
    expect(await post("/enum", '{"toString":{}}')).toBe(400);
    expect(await post("/tree", '{"a":{"a":{}}}')).toBe(200);
    expect(await post("/tree", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`)).toBe(400);
  });

  it("a pattern that backtracks does not stall the worker", async () => {
    const api = await gateway.deploy(
      { "POST /a": method({ requestValidatorId: "body", requestModels: { "application/json": "Slow" } }) },
      {
        definitions: [
          ...validators,
          model("Slow", { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } }),
        ],
      },
    );
    const body = JSON.stringify({ a: `${"a".repeat(5000)}!` });
    // A matcher that backtracks takes forever: that it responds at all is what counts.
    expect((await gateway.invoke(api, "/a", { method: "POST", body })).status).toBe(400);
  });
});
