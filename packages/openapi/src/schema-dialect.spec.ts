import { describe, expect, it } from "vitest";
import type { JsonObject } from "./document.ts";
import { definitionSchema, modelSchema } from "./schema-dialect.ts";

const walk = { link: (ref: string) => ref, isNewer: false, leftOut: () => {}, misfit: () => {} };

describe("types in JSON Schema and in OpenAPI 3.0", () => {
  it.each<[name: string, model: JsonObject, definition: JsonObject]>([
    ["null", { type: "null" }, { enum: [null], nullable: true }],
    ["one type", { type: "string" }, { type: "string" }],
    ["one type or null", { type: ["string", "null"] }, { type: "string", nullable: true }],
    [
      "in members",
      { properties: { a: { items: { type: ["integer", "null"] } } } },
      { properties: { a: { items: { type: "integer", nullable: true } } } },
    ],
  ])("%s is the same after an export and an import", (_name, model, definition) => {
    expect(definitionSchema(model)).toEqual(definition);
    expect(modelSchema(definition, walk)).toEqual(model);
  });

  it.each<[name: string, model: JsonObject, definition: JsonObject]>([
    [
      "null beside an enum",
      { type: "null", enum: [null, 1] },
      { enum: [null, 1], allOf: [{ enum: [null], nullable: true }] },
    ],
    ["several", { type: ["string", "integer"] }, { anyOf: [{ type: "string" }, { type: "integer" }] }],
    [
      "several or null",
      { type: ["string", "null", "integer"], title: "t" },
      {
        title: "t",
        anyOf: [
          { type: "string", nullable: true },
          { type: "integer", nullable: true },
        ],
      },
    ],
    [
      "several beside a choice",
      { type: ["string", "integer"], anyOf: [{ maxLength: 1 }] },
      { anyOf: [{ maxLength: 1 }], allOf: [{ anyOf: [{ type: "string" }, { type: "integer" }] }] },
    ],
  ])("%s is expressed differently", (_name, model, definition) => {
    expect(definitionSchema(model)).toEqual(definition);
  });
});
