import { describe, expect, it } from "vitest";
import type { JsonObject } from "./document.ts";
import { definitionSchema, modelSchema, swaggerSchema } from "./schema-dialect.ts";
import { pointerInWords, pointerOfWords } from "./schema-words.ts";

const walk = { link: (ref: string) => ref, isNewer: false, leftOut: () => {}, misfit: () => {} };

describe("words that a dialect lacks", () => {
  it.each<[name: string, model: JsonObject, oas30: JsonObject, swagger: JsonObject]>([
    [
      "choices",
      { oneOf: [{ nullable: true }] },
      { oneOf: [{ nullable: true }] },
      { "x-oneOf": [{ nullable: true }] },
    ],
    [
      "references that cannot be resolved",
      { $ref: "#/components/responses/A" },
      { "x-$ref": "#/components/responses/A" },
      { "x-$ref": "#/components/responses/A" },
    ],
    ["notes", { deprecated: true }, { deprecated: true }, { "x-deprecated": true }],
    [
      "patterns",
      { patternProperties: { a: {} } },
      { "x-patternProperties": { a: {} } },
      { "x-patternProperties": { a: {} } },
    ],
    [
      "items by their place",
      { items: [{ type: "string" }] },
      { items: {}, "x-items": [{ type: "string" }] },
      { items: [{ type: "string" }] },
    ],
    [
      "a discriminator",
      { discriminator: { propertyName: "kind" } },
      { discriminator: { propertyName: "kind" } },
      { discriminator: "kind" },
    ],
    [
      "a discriminator with a mapping",
      { discriminator: { propertyName: "kind", mapping: { a: "A" } } },
      { discriminator: { propertyName: "kind", mapping: { a: "A" } } },
      { discriminator: "kind", "x-discriminator": { propertyName: "kind", mapping: { a: "A" } } },
    ],
  ])("%s become extensions, and come back", (_name, model, oas30, swagger) => {
    expect(definitionSchema(model)).toEqual(oas30);
    expect(swaggerSchema(model)).toEqual(swagger);
    expect(modelSchema(oas30, walk)).toEqual(model);
    expect(modelSchema(swagger, walk)).toEqual(model);
  });

  it.each<[name: string, given: JsonObject, model: JsonObject]>([
    ["words that nobody knows", { regex: "a" }, { "x-regex": "a" }],
    ["files", { type: "file" }, { type: "string", format: "binary" }],
    ["a value that appears twice", { enum: [1, 1, "1"] }, { enum: [1, "1"] }],
    [
      "values that are of another type",
      { pattern: {}, allOf: {}, required: true, "x-deprecated": "soon" },
      { "x-pattern": {}, "x-allOf": {}, "x-required": true, "x-deprecated": "soon" },
    ],
    ["bounds that say what they exclude", { exclusiveMinimum: 1 }, { minimum: 1, exclusiveMinimum: true }],
    ["extensions of their authors", { "x-own": { type: "file" } }, { "x-own": { type: "file" } }],
  ])("%s are read as they can be said", (_name, given, model) => {
    expect(modelSchema(given, walk)).toEqual(model);
  });

  it("are found by pointers that go through them, and names like words are left alone", () => {
    const pointer = "/oneOf/0/properties/oneOf/items/anyOf/1";
    expect(pointerInWords(pointer, "swagger")).toBe(`/x-${pointer.slice(1)}`);
    expect(pointerInWords(pointer, "oas30")).toBe(pointer);
    expect(pointerOfWords(`/x-${pointer.slice(1)}`)).toBe(pointer);
    expect(pointerInWords("/properties/anyOf/anyOf/0", "swagger")).toBe("/properties/anyOf/x-anyOf/0");
    expect(pointerInWords("/items/0/title", "oas30")).toBe("/x-items/0/title");
    expect(pointerInWords("/definitions/a/definitions/b", "oas30")).toBe("/x-definitions/a/definitions/b");
  });
});
