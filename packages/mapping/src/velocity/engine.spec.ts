import { describe, expect, it } from "vitest";
import { JavaList, type Value } from "../java/value.ts";
import { Input, JsonBody } from "../template/input.ts";
import { util } from "../template/util.ts";
import { compileVelocity } from "./compile.ts";
import { API_GATEWAY, PLAIN_VELOCITY } from "./dialect.ts";
import { RenderError } from "./state.ts";

const render = (
  template: string,
  body = "{}",
  budget?: { steps: number; outputChars: number; depth: number },
) => {
  const input = new Input(new JsonBody(body), () => ({
    path: new Map(),
    querystring: new Map(),
    header: new Map(),
  }));
  const roots = (name: string): Value | undefined =>
    name === "input"
      ? input
      : name === "util"
        ? util
        : name === "list"
          ? new JavaList(["b", "a"])
          : undefined;
  return compileVelocity(template, PLAIN_VELOCITY)(roots, budget);
};

describe("what does not parse", () => {
  it.each([
    { template: "#parse('x')", at: "line 1, column 1: #parse is not available" },
    { template: "a\n #include('x')", at: "line 2, column 2: #include is not available" },
    { template: "#evaluate('x')", at: "line 1, column 1: #evaluate is not available" },
    { template: "#if($x)", at: "line 1, column 1: #if has no #end" },
    { template: "#end", at: "line 1, column 1: '#end' has nothing to close" },
    { template: "#set($x)", at: "line 1, column 8: expected '=' after $x" },
    { template: "#set(x = 1)", at: "line 1, column 6: #set needs a reference" },
    { template: "#set($x = )", at: "line 1, column 11: expected a value" },
    { template: "\n\n#foreach($x $y)#end", at: "line 3, column 13: expected 'in'" },
    { template: "${x", at: "line 1, column 4: expected '}' to close '${x'" },
    { template: "$x.y(1, 2", at: "line 1, column 10: expected ','" },
    { template: '#set($x = "a$y.z(")")', at: "line 1, column 18: expected a value" },
    { template: "#macro(m $a)$a#end#m(1 2)", at: "line 1, column 19: #m takes 1 arguments, not 2" },
    { template: "#[[ x", at: "line 1, column 1: this text has no closing ]]#" },
    { template: "#if(true)#else a#elseif(true)b#end", at: "#else must be the last branch" },
    { template: `#set($x = ${"(".repeat(200)}1${")".repeat(200)})`, at: "nested at most 100 levels deep" },
    { template: "#if(true)".repeat(200), at: "nested at most 100 levels deep" },
  ])("$template", ({ template, at }) => {
    expect(() => compileVelocity(template, API_GATEWAY)).toThrow(at);
  });
});

describe("what is text", () => {
  it.each([
    { template: "a #set of b", out: "a #set of b" },
    { template: "#set", out: "#set" },
    { template: "$\\!list $\\\\!none \\\\$\\!x", out: "$!list $\\!none \\\\$!x" },
    { template: "#macro(row $a)<$a>#end\\#row(1) \\#other(1) #row(1)", out: "#row(1) \\#other(1) <1>" },
  ])("$template", ({ template, out }) => {
    expect(render(template)).toBe(out);
  });
});

describe("methods of Java's classes", () => {
  it.each([
    { template: "$input.path('$.s').format('%s-%d%n%%', 'a', 7)", out: "a-7\n%" },
    { template: "$input.path('$.s').repeat(2)", out: "hello hello " },
    {
      template: "#set($n = 1)$n.parseInt('42') $n.parseDouble('1.5') $n.valueOf('7') $n.compareTo(2)",
      out: "42 1.5 7 -1",
    },
    { template: "#set($b = true)$b.parseBoolean('TRUE') $b.equals(false)", out: "true false" },
    {
      template:
        "#set($m = {'a': 1})$m.putIfAbsent('a', 2) $m.putIfAbsent('b', 3)$m $m.getOrDefault('z', 9) $m.containsValue(3)",
      out: "1 $m.putIfAbsent('b', 3){a=1, b=3} 9 true",
    },
    {
      template:
        "#set($l = [1, 2, 3])$l.subList(1, 3) $l.remove(0) $l.addAll([9]) $l $l.containsAll([2, 9]) $l.set(0, 'x') $l",
      out: "[2, 3] 1 true [2, 3, 9] true 2 [x, 3, 9]",
    },
    { template: "$list.size() $list.get(1) $list", out: "2 a [b, a]" },
  ])("$template", ({ template, out }) => {
    expect(render(template, '{"s":"hello "}')).toBe(out);
  });

  it.each([
    "$list.get(7)",
    "#set($s = 'abc')$s.substring(5)",
    "#set($n = 1)$n.parseInt('x')",
    "$util.urlDecode('%zz')",
    "$util.base64Decode('!')",
    "$util.parseJson('{')",
    "#set($s = 'a')$s.matches('(?=a)')",
  ])("%s throws as Java would", (template) => {
    expect(() => render(template)).toThrow(Error);
  });
});

