import { describe, expect, it } from "vitest";
import { compileSelectionExpression, type SelectionValues, selectedMember } from "./selection-expression.ts";
import { JsonBody } from "./template/input.ts";

const valuesOf = (body: string, more: Partial<SelectionValues> = {}): SelectionValues => {
  const json = new JsonBody(body);
  return {
    body: () => json,
    header: () => [],
    queryParameter: () => [],
    contextVariable: (name) => (name === "routeKey" ? "join" : undefined),
    ...more,
  };
};

function select(expression: string, values: SelectionValues): string | undefined {
  const compiled = compileSelectionExpression(expression, { mode: "fast" });
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.value(values);
}

const MESSAGE = JSON.stringify({
  action: "join",
  n: 1,
  yes: true,
  none: null,
  list: ["a", 1],
  deep: { room: "r1" },
});

describe("a selection expression", () => {
  it.each([
    ["$request.body.action", "join"],
    ["${request.body.action}", "join"],
    ["$request.body.deep.room", "r1"],
    ["$request.body['action']", "join"],
    ["${request.body.action}/${request.body.deep.room}", "join/r1"],
    ["${request.body.action}-${request.body.x}", "join-"],
    ["$request.body.missing", ""],
    ["$request.body.n", "1"],
    ["$request.body.yes", "true"],
    ["$request.body.none", ""],
    ["$request.body.list", "[a, 1]"],
    ["static", "static"],
    ["\\$default", "$default"],
    ["200", "200"],
    ["$context.routeKey", "join"],
    ["$stageVariables.mode", "fast"],
    ["a$request.body.action b", "ajoin b"],
  ])("%s selects %s", (expression, key) => {
    expect(select(expression, valuesOf(MESSAGE))).toBe(key);
    // Also where what it reads of the body was read before.
    const known = new JsonBody(MESSAGE, (variable) => selectedMember(variable, new JsonBody(MESSAGE)));
    expect(select(expression, valuesOf("", { body: () => known }))).toBe(key);
  });

  it.each([
    ["$request.body.a", ["$request.body.a"]],
    ["${request.body.a}-${integration.response.body.b}", ["$request.body.a", "$integration.response.body.b"]],
    ["$context.routeKey-${integration.response.statuscode}", []],
    ["static", []],
  ])("%s says what it reads of bodies", (expression, reads) => {
    const compiled = compileSelectionExpression(expression, {});
    expect(compiled.ok && compiled.value.reads).toEqual(reads);
  });

  it("cannot be evaluated where the body that it reads is not JSON", () => {
    expect(select("$request.body.action", valuesOf("hello"))).toBeUndefined();
    expect(select("a-${request.body.action}", valuesOf("hello"))).toBeUndefined();
    expect(select("static", valuesOf("hello"))).toBe("static");
    expect(select("$request.body.action", valuesOf(""))).toBe("");
  });

  it("reads the integration's response where there is one", () => {
    const response = {
      status: 404,
      header: (name: string) => (name === "X" ? ["a", "b"] : []),
      body: () => new JsonBody('{"errorMessage":"no"}'),
    };
    const values = valuesOf("", { response });
    expect(select("${integration.response.statuscode}", values)).toBe("404");
    expect(select("${integration.response.header.X}", values)).toBe("b");
    expect(select("${integration.response.multivalueheader.X}", values)).toBe("a,b");
    expect(select("${integration.response.body.errorMessage}", values)).toBe("no");
    expect(select("${integration.response.statuscode}", valuesOf(""))).toBe("");
  });

  it.each([
    ["$request.cookie.a", "must be request.body"],
    ["$", "write \\$ for a dollar"],
    ["${request.body.[}", "'$request.body.[' "],
  ])("%s is refused", (expression, message) => {
    const compiled = compileSelectionExpression(expression, {});
    expect(compiled).toEqual({ ok: false, message: expect.stringContaining(message) });
  });
});
