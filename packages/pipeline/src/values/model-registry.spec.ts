import { describe, expect, it } from "vitest";
import { ModelRegistry } from "./model-registry.ts";

/** Whether a body fits a schema, beside other models of the same API. */
function fits(schema: object, body: string, others: Readonly<Record<string, object>> = {}): boolean {
  const models = Object.entries({ M: schema, ...others }).map(
    ([name, one]) => [name, { name, contentType: "application/json", schema: JSON.stringify(one) }] as const,
  );
  const compiled = new ModelRegistry("api", new Map(models)).compile("M");
  if (!compiled.ok) throw new Error(compiled.fact.message);
  return compiled.check(body) === undefined;
}

const NAMES = ["constructor", "toString", "hasOwnProperty", "__proto__"];

describe("members that every object of JavaScript has", () => {
  const named = (name: string, schema: object) =>
    JSON.parse(`{"${name}":${JSON.stringify(schema)}}`) as object;
  it.each(NAMES)("%s as a property is checked if it was sent, and only then", (name) => {
    const schema = { properties: named(name, { type: "number" }), additionalProperties: false };
    expect(fits(schema, "{}")).toBe(true);
    expect(fits(schema, `{"${name}": 1}`)).toBe(true);
    expect(fits(schema, `{"${name}": "x"}`)).toBe(false);
  });

  it.each(NAMES)("%s is missing if it is required and was not sent", (name) => {
    expect(fits({ required: [name] }, "{}")).toBe(false);
    expect(fits({ required: [name] }, `{"${name}": 1}`)).toBe(true);
  });
});

describe("formats", () => {
  it.each([
    ["date-time", "2026-11-29T10:00:00Z", "2026-02-30T10:00:00Z"],
    ["email", "ada@example.com", "ada..l@example.com"],
    ["hostname", "api.example.com", "-api.example.com"],
    ["ipv4", "192.0.2.1", "192.0.2.256"],
    ["ipv6", "2001:db8::1", "2001:db8::g"],
    ["uri", "https://example.com/a", "not a uri"],
    ["date-time", "1985-04-12T23:59:59.999999999999999Z", "1985-04-12T24:00:00Z"],
    ["date-time", "1998-12-31T23:59:60Z", "1998-12-31T23:58:60Z"],
    ["date-time", "2026-11-29T10:00:00+01:00", "2026-11-29T10:00:00+01"],
    ["hostname", "a.b", "a.b."],
    ["uri", "http://u:p@[2001:db8::1]:80/a?b#c", "http://example.com:80a/"],
    ["uri", "urn:a:b", "http://example.com/[a]"],
    ["uri", "http://example.com/%41", "http://example.com/%4"],
  ])("of draft 4 are checked: %s", (format, right, wrong) => {
    expect(fits({ format }, JSON.stringify(right))).toBe(true);
    expect(fits({ format }, JSON.stringify(wrong))).toBe(false);
  });

  it.each(["uuid", "date", "time", "duration", "byte", "int32", "password", "nonsense"])(
    "that draft 4 does not know are not checked: %s",
    (format) => expect(fits({ format }, '"x y z"')).toBe(true),
  );

  it.each(["email", "hostname", "ipv6", "uri", "date-time"])("of long strings cost little: %s", (format) => {
    const from = process.cpuUsage();
    expect(fits({ format }, JSON.stringify("a".repeat(1_000_000)))).toBe(false);
    expect(process.cpuUsage(from).user).toBeLessThan(2_000_000);
  });
});

describe("references", () => {
  it("hide what is beside them", () => {
    const schema = {
      definitions: { list: { type: "array" } },
      properties: { a: { $ref: "#/definitions/list", maxItems: 1 } },
    };
    expect(fits(schema, '{"a": [1, 2]}')).toBe(true);
    expect(fits(schema, '{"a": 1}')).toBe(false);
  });

  it("are data in an enum, and a property may have their name", () => {
    expect(fits({ enum: [{ $ref: "x", a: 1 }] }, '{"$ref": "x", "a": 1}')).toBe(true);
    expect(fits({ properties: { $ref: { type: "string" } } }, '{"$ref": 1}')).toBe(false);
  });

  it("are relative to the ids around them", () => {
    const tree = {
      id: "http://example.com/tree",
      properties: { nodes: { type: "array", items: { $ref: "node" } } },
      definitions: {
        node: {
          id: "http://example.com/node",
          properties: { value: { type: "number" }, subtree: { $ref: "tree" } },
        },
      },
    };
    expect(fits(tree, '{"nodes": [{"value": 1, "subtree": {"nodes": [{"value": 2}]}}]}')).toBe(true);
    expect(fits(tree, '{"nodes": [{"value": 1, "subtree": {"nodes": [{"value": "x"}]}}]}')).toBe(false);
  });

  it("find a model by its URL, whatever id it and others give themselves", () => {
    const $ref = "https://apigateway.amazonaws.com/restapis/other/models/Pet";
    const id = "http://example.com/same";
    const others = { Pet: { id, required: ["name"] }, Twin: { id, required: ["x"] } };
    expect(fits({ $ref }, '{"name": 1}', others)).toBe(true);
    expect(fits({ $ref }, "{}", others)).toBe(false);
    expect(fits({ id, $ref }, "{}", others)).toBe(false);
  });
});
