import { describe, expect, it } from "vitest";
import { compileRequestExpression, compileResponseExpression } from "./parameter.ts";
import { compileSelectionPattern } from "./selection-pattern.ts";
import { compileTemplate, mockStatusCode } from "./template.ts";

const request = {
  pathParameter: (name: string) => ({ id: "7" })[name],
  queryParameter: (name: string) => ({ q: ["a", "b"], one: ["x"], blank: [""] })[name] ?? [],
  header: (name: string) => ({ "X-A": ["1", "2"] })[name] ?? [],
  contextVariable: (name: string) => ({ apiId: "api" })[name],
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
    { text: "'it''s text'", value: "it''s text" },
  ])("$text is $value", ({ text, value }) => {
    const compiled = compileRequestExpression(text, { color: "blue" });
    expect(compiled.ok && compiled.value(request)).toEqual(value);
  });

  it.each([
    "",
    "header.X",
    "method.request.cookie.a",
    "method.request.body.a",
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
    };
    const evaluate = (text: string) => {
      const compiled = compileResponseExpression(text, {});
      return compiled.ok ? compiled.value(values) : "refused";
    };
    expect(evaluate("integration.response.header.X-B")).toBe("2");
    expect(evaluate("integration.response.multivalueheader.X-B")).toBe("1,2");
    expect(evaluate("method.request.header.X")).toBe("refused");
    expect(evaluate("integration.response.body.a")).toBe("refused");
  });
});

describe("templates", () => {
  it.each(["", '{"statusCode": 200}', "costs 5 $ or #1", "a $5 note", "# heading"])(
    "'%s' is static",
    (text) => {
      expect(compileTemplate(text)).toEqual({ ok: true, value: text });
    },
  );

  it.each([
    { text: "$input.body", at: "line 1, column 1: '$input.body'" },
    { text: "a\n  ${x}", at: "line 2, column 3: '${x}'" },
    { text: "$!x", at: "line 1, column 1" },
    { text: "{}\n#if(true)", at: "line 2, column 1: '#if(true)'" },
    { text: "## comment", at: "line 1, column 1" },
  ])("$text is refused at its place", ({ text, at }) => {
    const compiled = compileTemplate(text);
    expect(compiled.ok ? "" : compiled.message).toContain(at);
  });

  it.each([
    { text: '{"statusCode": 200}', status: 200 },
    { text: "{statusCode: 204}", status: 204 },
    { text: "{'statusCode': 301,}", status: 301 },
    { text: '{"a": 1, "statusCode": 500 , "b": junk}', status: 500 },
    { text: '{"statusCode": "200"}', status: undefined },
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
      compiled.ok && [compiled.value.test("404"), compiled.value.test("4040"), compiled.value.test("x404")],
    ).toEqual([true, false, false]);
  });

  it.each(["(", "(?=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "x".repeat(3000)])(
    "%s is refused",
    (pattern) => {
      expect(compileSelectionPattern(pattern).ok).toBe(false);
    },
  );
});
