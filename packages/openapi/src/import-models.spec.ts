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
  it("links models to each other by AWS's URL, also those that go round in a circle, and parts of a model", () => {
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

  it("links what refers to itself, or to a schema that stands in an operation, to the place in its model", () => {
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

  it("tells of values that are of another type, and keeps them aside", () => {
    const { models, findings } = importSchemas({ A: { properties: { a: { required: true, pattern: {} } } } });
    expect(models.A).toEqual({ properties: { a: { "x-required": true, "x-pattern": {} } } });
    expect(findings).toEqual([
      "warning /components/schemas/A 'required' has a value of another type: it is kept as 'x-required', and has no effect",
      "warning /components/schemas/A 'pattern' has a value of another type: it is kept as 'x-pattern', and has no effect",
    ]);
  });

  it("takes '$ref' as a name where it is one", () => {
    const { models } = importSchemas({
      A: { properties: { $ref: { type: "string" } }, enum: [{ $ref: "#/components/schemas/None" }] },
    });
    expect(models.A).toEqual({
      properties: { $ref: { type: "string" } },
      enum: [{ $ref: "#/components/schemas/None" }],
    });
  });

  it("gives names that are not alphanumeric the nearest one that is, and every schema a model of its own", () => {
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
      "info /components/schemas/pet.cat the model is called 'petcat2': names of models are alphanumeric",
    );
  });

  it("makes a model of a schema that stands where it is used, one for all that are the same", () => {
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

  it("tells of a reference that leads nowhere, in a model and where a model is used", () => {
    const { findings } = importSchemas(
      { A: { $ref: "other.yaml#/B" } },
      { "/a": { post: body({ $ref: "#/components/schemas/None" }) } },
    );
    expect(findings).toEqual([
      expect.stringMatching(/^warning \/components\/schemas\/A \$ref 'other.yaml#\/B' leads to no schema/),
      expect.stringMatching(/^error .*requestBody.* \$ref '#\/components\/schemas\/None' leads nowhere/),
    ]);
  });

  it("writes what OpenAPI 3.1 says in draft 4, and tells what has no counterpart there", () => {
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
      "warning /components/schemas/A 'if' has no counterpart in JSON Schema draft 4, which models are written in, and was left out",
    ]);
  });
});
