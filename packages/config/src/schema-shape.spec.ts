import { describe, expect, it } from "vitest";
import { z } from "zod";
import { kinds } from "./kind.ts";
import { alternativeOf, memberShape, objectAt, type Shape, shapeOf } from "./schema-shape.ts";

describe("the shape of a schema", () => {
  it.each<[name: string, schema: z.ZodType, shape: Shape]>([
    ["a string with rules", z.string().min(1).regex(/a/), { type: "string" }],
    ["an enumeration", z.enum(["A", "B"]).default("A"), { type: "string", values: ["A", "B"] }],
    ["a number with a default", z.int().min(0).default(1), { type: "number" }],
    ["a number or one literal", z.union([z.number(), z.literal(-1)]).optional(), { type: "number" }],
    ["a boolean", z.boolean().nullable(), { type: "boolean" }],
    ["a list", z.array(z.url()).length(1), { type: "list", item: { type: "string" } }],
    ["a map", z.record(z.string().regex(/a/), z.boolean()), { type: "map", value: { type: "boolean" } }],
    ["the input of a transform", z.string().transform(Number), { type: "string" }],
    [
      "alternatives of different types",
      z.union([z.string(), z.record(z.string(), z.unknown())]),
      { type: "any" },
    ],
    ["anything", z.unknown(), { type: "any" }],
  ])("%s", (_name, schema, shape) => {
    expect(shapeOf(schema)).toEqual(shape);
  });

  it("alternatives of objects have the members of all; required is what all require", () => {
    const schema = z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("A"), name: z.string(), size: z.number() }),
      z.strictObject({ type: z.literal("B"), name: z.string(), isOpen: z.boolean().default(false) }),
    ]);
    expect(objectAt(schema).members).toEqual(
      new Map([
        ["type", { shape: { type: "string", values: ["A", "B"] }, isRequired: true }],
        ["name", { shape: { type: "string", values: undefined }, isRequired: true }],
        ["size", { shape: { type: "number" }, isRequired: false }],
        ["isOpen", { shape: { type: "boolean" }, isRequired: false }],
      ]),
    );
  });

  it("an alternative has its own members only", () => {
    const http = alternativeOf(objectAt(kinds.Api.spec), "protocolType", "HTTP");
    expect([http.members.has("corsConfiguration"), http.members.has("models")]).toEqual([true, false]);
    const jwt = alternativeOf(objectAt(http, ["authorizers", "*"]), "authorizerType", "JWT");
    expect([...jwt.members.keys()].sort()).toEqual([
      "authorizerType",
      "identitySource",
      "identityValidationExpression",
      "jwtConfiguration",
      "name",
    ]);
    expect(() => alternativeOf(http, "protocolType", "HTTP")).toThrow(
      "no alternative whose protocolType is HTTP",
    );
  });

  it("a member with a default is not required", () => {
    const { members } = objectAt(
      z.object({ a: z.string().default(""), b: z.string().optional(), c: z.string() }),
    );
    expect([...members].filter(([, { isRequired }]) => isRequired).map(([name]) => name)).toEqual(["c"]);
  });

  it("a member is found by its path, through maps and lists", () => {
    const resource = shapeOf(kinds.Resource.spec);
    expect(memberShape(resource, ["methods", "*", "integration", "timeoutInMillis"])).toEqual({
      type: "number",
    });
    expect(
      memberShape(shapeOf(kinds.UsagePlan.spec), ["apiStages", "*", "throttle", "*", "rateLimit"]),
    ).toEqual({
      type: "number",
    });
    expect(() => memberShape(resource, ["methods", "GET"])).toThrow("no member 'GET'");
    expect(() => objectAt(kinds.Resource.spec, ["path"])).toThrow("'path' is not an object");
  });

  it("every kind's spec is an object", () => {
    for (const { spec } of Object.values(kinds)) expect(objectAt(spec).members.size).toBeGreaterThan(0);
  });
});
