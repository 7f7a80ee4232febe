import { describe, expect, it } from "vitest";
import type { JavaMap } from "../java/value.ts";
import { Input, JsonBody, type RequestParameters } from "./input.ts";
import { compileTemplate } from "./template.ts";

const NO_PARAMETERS: RequestParameters = { path: new Map(), querystring: new Map(), header: new Map() };

function render(template: string, body = ""): string {
  const compiled = compileTemplate(template);
  if (!compiled.ok) throw new Error(compiled.message);
  const none = (): JavaMap => new Map();
  return compiled.value({
    input: () => new Input(new JsonBody(body), () => NO_PARAMETERS),
    context: none,
    stageVariables: none,
    method: none,
  });
}

describe("what has no value (vtl §1)", () => {
  it.each([
    ["Hello $name", "Hello "],
    ["${a.b.c}|$!x|$a.b()|$a[0]", "|||"],
    ["#foreach($i in [1, 2])$i#end|$i", "12|"],
    ["#macro(m $v)<$v>#end#m($nope)", "<>"],
    ["#set($x = 1)#set($x = $nope)<$x>", "<>"],
    ['#set($d = {})#set($d["$key"] = "foo")$d.toString()', "{=foo}"],
    ["$context.nope|$stageVariables.nope|$input.params('nope')", "||"],
  ])("%s prints %j", (template, printed) => {
    expect(render(template)).toBe(printed);
  });

  it.each([
    ["$value", true],
    ["${a.b.c}", true],
    ["$!a.b.c", true],
    ["$input.path('$.nope')", true],
    ["$input.path('$.nil')", true],
    ["!$value", false],
    ["not $value", false],
    ["$value && $other", true],
    ["$value == $null", true],
    ["$value == ''", true],
    ["$value != ''", false],
    ["$value == null", true],
    ["$input.path('$.nil') == ''", true],
    ["$input.path('$.no')", false],
    ["$value == 'x'", false],
  ])("#if(%s) is %s", (condition, taken) => {
    expect(render(`#if(${condition})true#{else}false#end`, '{"nil":null,"no":false}')).toBe(String(taken));
  });

  it("null is a literal", () => {
    expect(render("#set($m = {})#set($n = $m.put('k', null))#if(\"$m.k\" == '')empty#end|$m.size()")).toBe(
      "empty|1",
    );
    expect(render("#set($x = 1)#set($x = null)<$x>")).toBe("<>");
  });
});

describe("a body that is not JSON (vtl §2)", () => {
  it.each([
    ["$input.path('$')", "a=1&b=2"],
    ["$input.json('$')", '"a=1&b=2"'],
    ["$input.body", "a=1&b=2"],
    ["$input.path('$.a')", ""],
    ["$input.json('$.a')", '""'],
    ["#foreach($pair in $input.path('$').split('&'))[$pair]#end", "[a=1][b=2]"],
  ])("%s", (template, printed) => {
    expect(render(template, "a=1&b=2")).toBe(printed);
  });
});
