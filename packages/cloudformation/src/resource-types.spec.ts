import { describe, expect, it } from "vitest";
import { memberShape, type ObjectShape, type Shape } from "@tollgate/config";
import type { Json } from "@tollgate/openapi";
import { type Exceptions, propertyOf } from "./from-pascal.ts";
import { planStack } from "./index.ts";
import type { ResourceType } from "./resource-type.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";

/** Members whose values are changed, with the reason. */
const CHANGED: Readonly<Record<string, string>> = {
  "AWS::ApiGatewayV2::Api protocolType": "it decides what the others mean, and is HTTP or WEBSOCKET",
};

/** Own properties that a resource must have, and its spec's members that lead to other resources. */
const OWN: Readonly<Record<string, Json>> = {
  ResourceArn: { "Fn::GetAtt": ["Shield", "Arn"] },
  ApiId: { Ref: "Api" },
  DomainName: "b.example.com",
  DocumentationVersion: "1",
  HttpMethod: "PUT",
  IntegrationId: { Ref: "Integration" },
  Name: "it",
  ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
  ResponseType: "DEFAULT_4XX",
  RestApiId: { Ref: "Api" },
  RouteId: { Ref: "Route" },
  Scope: "REGIONAL",
  StageName: "prod",
};

/** Leaf is a scalar of a spec: the member that it is below, and the value that a template gives it. */
interface Leaf {
  readonly path: string;
  readonly name: string;
  readonly value: Json;
}

/** Writes every member of a shape as its property, with a unique value, and collects the scalars. */
class Writer {
  readonly leaves: Leaf[] = [];
  readonly #exceptions: Exceptions;

  constructor(exceptions: Exceptions) {
    this.#exceptions = exceptions;
  }

  object({ members }: ObjectShape, path: string): Record<string, Json> {
    const properties: Record<string, Json> = {};
    for (const [name, { shape }] of members) {
      const member = path === "" ? name : `${path}.${name}`;
      const { absent, property = propertyOf(name) } = this.#exceptions[member] ?? {};
      if (absent === undefined) properties[property] = this.value(shape, member, name);
    }
    return properties;
  }

  map(shape: Shape, path: string, name: string): Json {
    const { list } = this.#exceptions[path] ?? {};
    const value = this.value(shape, path, name);
    if (!list) return { "Any.Key": value };
    const keys = Object.fromEntries(list.key.map((member) => [propertyOf(member), "GET"]));
    return [
      list.value === undefined
        ? { ...keys, ...(value as object) }
        : { ...keys, [propertyOf(list.value)]: value },
    ];
  }

  value(shape: Shape, path: string, name: string): Json {
    if (shape.type === "object") return this.object(shape, path);
    if (shape.type === "list") return [this.value(shape.item, path, name)];
    if (shape.type === "map") return this.map(shape.value, path, name);
    if (shape.type === "any") return {};
    const n = this.leaves.length + 4000;
    const value = shape.type === "number" ? n : shape.type === "boolean" ? true : `VALUE-${n}`;
    this.leaves.push({ path, name, value });
    return value;
  }
}

const has = (within: unknown, value: Json): boolean =>
  within === value ||
  (typeof within === "object" && within !== null && Object.values(within).some((one) => has(one, value)));

/** Whether a member of a name, wherever it is, is or holds a value. */
const holds = (within: unknown, { name, value }: Leaf): boolean =>
  typeof within === "object" &&
  within !== null &&
  Object.entries(within).some(
    ([member, one]) => (member === name && has(one, value)) || holds(one, { name, value, path: "" }),
  );

/** The specs that a template with one resource of a type becomes. */
function specsOf(typeName: string, properties: Readonly<Record<string, Json>>, protocol: string): unknown[] {
  const generation = typeName.includes("V2::");
  const part = (type: string, more: object) => ({
    Type: `AWS::ApiGatewayV2::${type}`,
    Properties: { ApiId: { Ref: "Api" }, ...more },
  });
  const resources = {
    Api: generation
      ? { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "api", ProtocolType: protocol } }
      : { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api" } },
    ...(generation
      ? {
          Integration: part("Integration", { IntegrationType: "MOCK" }),
          Route: part("Route", { RouteKey: "a" }),
        }
      : {}),
    Domain: { Type: "AWS::ApiGateway::DomainName", Properties: { DomainName: "a.example.com" } },
    Shield: { Type: "AWS::WAFv2::WebACL", Properties: { Scope: "REGIONAL", DefaultAction: { Allow: {} } } },
    It: { Type: typeName, Properties: properties },
  };
  const identity = { name: "derived", accountId: "123456789012", region: "us-east-1" };
  const plan = planStack(JSON.stringify({ Resources: resources }), { ...identity, parameters: {} });
  expect(
    plan.findings.filter(
      ({ level, pointer }) => level === "error" && pointer.startsWith("/Resources/It/Properties/"),
    ),
  ).toEqual([]);
  return plan.entities.map(({ manifest }) => manifest.spec);
}

/** Own properties of a type that must be given, and its API's protocol where it is one. */
function ownOf(type: ResourceType, typeName: string, protocol: string): Record<string, Json> {
  const required = [...type.own.members]
    .filter(([, { isRequired }]) => isRequired)
    .map(([name]) => propertyOf(name));
  const mapped = /BasePathMapping|RoutingRule/.test(typeName)
    ? { DomainName: "a.example.com", DomainNameArn: "a.example.com" }
    : {};
  const given: Readonly<Record<string, Json>> = { ...OWN, ...mapped };
  return {
    ...Object.fromEntries(required.map((name) => [name, given[name] ?? null])),
    ...(typeName.endsWith("V2::Api") ? { ProtocolType: protocol } : {}),
  };
}

const derived = [...RESOURCE_TYPES].flatMap(([typeName, type]) => {
  const { spec, exceptions } = type;
  if (!spec) return [];
  const writer = new Writer(exceptions);
  const properties = writer.object(spec, "");
  return [{ typeName, type, properties, leaves: writer.leaves }];
});

describe("every member of a spec arrives from its property", () => {
  it.each(derived)("$typeName", ({ typeName, type, properties, leaves }) => {
    const specs = ["HTTP", "WEBSOCKET"].map((protocol) =>
      specsOf(typeName, { ...properties, ...ownOf(type, typeName, protocol) }, protocol),
    );
    const lost = leaves.filter((leaf) => !holds(specs, leaf)).map(({ path }) => `${typeName} ${path}`);
    expect(lost).toEqual(Object.keys(CHANGED).filter((name) => name.startsWith(`${typeName} `)));
    expect(leaves.length).toBeGreaterThan(0);
  });
});

it("exceptions are about members that the schema has", () => {
  for (const { type } of derived)
    for (const [path, { unused }] of Object.entries(type.exceptions)) {
      const steps = path.split(".");
      const shape = type.spec as Shape;
      const lookUp = () =>
        steps.reduce<Shape>((at, step) => {
          const inner = at.type === "map" ? at.value : at.type === "list" ? at.item : at;
          return memberShape(inner.type === "map" ? inner.value : inner, [step]);
        }, shape);
      if (unused === undefined) expect(lookUp()).toBeDefined();
      else expect(lookUp).toThrow("has no member");
    }
});
