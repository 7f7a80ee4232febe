import { describe, expect, it } from "vitest";
import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import type { Json, JsonObject } from "@tollgate/openapi";
import { type Exceptions, fromPascal } from "./from-pascal.ts";
import { tagList } from "./properties.ts";

const schema = z.object({
  name: z.string(),
  size: z.int().default(1),
  isOpen: z.boolean().optional(),
  kinds: z.array(z.string()).optional(),
  limits: z
    .strictObject({ perSecond: z.number().optional(), ARNs: z.array(z.string()).optional() })
    .optional(),
  variables: z.record(z.string(), z.string()).optional(),
  byStatus: z.record(z.string(), z.object({ template: z.string().optional() })).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  document: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
});
const read = (properties: JsonObject, exceptions?: Exceptions) =>
  fromPascal(objectAt(schema), { Name: "n", ...properties }, exceptions);
const membersOf = (properties: JsonObject, exceptions?: Exceptions) => {
  const { members, problems } = read(properties, exceptions);
  expect(problems).toEqual([]);
  const { name: _name, ...others } = members;
  return others;
};
const problemsOf = (properties: JsonObject, exceptions?: Exceptions) =>
  read(properties, exceptions).problems.map(({ path, message }) => `${path.join("/")} ${message}`);

describe("CloudFormation's properties become members of a spec", () => {
  it.each<[name: string, properties: JsonObject, members: Record<string, Json>]>([
    [
      "names",
      { IsOpen: true, Limits: { PerSecond: 1.5, ARNs: ["a"] } },
      { isOpen: true, limits: { perSecond: 1.5, ARNs: ["a"] } },
    ],
    ["numbers and booleans as strings", { Size: "-5", IsOpen: "FALSE" }, { size: -5, isOpen: false }],
    [
      "strings as numbers and booleans",
      { Kinds: [1, true], Variables: { a: 5 } },
      { kinds: ["1", "true"], variables: { a: "5" } },
    ],
    ["one string for a list", { Kinds: "a" }, { kinds: ["a"] }],
    [
      "maps, whose keys are unchanged",
      { Variables: { UserId: "a", "X-Y": "b" } },
      { variables: { UserId: "a", "X-Y": "b" } },
    ],
    [
      "members of a map's values",
      { ByStatus: { "200": { Template: 1 } } },
      { byStatus: { "200": { template: "1" } } },
    ],
    [
      "documents, unchanged",
      { Document: { Version: "1", Statement: [{ Effect: "Allow" }] } },
      { document: { Version: "1", Statement: [{ Effect: "Allow" }] } },
    ],
  ])("%s", (_name, properties, members) => {
    expect(membersOf(properties)).toEqual(members);
  });

  it.each<[problem: string, properties: JsonObject]>([
    ["Nmae 'Nmae' is not a known property; did you mean 'Name'?", { Nmae: "x" }],
    ["Colour 'Colour' is not a known property", { Colour: "red" }],
    [
      "Limits/perSecond 'perSecond' is not a known property; did you mean 'PerSecond'?",
      { Limits: { perSecond: 1 } },
    ],
    ["Size must be a number", { Size: "five" }],
    ["Kinds/1 must be a string", { Kinds: ["a", {}] }],
    ["Kinds must be a list", { Kinds: {} }],
    ["Limits must be an object", { Limits: [] }],
    ["Variables/a must be a string", { Variables: { a: null } }],
    ["IsOpen must be true or false", { IsOpen: 1 }],
  ])("%s", (problem, properties) => {
    expect(problemsOf(properties)).toEqual([problem]);
  });

  it("reports every problem and every missing property", () => {
    expect(fromPascal(objectAt(schema), { Size: "x", Kinds: {} }).problems).toEqual([
      { path: ["Name"], message: "is missing" },
      { path: ["Size"], message: "must be a number" },
      { path: ["Kinds"], message: "must be a list" },
    ]);
  });
});

describe("exceptions override the schema", () => {
  it("another name, a standard, another way to write a value", () => {
    const exceptions: Exceptions = {
      size: { property: "HowMany", standard: 7 },
      "limits.perSecond": { property: "Rate" },
      kinds: { read: (given) => (given === "all" ? ["a", "b"] : given) },
    };
    expect(membersOf({ Limits: { Rate: "2" }, Kinds: "all" }, exceptions)).toEqual({
      size: 7,
      limits: { perSecond: 2 },
      kinds: ["a", "b"],
    });
    expect(problemsOf({ Size: 1 }, exceptions)).toEqual(["Size 'Size' is not a known property"]);
  });

  it("no property, a property without effect, a member that its type fills in", () => {
    const exceptions: Exceptions = {
      isOpen: { absent: "for a test" },
      "limits.burst": { unused: "for a test" },
      name: { isOptional: true },
    };
    const { members, problems } = fromPascal(objectAt(schema), { Limits: { Burst: { any: 1 } } }, exceptions);
    expect([members, problems]).toEqual([{ limits: {} }, []]);
    expect(problemsOf({ IsOpen: true }, exceptions)).toEqual(["IsOpen 'IsOpen' is not a known property"]);
  });

  it("maps that are written as lists", () => {
    const exceptions: Exceptions = { byStatus: { list: { key: ["statusCode"] } }, tags: tagList };
    const properties = {
      ByStatus: [{ StatusCode: 200, Template: "a" }, { StatusCode: "400" }],
      Tags: [{ Key: "Team", Value: 1 }],
    };
    expect(membersOf(properties, exceptions)).toEqual({
      byStatus: { "200": { template: "a" }, "400": {} },
      tags: { Team: "1" },
    });
    expect(
      problemsOf({ ByStatus: [{ Template: "a" }], Tags: [{ Key: "a", Vale: "b" }] }, exceptions),
    ).toEqual([
      "ByStatus/0/StatusCode is missing",
      "Tags/0/Value is missing",
      "Tags/0/Vale 'Vale' is not a known property; did you mean 'Value'?",
    ]);
    expect(problemsOf({ Tags: { a: "b" } }, exceptions)).toEqual(["Tags must be a list"]);
    const name = ([status = "none"]: readonly (string | undefined)[]) => status.trim();
    const named = { byStatus: { list: { key: ["statusCode"], name } } };
    expect(problemsOf({ ByStatus: [{ StatusCode: null }, null] }, named)).toEqual([
      "ByStatus/0/StatusCode must be a string",
      "ByStatus/1 must be an object",
    ]);
  });
});

it("a member that is added to a kind is read without a change here", () => {
  const shape = objectAt(kinds.Model.spec);
  const added = {
    ...shape,
    members: new Map([
      ...shape.members,
      ...objectAt(z.object({ newMember: z.boolean().optional() })).members,
    ]),
  };
  expect(fromPascal(added, { Schema: "{}", NewMember: "true" }).members).toEqual({
    schema: "{}",
    newMember: true,
  });
});
