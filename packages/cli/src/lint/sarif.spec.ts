import { describe, expect, it } from "vitest";
import { lint } from "../commands/lint.ts";
import { toSarif } from "./sarif.ts";

const DEFINITION = JSON.stringify(
  {
    openapi: "3.0.1",
    info: { title: "t" },
    paths: {
      "/a": {
        get: {
          operationId: "a",
          "x-amazon-apigateway-integration": {
            type: "mock",
            requestTemplates: { "application/json": "#if($x)" },
          },
        },
      },
    },
  },
  null,
  1,
);

describe("lint", () => {
  it("checks definitions and manifests together, and reports the place and rule of each finding", () => {
    const results = lint(
      [
        { name: "a.json", text: DEFINITION },
        { name: "b.yaml", text: "kind: RestApi\nid: petstore01\nspec: {nome: Pets}\n" },
        { name: "c.yaml", text: "openapi: 3.0.1\npaths: {" },
      ],
      "rest-api",
    );
    expect(
      results.map(({ file, line, rule, level, at }) => `${level} ${file}:${line} ${at} [${rule}]`),
    ).toEqual([
      "error a.json:13 /paths/~1a/get/x-amazon-apigateway-integration/requestTemplates/application~1json [compile]",
      "warning a.json:8 /paths/~1a/get [open-method]",
      "error c.yaml:2 / [import]",
      expect.stringContaining("error b.yaml:undefined RestApi/petstore01"),
      expect.stringContaining("error b.yaml:undefined RestApi/petstore01"),
    ]);
  });

  it("reports what a definition loses as an HTTP API", () => {
    const results = lint([{ name: "a.json", text: DEFINITION }], "http-api");
    expect(results.map(({ level, rule }) => `${level} ${rule}`)).toContain("warning http-api-integration");
    expect(results.map(({ rule }) => rule)).not.toContain("open-method");
  });

  it("writes SARIF: every result names a rule of the run, its level in SARIF's words, and a line", () => {
    const sarif = toSarif(lint([{ name: "dir/a b.json", text: DEFINITION }], "rest-api"));
    expect(sarif).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "tollgate lint" } },
          results: [
            {
              ruleId: "compile",
              ruleIndex: 1,
              level: "error",
              message: { text: "line 1, column 1: #if has no #end" },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "dir/a%20b.json" },
                    region: { startLine: 13 },
                  },
                  logicalLocations: [
                    {
                      fullyQualifiedName:
                        "/paths/~1a/get/x-amazon-apigateway-integration/requestTemplates/application~1json",
                    },
                  ],
                },
              ],
            },
            { ruleId: "open-method", level: "warning" },
          ],
        },
      ],
    });
    const [{ tool, results }] = (
      sarif as {
        runs: [
          { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number }[] },
        ];
      }
    ).runs;
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  });
});
