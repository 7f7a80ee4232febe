import { describe, expect, it } from "vitest";
import { propertyOf } from "../from-pascal.ts";
import { RESOURCE_TYPES } from "../resource-types.ts";
import { KNOWN, knownProperties, passedTo } from "./known-properties.ts";

const passed = Object.entries(KNOWN).flatMap(([type, { passed: targets = {} }]) =>
  Object.entries(targets).map(([target, names]) => ({ type, target, names })),
);

/** The properties that a type of resources reads. */
function propertiesOf(target: string): readonly string[] {
  const { spec, own, exceptions = {} } = RESOURCE_TYPES.get(target) ?? {};
  return [...(spec?.members.keys() ?? []), ...(own?.members.keys() ?? [])].map(
    (name) => exceptions[name]?.property ?? propertyOf(name),
  );
}

describe("properties of SAM's types", () => {
  it.each(passed)("those of $type that are passed on to $target are its properties", ({ target, names }) => {
    expect(names.filter((name) => !propertiesOf(target).includes(name))).toEqual([]);
  });

  it("are named once", () => {
    for (const type of Object.keys(KNOWN)) {
      const names = knownProperties(type) ?? [];
      expect([...new Set(names)]).toEqual(names);
    }
  });

  it("are passed on unless empty: also false and 0", () => {
    const given = {
      TracingEnabled: false,
      CacheClusterSize: "",
      Variables: null,
      StageName: "prod",
      Name: "a",
    };
    expect(passedTo("AWS::ApiGateway::Stage", "AWS::Serverless::Api", given)).toEqual({
      TracingEnabled: false,
    });
  });
});
