import { describe, expect, it } from "vitest";
import { parseManifest } from "./parse.ts";

const problemsOf = (kind: string, spec: object, id = "abcdefghij") => {
  const parsed = parseManifest({ kind, id, spec }, 0);
  return parsed.ok ? [] : parsed.problems;
};

describe("a problem of a spec", () => {
  it.each([
    ["an unknown member", "RestApi", { name: "a", nome: "b" }, "MEMBER_UNKNOWN", { members: "nome" }],
    ["a wrong type", "RestApi", { name: 1 }, "TYPE_WRONG", { expected: "string" }],
    ["a string that is too short", "RestApi", { name: "" }, "TOO_SMALL", { least: 1 }],
    ["a number that is too large", "UsagePlan", { name: "x".repeat(256) }, "TOO_LARGE", { most: 255 }],
    [
      "a value that is not allowed",
      "UsagePlan",
      { name: "p", quota: { limit: 1, period: "YEAR" } },
      "VALUE_NOT_ALLOWED",
      { allowed: "DAY, WEEK, MONTH" },
    ],
    [
      "a rule between members",
      "UsagePlan",
      { name: "p", quota: { limit: 1, period: "DAY", offset: 2 } },
      "OFFSET_OVER_LIMIT",
      {},
    ],
  ])("%s is a fact with a code and parameters", (_, kind, spec, code, params) => {
    expect(problemsOf(kind, spec)).toMatchObject([{ code, params }]);
  });

  it("says where a member belongs that is often put elsewhere", () => {
    const apiStages = [{ restApiId: "abcdefghij", apiId: "abcdefghij", stage: "prod" }];
    expect(problemsOf("UsagePlan", { name: "p", apiStages })).toMatchObject([
      { code: "MEMBER_UNKNOWN", message: expect.stringContaining("as apiId, of whatever type") as string },
    ]);
  });

  it("has the path of its member, as a string and step by step", () => {
    expect(problemsOf("UsagePlan", { name: "p", apiStages: [{ apiId: "a" }] })).toMatchObject([
      { path: "UsagePlan/abcdefghij.apiStages[0].stage", member: ["apiStages", 0, "stage"] },
    ]);
  });
});
