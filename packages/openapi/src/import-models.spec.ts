import { describe, expect, it } from "vitest";
import { importOpenApi } from "./index.ts";

const apiId = "abcdefghij";
const MODELS = `https://apigateway.amazonaws.com/restapis/${apiId}/models/`;
const mock = { "x-amazon-apigateway-integration": { type: "mock" } };

function importSchemas(schemas: object, paths: object = {}, openapi = "3.0.1") {
  const { manifests, findings } = importOpenApi(
    JSON.stringify({ openapi, info: { title: "t" }, paths, components: { schemas } }),
    { apiId },
  );
  const models = manifests.filter(({ kind }) => kind === "Model");
  const methods = manifests
    .filter(({ kind }) => kind === "Resource")
    .map(({ spec }) => (spec as { methods: Record<string, Record<string, unknown>> }).methods);
  return {
    methods,
    models: Object.fromEntries(
      models.map(({ id, spec }) => [id, JSON.parse((spec as { schema: string }).schema) as object]),
    ),
    findings: findings.map(({ level, pointer, message }) => `${level} ${pointer} ${message}`),
  };
}
const body = (schema: unknown) => ({ ...mock, requestBody: { content: { "application/json": { schema } } } });

describe("models of a definition", () => {
  it("links models to each other by AWS's URL, also in a circle, and parts of models", () => {
    const { models, findings } = importSchemas({
      Person: { properties: { friend: { $ref: "#/components/schemas/Person" } } },
      Name: { $ref: "#/components/schemas/Person/properties/friend" },
    });
    expect(findings).toEqual([]);
    expect(models).toEqual({
      Person: { properties: { friend: { $ref: `${MODELS}Person` } } },
      Name: { $ref: `${MODELS}Person#/properties/friend` },
    });
  });

  it("links references to the own schema, or to an inline schema, to the place in their model", () => {
    const place = "#/paths/~1a/post/requestBody/content/application~1json/schema";
    const { models, findings } = importSchemas(
      {
        Own: { properties: { a: { type: "string" }, b: { $ref: "#/components/schemas/Own/properties/a" } } },
        Other: { "x-see": { $ref: "#/components/schemas/Own" }, items: { $ref: `${place}/properties/id` } },
      },
      { "/a": { post: body({ properties: { id: { type: "string" }, next: { $ref: place } } }) } },
    );
    expect(findings).toEqual([]);
    const [placed = ""] = Object.keys(models).filter((name) => name.startsWith("MODEL"));
    expect(models.Own).toMatchObject({ properties: { b: { $ref: "#/properties/a" } } });
    expect(models.Other).toEqual({
      "x-see": { $ref: `${MODELS}Own` },
      items: { $ref: `${MODELS}${placed}#/properties/id` },
    });
    expect(models[placed]).toEqual({ properties: { id: { type: "string" }, next: { $ref: "#" } } });
  });

  it("reports values of the wrong type, and stores them as extensions", () => {
    const { models, findings } = importSchemas({ A: { properties: { a: { required: true, pattern: {} } } } });
    expect(models.A).toEqual({ properties: { a: { "x-required": true, "x-pattern": {} } } });
    expect(findings).toEqual([
      "warning /components/schemas/A 'required' has a value of the wrong type: it is stored as 'x-required' and has no effect",
      "warning /components/schemas/A 'pattern' has a value of the wrong type: it is stored as 'x-pattern' and has no effect",
    ]);
  });

  it("treats '$ref' as a name where it is one", () => {
    const { models } = importSchemas({
      A: { properties: { $ref: { type: "string" } }, enum: [{ $ref: "#/components/schemas/None" }] },
    });
    expect(models.A).toEqual({
      properties: { $ref: { type: "string" } },
      enum: [{ $ref: "#/components/schemas/None" }],
    });
  });

  it("replaces names that are not alphanumeric, and makes a separate model of every schema", () => {
    const { models, methods, findings } = importSchemas(
      {
        "pet.cat": { type: "string" },
        "pet-cat": { type: "number" },
        petcat: { $ref: "#/components/schemas/pet.cat" },
        "..": {},
      },
      { "/a": { post: body({ $ref: "#/components/schemas/pet-cat" }) } },
    );
    expect(Object.keys(models)).toEqual(["petcat2", "petcat3", "petcat", "Model"]);
    expect(models.petcat).toEqual({ $ref: `${MODELS}petcat2` });
    expect(methods[0]?.POST).toMatchObject({ requestModels: { "application/json": "petcat3" } });
    expect(findings).toHaveLength(3);
    expect(findings[0]).toBe(
      "info /components/schemas/pet.cat the model is renamed to 'petcat2': model names must be alphanumeric",
    );
  });

  it("makes one model of all equal inline schemas", () => {
    const schema = { type: "object", required: ["a"] };
    const { models, methods } = importSchemas(
      {},
      { "/a": { post: body(schema), put: body(schema) }, "/b": { post: body({ type: "string" }) } },
    );
    const [name = ""] = Object.keys(models);
    expect(name).toMatch(/^MODEL[0-9a-f]{8}$/);
    expect(Object.keys(models)).toHaveLength(2);
    expect(models[name]).toEqual(schema);
    expect(methods[0]).toMatchObject({
      POST: { requestModels: { "application/json": name } },
      PUT: { requestModels: { "application/json": name } },
    });
  });

  it("reports a reference that cannot be resolved, in a model and where a model is used", () => {
    const { findings } = importSchemas(
      { A: { $ref: "other.yaml#/B" } },
      { "/a": { post: body({ $ref: "#/components/schemas/None" }) } },
    );
    expect(findings).toEqual([
      expect.stringMatching(
        /^warning \/components\/schemas\/A \$ref 'other.yaml#\/B' does not refer to a schema/,
      ),
      expect.stringMatching(
        /^warning .*requestBody.* \$ref '#\/components\/schemas\/None' does not refer to a schema of this definition: the body has no model/,
      ),
    ]);
  });

  it("converts OpenAPI 3.1 to draft 4, and reports what does not exist there", () => {
    const { models, findings } = importSchemas(
      {
        A: {
          type: ["object", "null"],
          properties: {
            kind: { const: "a" },
            age: { exclusiveMinimum: 0, maximum: 9 },
            size: { minimum: 5, exclusiveMinimum: 1 },
            pair: { prefixItems: [{ type: "string" }, true], items: false },
            any: true,
            none: false,
          },
          additionalProperties: false,
          if: {},
        },
      },
      {},
      "3.1.0",
    );
    expect(models.A).toEqual({
      type: ["object", "null"],
      properties: {
        kind: { enum: ["a"] },
        age: { minimum: 0, exclusiveMinimum: true, maximum: 9 },
        size: { minimum: 5, exclusiveMinimum: false },
        pair: { items: [{ type: "string" }, {}], additionalItems: false },
        any: {},
        none: { not: {} },
      },
      additionalProperties: false,
    });
    expect(findings).toEqual([
      "warning /components/schemas/A 'if' does not exist in JSON Schema draft 4, the language of models, and was left out",
    ]);
  });
});
