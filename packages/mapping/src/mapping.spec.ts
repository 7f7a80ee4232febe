import { describe, expect, it } from "vitest";
import { mockStatusCode } from "./mock-status.ts";
import { compileRequestExpression, compileResponseExpression } from "./parameter.ts";
import { compileSelectionPattern } from "./selection-pattern.ts";
import { JsonBody } from "./template/input.ts";

const request = {
  pathParameter: (name: string) => ({ id: "7" })[name],
  queryParameter: (name: string) => ({ q: ["a", "b"], one: ["x"], blank: [""] })[name] ?? [],
  header: (name: string) => ({ "X-A": ["1", "2"] })[name] ?? [],
  contextVariable: (name: string) => ({ apiId: "api" })[name],
  body: () => new JsonBody('{"a":{"b":[1,{"c":"d"}]},"t":"text","z":null,"n":1.0}'),
};

describe("request expressions", () => {
  it.each([
    { text: "method.request.path.id", value: "7" },
    { text: "method.request.querystring.q", value: "b" },
    { text: "method.request.multivaluequerystring.q", value: ["a", "b"] },
    { text: "method.request.querystring.blank", value: undefined },
    { text: "method.request.header.X-A", value: "2" },
    { text: "method.request.header.x-a", value: undefined },
    { text: "method.request.multivalueheader.X-A", value: "1,2" },
    { text: "context.apiId", value: "api" },
    { text: "stageVariables.color", value: "blue" },
    { text: "stageVariables.none", value: undefined },
    { text: "stageVariables.constructor", value: undefined },
    { text: "method.request.body.a.b[1].c", value: "d" },
    { text: "method.request.body.a", value: '{"b":[1,{"c":"d"}]}' },
    { text: "method.request.body.n", value: "1.0" },
    { text: "method.request.body.z", value: undefined },
    { text: "method.request.body.none", value: undefined },
    { text: "'it''s text'", value: "it''s text" },
  ])("$text is $value", ({ text, value }) => {
    const compiled = compileRequestExpression(text, { color: "blue" });
    expect(compiled.ok && compiled.value(request)).toEqual(value);
  });

  it.each([
    "",
    "header.X",
    "method.request.cookie.a",
    "method.request.body.[",
    "method.request.bodyx",
    "'open",
    "integration.response.header.A",
  ])("'%s' is refused", (text) => {
    expect(compileRequestExpression(text, {}).ok).toBe(false);
  });
});

describe("response expressions", () => {
  it("read the integration's headers and nothing of the request", () => {
    const values = {
      header: (name: string) => (name === "X-B" ? ["1", "2"] : []),
      contextVariable: () => undefined,
      body: () => new JsonBody('{"a":[1,2]}'),
    };
    const evaluate = (text: string) => {
      const compiled = compileResponseExpression(text, {});
      return compiled.ok ? compiled.value(values) : "refused";
    };
    expect(evaluate("integration.response.header.X-B")).toBe("2");
    expect(evaluate("integration.response.multivalueheader.X-B")).toBe("1,2");
    expect(evaluate("method.request.header.X")).toBe("refused");
    expect(evaluate("integration.response.body.a[1]")).toBe("2");
    expect(evaluate("integration.response.body")).toBe('{"a":[1,2]}');
  });
});

describe("MOCK", () => {
  it.each([
    { text: '{"statusCode": 200}', status: 200 },
    { text: "{statusCode: 204}", status: 204 },
    { text: "{'statusCode': 301,}", status: 301 },
    { text: '{"a": 1, "statusCode": 500 , "b": junk}', status: 500 },
    { text: '{"statusCode": "200"}', status: undefined },
    { text: '{"a": {"statusCode": 500}, "statusCode": 201}', status: 201 },
    { text: '{"statusCode": 200, "a": "}"}', status: 200 },
    { text: '{"statusCode": 200, "a": {}', status: undefined },
    { text: '{"statusCode": 2.5}', status: undefined },
    { text: '{"statusCode": 200', status: undefined },
    { text: "", status: undefined },
  ])("MOCK reads $status from $text", ({ text, status }) => {
    expect(mockStatusCode(text)).toBe(status);
  });
});

describe("selection patterns", () => {
  it("match the whole value", () => {
    const compiled = compileSelectionPattern("4\\d{2}");
    expect(
      compiled.ok && [
        compiled.value.matches("404"),
        compiled.value.matches("4040"),
        compiled.value.matches("x404"),
      ],
    ).toEqual([true, false, false]);
  });

  it.each(["(", "(?=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "x".repeat(3000)])(
    "%s is refused",
    (pattern) => {
      expect(compileSelectionPattern(pattern).ok).toBe(false);
    },
  );
});
