import { describe, expect, it } from "vitest";
import { kindNames } from "./kind.ts";
import { defaultOf, manifestsSchema, memberAt, membersOf, specSchema, typeOf } from "./manifest-schema.ts";

describe("the JSON Schema of a manifest", () => {
  it.each(kindNames)("%s says what it is, and where a manifest must name it", (kind) => {
    const { description, properties, required } = manifestsSchema([kind]);
    expect(description).toMatch(/\.$/);
    expect(properties).toMatchObject({ kind: { const: kind }, spec: {} });
    expect(required).toContain("spec");
  });

  it.each([
    ["Stage", ["kind", "restApiId", "id", "spec"]],
    ["ApiStage", ["kind", "apiId", "id", "spec"]],
    ["UsagePlan", ["kind", "spec"]],
  ] as const)("of %s requires %j, by the names that manifests use", (kind, required) => {
    expect(manifestsSchema([kind])).toMatchObject({ required });
  });

  it("is a choice if there are several kinds", () => {
    expect(manifestsSchema().anyOf).toHaveLength(kindNames.length);
  });
});

describe("a member of a schema", () => {
  it.each([
    ["UsagePlan", "name", "name", "string, 1 to 255 characters", true, undefined],
    ["UsagePlan", "quota.period", "period", "DAY, WEEK, MONTH", true, undefined],
    ["UsagePlan", "quota.offset", "offset", "integer, at least 0", false, "0"],
    ["UsagePlan", "apiStages", "apiStages", "list", false, "[]"],
    ["UsagePlan", "apiStages.stage", "stage", "string", true, undefined],
    ["UsagePlan", "apiStages.[].stage", "stage", "string", true, undefined],
    ["UsagePlan", "tags.team", "*", "string, at most 256 characters", false, undefined],
    [
      "Resource",
      "methods.GET.integration.type",
      "type",
      "MOCK | HTTP | HTTP_PROXY | AWS | AWS_PROXY",
      true,
      undefined,
    ],
    [
      "Resource",
      "methods.*.integration.passthroughBehavior",
      "passthroughBehavior",
      "WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER",
      false,
      '"WHEN_NO_MATCH"',
    ],
    ["Resource", "methods.apiKeyRequired", "apiKeyRequired", "boolean", false, "false"],
    ["RestApi", "disableExecuteApiEndpoint", "disableExecuteApiEndpoint", "boolean", false, "false"],
  ] as const)("%s.%s", (kind, path, name, type, isRequired, standard) => {
    const member = memberAt([specSchema(kind)], path.split("."));
    expect(member && { ...member, type: typeOf(member), standard: defaultOf(member) }).toMatchObject({
      name,
      type,
      isRequired,
      ...(standard === undefined ? {} : { standard }),
    });
  });

  it("is found in a schema that refers to itself", () => {
    const path = "rules.statement.notStatement.statement.ipSetReferenceStatement".split(".");
    expect(memberAt([specSchema("WebAcl")], path)).toMatchObject({ name: "ipSetReferenceStatement" });
  });

  it("that does not exist is not found", () => {
    expect(memberAt([specSchema("UsagePlan")], ["nme"])).toBe(undefined);
    expect(memberAt([specSchema("UsagePlan")], ["name", "first"])).toBe(undefined);
  });

  it("lists what is below it", () => {
    const names = (path: string) =>
      membersOf(memberAt([specSchema("UsagePlan")], path.split("."))?.schemas ?? []).map(({ name }) => name);
    expect(names("throttle")).toEqual(["rateLimit", "burstLimit"]);
    expect(names("apiStages")).toEqual(["[]"]);
    expect(names("tags")).toEqual(["*"]);
  });
});
