import { describe, expect, it } from "vitest";
import type { JsonObject } from "./document.ts";
import { definitionSchema, modelSchema, swaggerSchema } from "./schema-dialect.ts";
import { pointerInWords, pointerOfWords } from "./schema-words.ts";

const walk = { link: (ref: string) => ref, isNewer: false, leftOut: () => {} };

describe("words that a dialect lacks", () => {
  it.each<[name: string, model: JsonObject, oas30: JsonObject, swagger: JsonObject]>([
    [
      "choices",
      { oneOf: [{ nullable: true }] },
      { oneOf: [{ nullable: true }] },
      { "x-oneOf": [{ nullable: true }] },
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
      "what tells types apart",
      { discriminator: { propertyName: "kind" } },
      { discriminator: { propertyName: "kind" } },
      { discriminator: "kind" },
    ],
    [
      "what tells types apart, with a mapping",
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
    ["a value that stands twice", { enum: [1, 1, "1"] }, { enum: [1, "1"] }],
    ["extensions of their authors", { "x-own": { type: "file" } }, { "x-own": { type: "file" } }],
  ])("%s are read as they can be said", (_name, given, model) => {
    expect(modelSchema(given, walk)).toEqual(model);
  });

  it("are found by pointers that go through them, and names like words are left alone", () => {
    const pointer = "/oneOf/0/properties/oneOf/items/anyOf/1";
    const said = "/x-oneOf/0/properties/oneOf/items/x-anyOf/1";
    expect(pointerInWords(pointer, "swagger")).toBe(said);
    expect(pointerInWords(pointer, "oas30")).toBe(pointer);
    expect(pointerOfWords(said)).toBe(pointer);
  });
});