describe("budgets", () => {
  const budget = { steps: 1000, outputChars: 1000, depth: 10 };
  it.each([
    { what: "steps of loops", template: "#foreach($a in [1..100])#foreach($b in [1..100])x#end#end" },
    {
      what: "output",
      template: "#foreach($a in [1..50])${s}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx#end",
    },
    { what: "macros within macros", template: "#macro(m)#m()#end#m()" },
    { what: "blocks that mention themselves", template: "#define($d)$d#end$d" },
    { what: "long ranges", template: "#set($r = [1..1000000])" },
    { what: "texts that grow", template: "#set($s = 'x')#foreach($i in [1..40])#set($s = \"$s$s\")#end" },
    {
      what: "replacements that grow",
      template:
        "#set($s = 'aaaaaaaaaaaaaaaa')#foreach($i in [1..40])#set($s = $s.replaceAll('a', 'aaaa'))#end",
    },
  ])("end a rendering: $what", ({ template }) => {
    expect(() => render(template, "{}", budget)).toThrow(RenderError);
  });
});

it("objects have no prototype to reach", () => {
  expect(render("$util.constructor $util.toString.call $list.constructor $input.__proto__")).toBe(
    "$util.constructor $util.toString.call $list.constructor $input.__proto__",
  );
});

it.each([
  "#foo ",
  "#foo(]\n",
  "#foo($a.b(\n",
  '#foo("\n',
  '#set($x = "a$b")\n',
  "#if($a)x#end\n",
  "{$a[0]}\n",
  "\\\\$x\n",
])("300 KB of %j compile in linear time", (piece) => {
  const started = process.threadCpuUsage();
  compileVelocity(piece.repeat(Math.floor((300 * 1024) / piece.length)), API_GATEWAY);
  expect(process.threadCpuUsage(started).user / 1000).toBeLessThan(3000);
});

describe("what a rendering may cost by default", () => {
  const large = JSON.stringify({
    a: "x".repeat(5_000_000),
    list: Array.from({ length: 20_000 }, (_, i) => ({ i })),
  });
  it("is enough for large bodies that are read many times", () => {
    const template =
      "$input.path('$.list').size() $input.path('$.list[7].i') $input.path('$.a').length() $input.path('$..i').size()";
    expect(render(template, large)).toBe("20000 7 5000000 20000");
    expect(
      render("#set($s = $input.path('$.a'))$s.replaceAll('y', 'z').length() $s.contains('y')", large),
    ).toBe("5000000 false");
  });

  it.each([
    "#set($s = 'abcd')$s.repeat(1000000000)",
    "#set($s = 'abcd')$s.repeat(2000000000)",
    "#set($l = [1..50000])$l.containsAll($l)",
  ])("is not enough for %s", (template) => {
    expect(() => render(template)).toThrow(/steps/);
  });
});

describe("no template keeps the event loop for long", () => {
  const body = JSON.stringify({
    s: "x".repeat(32_768),
    t: `${"a".repeat(20_000)}!`,
    big: "x".repeat(1_000_000),
    l: Array.from({ length: 1000 }, (_, i) => ({ i, n: `name ${i}` })),
  });
  it.each([
    "#set($q = $s.replaceAll('x', 'yy'))",
    "#set($q = $s.split(''))",
    "#set($q = $t.matches('(a+)+'))",
    "#set($q = $t.matches('(a|aa)+(b|c)'))",
    "#set($q = $input.json('$'))",
    "#set($q = $input.path('$..[?(@.i > 5)]'))",
    "#foreach($j in [1..1000])$i$j#end",
    "#set($q = $util.parseJson($input.json('$.l')))",
    "#set($q = $util.escapeJavaScript($s))",
    "#set($q = $big.toUpperCase().hashCode())",
    "#if($l == $l.subList(0, 1000))x#end",
    "#set($q = $l.toString())",
    "#set($q = $l.toArray())",
  ])("1,000 times %s", (work) => {
    const compiled = `#set($s = $input.path('$.s'))#set($t = $input.path('$.t'))#set($big = $input.path('$.big'))#set($l = $input.path('$.l'))#foreach($i in [1..1000])${work}#end`;
    const started = process.threadCpuUsage();
    try {
      render(compiled, body);
    } catch (error) {
      expect(error).toBeInstanceOf(RenderError);
    }
    // 50 ms on a machine that does nothing else; the parsing of the body is in it.
    expect(process.threadCpuUsage(started).user / 1000).toBeLessThan(1000);
  });
});
